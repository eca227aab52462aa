from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "sunshine.interfaces.rehearsal"
    label = "rehearsal"
