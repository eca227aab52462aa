from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "sunshine.interfaces.jobs"
    label = "jobs"
