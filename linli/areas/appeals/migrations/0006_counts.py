"""An index that holds all that the counts by state ask for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appeals", "0005_county_index"), ("commons", "0005_reference")]
    operations = [
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(fields=["county", "state", "place", "shown"], name="appeal_counts"),
        ),
    ]
