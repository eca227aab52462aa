from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sunshine.interfaces.api"
    label = "api"
