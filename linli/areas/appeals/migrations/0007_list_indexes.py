"""Two indexes that hold all that the list asks which of its rows come first, and how many are open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appeals", "0006_counts")]
    operations = [
        migrations.RemoveIndex(model_name="appeal", name="appeal_county_filed"),
        migrations.RemoveIndex(model_name="appeal", name="appeal_counts"),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["county", "filed_at", "id", "place", "shown"], name="appeal_county_filed"),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["county", "state", "place", "shown", "id"], name="appeal_counts"),
        ),
    ]
