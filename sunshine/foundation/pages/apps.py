from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Templates, tags and English words of the design system; no models."""

    name = "sunshine.foundation.pages"
    label = "pages"
