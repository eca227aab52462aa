from django.apps import AppConfig


class TlogConfig(AppConfig):
    name = "sunshine.foundation.tlog"
    label = "tlog"
