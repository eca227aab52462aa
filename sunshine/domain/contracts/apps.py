from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "sunshine.domain.contracts"
    label = "contracts"
