from django.apps import AppConfig


class DraftingConfig(AppConfig):
    name = "sunshine.interfaces.web.buyer.drafting"
    label = "drafting"
