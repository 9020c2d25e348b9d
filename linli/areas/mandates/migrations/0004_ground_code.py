"""Grounds are addressed by a random code instead of their row number.

Grounds that are there keep their number as their code: the lines of the trail about them are found by it.
"""

import importlib

from django.db import migrations, models
from django.db.models import CharField
from django.db.models.functions import Cast

gate = importlib.import_module("linli.areas.mandates.migrations.0002_gate_triggers")


def number_as_code(apps, schema_editor):
    Ground = apps.get_model("mandates", "Ground")
    Ground.objects.filter(code=None).update(code=Cast("id", CharField()))


class Migration(migrations.Migration):
    dependencies = [("mandates", "0003_grid_admission_is_list_item")]

    operations = [
        # SQLite rebuilds a table to change its columns, and the triggers name the table.
        migrations.RunPython(gate.remove, gate.install),
        migrations.AddField("ground", "code", models.CharField("编号", max_length=24, null=True)),
        migrations.RunPython(number_as_code, migrations.RunPython.noop),
        migrations.AlterField("ground", "code", models.CharField("编号", max_length=24, unique=True)),
        migrations.RunPython(gate.install, gate.remove),
    ]
