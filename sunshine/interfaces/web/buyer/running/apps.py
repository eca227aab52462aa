from django.apps import AppConfig


class RunningConfig(AppConfig):
    name = "sunshine.interfaces.web.buyer.running"
    label = "running"
