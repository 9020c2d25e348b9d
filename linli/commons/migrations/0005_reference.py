"""Every change of places, bodies, people, settings and calendar renews the stamp of the reference data (docs/adr/0008).

Of a person everything but the time of the last signing in, which is written often and must not disturb others.
"""

from django.db import migrations

PLAIN = ("INSERT", "UPDATE", "DELETE")
TABLES = {
    "commons_place": PLAIN,
    "commons_body": PLAIN,
    "commons_post": PLAIN,
    "commons_user": ("INSERT", "UPDATE OF username, name, is_active, password", "DELETE"),
    "commons_apitoken": PLAIN,
    "commons_setting": PLAIN,
    "commons_calendarday": PLAIN,
}
# On SQLite a statement of the trigger must not conflict: what happens then is up to the statement that set it off.
CHANGED = """
    INSERT INTO kit_reference (id, stamp) SELECT 1, '' WHERE NOT EXISTS (SELECT 1 FROM kit_reference);
    UPDATE kit_reference SET stamp = lower(hex(randomblob(16))) WHERE id = 1;
"""


def install(apps, schema_editor):
    for table, events in TABLES.items():
        if schema_editor.connection.vendor == "sqlite":
            for event in events:
                name = f"{table}_reference_{event.split()[0].lower()}"
                schema_editor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {CHANGED} END")
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_reference AFTER {' OR '.join(events)} OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION kit_reference_changed()"
            )


def remove(apps, schema_editor):
    for table, events in TABLES.items():
        if schema_editor.connection.vendor == "sqlite":
            for event in events:
                schema_editor.execute(f"DROP TRIGGER {table}_reference_{event.split()[0].lower()}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_reference ON {table}")


class Migration(migrations.Migration):
    dependencies = [("commons", "0004_doors"), ("kit", "0004_reference")]
    operations = [migrations.RunPython(install, remove)]
