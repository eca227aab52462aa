from django.apps import AppConfig


class TrusteeConfig(AppConfig):
    name = "sunshine.interfaces.web.trustee"
    label = "trustee"
