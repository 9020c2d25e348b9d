from django.apps import AppConfig


class AssemblyConfig(AppConfig):
    name = "linli.areas.assembly"
    label = "assembly"
    default_auto_field = "django.db.models.BigAutoField"
