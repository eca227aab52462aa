from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "sunshine.interfaces.web.portal"
    label = "portal"
