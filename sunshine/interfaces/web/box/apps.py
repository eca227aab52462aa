from django.apps import AppConfig


class BoxConfig(AppConfig):
    name = "sunshine.interfaces.web.box"
    label = "box"
