"""The database itself refuses an assignment whose ground does not fit the body asked (systems.md M3).

A raw insert that names another body's ground, a ground of the wrong kind of bearer, or one of another place fails, on
SQLite and PostgreSQL alike.
"""

from django.db import migrations

FITS = """
    SELECT 1
    FROM mandates_ground g JOIN commons_body b ON b.code = NEW.body_id
    WHERE g.id = NEW.ground_id
      AND g.bearer = CASE WHEN b.kind IN ('committee', 'grid') THEN b.kind ELSE 'agency' END
      AND (b.place_id = g.place_id
           OR (substr(b.place_id, 1, length(g.place_id)) = g.place_id
               AND (replace(g.place_id, '-', '') = g.place_id OR substr(b.place_id, length(g.place_id) + 1, 1) = '-')))
      AND (g.kind <> 'own_duty' OR g.ref = b.code)
      AND (g.matter_id IS NULL OR g.matter_id = NEW.matter_id)
"""
MESSAGE = "assignment without a lawful ground"


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("INSERT", "UPDATE OF body_id, ground_id, matter_id"):
            name = "assignment_gate_" + event.split()[0].lower()
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON mandates_assignment"
                f" WHEN NOT EXISTS ({FITS}) BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    else:
        schema_editor.execute(
            "CREATE FUNCTION assignment_gate() RETURNS trigger AS $$ BEGIN"
            f" IF NOT EXISTS ({FITS}) THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';"
            " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        schema_editor.execute(
            "CREATE TRIGGER assignment_gate BEFORE INSERT OR UPDATE OF body_id, ground_id, matter_id ON mandates_assignment"
            " FOR EACH ROW EXECUTE FUNCTION assignment_gate()"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER assignment_gate_insert")
        schema_editor.execute("DROP TRIGGER assignment_gate_update")
    else:
        schema_editor.execute("DROP TRIGGER assignment_gate ON mandates_assignment")
        schema_editor.execute("DROP FUNCTION assignment_gate()")


class Migration(migrations.Migration):
    dependencies = [("mandates", "0001_initial"), ("commons", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
