"""The stamp of the reference data, and on PostgreSQL the function that the triggers of watched tables call."""

from django.db import migrations, models

CHANGED = """
CREATE FUNCTION kit_reference_changed() RETURNS trigger AS $$ BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE kit_reference SET stamp = gen_random_uuid() WHERE id = 1;
    ELSE
        INSERT INTO kit_reference (id, stamp) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp;
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql
"""


def install(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    if not sqlite:
        schema_editor.execute(CHANGED)
    stamp = "lower(hex(randomblob(16)))" if sqlite else "gen_random_uuid()"
    schema_editor.execute(f"INSERT INTO kit_reference (id, stamp) VALUES (1, {stamp})")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute("DROP FUNCTION kit_reference_changed()")


class Migration(migrations.Migration):
    dependencies = [("kit", "0003_notice_unread")]
    operations = [
        migrations.CreateModel(
            name="Reference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stamp", models.CharField(max_length=36, verbose_name="版本")),
            ],
            options={"verbose_name": "基础数据版本"},
        ),
        migrations.RunPython(install, remove),
    ]
