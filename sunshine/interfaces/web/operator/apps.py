from django.apps import AppConfig


class OperatorConfig(AppConfig):
    name = "sunshine.interfaces.web.operator"
    label = "operator"
