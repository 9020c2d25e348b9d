from django.apps import AppConfig


class MandatesConfig(AppConfig):
    name = "linli.areas.mandates"
    label = "mandates"
    default_auto_field = "django.db.models.BigAutoField"
