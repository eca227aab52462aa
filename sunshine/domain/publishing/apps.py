from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "sunshine.domain.publishing"
    label = "publishing"
