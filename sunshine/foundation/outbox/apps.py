from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "sunshine.foundation.outbox"
    label = "outbox"
