"""The county has no index of its own any more: three that begin with it are there."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appeals", "0004_indices")]
    operations = [
        migrations.AlterField(
            model_name="appeal",
            name="county",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="commons.place",
                to_field="code",
                verbose_name="县",
            ),
        ),
    ]
