from django.apps import AppConfig


class ProfileConfig(AppConfig):
    name = "sunshine.interfaces.web.account"
    label = "profile"
