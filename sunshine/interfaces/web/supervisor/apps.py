from django.apps import AppConfig


class SupervisorConfig(AppConfig):
    name = "sunshine.interfaces.web.supervisor"
    label = "supervisor"
