"""A grid may be burdened by an item of its list or an approved exception, nothing else (HN 13(2)).

An admission for grids becomes an item of the grid list. Grounds that admissions opened for grids before stay what they
were in substance, a dated approval, and are kept as such.
"""

import importlib

import django.db.models.deletion
from django.db import migrations, models

gate = importlib.import_module("linli.areas.mandates.migrations.0002_gate_triggers")


def keep_as_exceptions(apps, schema_editor):
    Ground = apps.get_model("mandates", "Ground")
    Ground.objects.filter(bearer="grid", kind="admission").update(kind="exception")


class Migration(migrations.Migration):
    dependencies = [("commons", "0001_initial"), ("mandates", "0002_gate_triggers")]

    operations = [
        # SQLite rebuilds a table to change its constraints, and the triggers name the table.
        migrations.RunPython(gate.remove, gate.install),
        migrations.RemoveConstraint(model_name="ground", name="ground_lawful_for_bearer"),
        migrations.AddField(
            model_name="listitem",
            name="admission",
            field=models.ForeignKey(
                blank=True,
                help_text="网格事项经准入列入清单，期满或退出即失效（HN 13(2)）",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="mandates.admission",
                verbose_name="由准入列入",
            ),
        ),
        migrations.RunPython(keep_as_exceptions, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="ground",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bearer", "committee"),
                        ("kind__in", ("list", "admission", "emergency_order", "own_decision", "safety_rule")),
                    ),
                    models.Q(("bearer", "grid"), ("kind__in", ("list", "exception"))),
                    models.Q(("bearer", "agency"), ("kind", "own_duty")),
                    _connector="OR",
                ),
                name="ground_lawful_for_bearer",
            ),
        ),
        migrations.RunPython(gate.install, gate.remove),
    ]
