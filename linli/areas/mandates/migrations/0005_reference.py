"""Every change of the catalogue of matters renews the stamp of the reference data (docs/adr/0008)."""

from django.db import migrations

TABLES = ("mandates_matter",)
EVENTS = ("INSERT", "UPDATE", "DELETE")
# On SQLite a statement of the trigger must not conflict: what happens then is up to the statement that set it off.
CHANGED = """
    INSERT INTO kit_reference (id, stamp) SELECT 1, '' WHERE NOT EXISTS (SELECT 1 FROM kit_reference);
    UPDATE kit_reference SET stamp = lower(hex(randomblob(16))) WHERE id = 1;
"""


def install(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            for event in EVENTS:
                name = f"{table}_reference_{event.lower()}"
                schema_editor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {CHANGED} END")
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_reference AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION kit_reference_changed()"
            )


def remove(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            for event in EVENTS:
                schema_editor.execute(f"DROP TRIGGER {table}_reference_{event.lower()}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_reference ON {table}")


class Migration(migrations.Migration):
    dependencies = [("mandates", "0004_ground_code"), ("kit", "0004_reference")]
    operations = [migrations.RunPython(install, remove)]
