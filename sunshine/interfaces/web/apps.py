from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sunshine.interfaces.web"
    label = "web"
