from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Coalesce


def date_what_is_there(apps, schema_editor):
    """Rows from before were last changed when they ended, or when they came in, as far as the row itself tells."""
    apps.get_model("appeals", "Appeal").everything.update(updated_at=Coalesce(F("ended_at"), F("filed_at")))


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0001_initial'),
        ('commons', '0001_initial'),
        ('mandates', '0002_gate_triggers'),
    ]

    operations = [
        migrations.AddField(
            model_name='appeal',
            name='latitude',
            field=models.FloatField(blank=True, help_text='WGS-84', null=True, verbose_name='纬度'),
        ),
        migrations.AddField(
            model_name='appeal',
            name='longitude',
            field=models.FloatField(blank=True, help_text='WGS-84', null=True, verbose_name='经度'),
        ),
        migrations.AddField(
            model_name='appeal',
            name='updated_at',
            field=models.DateTimeField(auto_now=True, verbose_name='更新时间'),
        ),
        migrations.AlterField(
            model_name='appeal',
            name='channel',
            field=models.CharField(choices=[('web', '网页'), ('counter', '窗口'), ('phone', '电话'), ('api', '接口'), ('import', '导入'), ('qr', '楼栋码'), ('open311', 'Open311')], max_length=10, verbose_name='渠道'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(fields=['county', 'filed_at'], name='appeal_county_filed'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(fields=['county', 'updated_at'], name='appeal_county_updated'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(condition=models.Q(('latitude__isnull', False)), fields=['latitude', 'longitude'], name='appeal_position'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude', None), ('longitude', None)), models.Q(('latitude__gte', -90), ('latitude__isnull', False), ('latitude__lte', 90), ('longitude__gte', -180), ('longitude__isnull', False), ('longitude__lte', 180)), _connector='OR'), name='position_whole_and_on_earth'),
        ),
        migrations.RunPython(date_what_is_there, migrations.RunPython.noop),
    ]
