from django.apps import AppConfig


class SourcingConfig(AppConfig):
    name = "sunshine.domain.sourcing"
    label = "sourcing"
