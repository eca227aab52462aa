from django.apps import AppConfig


class DrawsConfig(AppConfig):
    name = "sunshine.interfaces.web.draws"
    label = "draws"
