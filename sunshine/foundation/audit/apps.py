from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "sunshine.foundation.audit"
    label = "audit"
