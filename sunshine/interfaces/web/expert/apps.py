from django.apps import AppConfig


class ExpertConfig(AppConfig):
    name = "sunshine.interfaces.web.expert"
    label = "expert"
