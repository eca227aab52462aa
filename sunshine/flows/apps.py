from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "sunshine.flows"
    label = "flows"
