from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "sunshine.domain.parties"
    label = "parties"
