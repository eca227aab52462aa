from django.apps import AppConfig


class SupplierConfig(AppConfig):
    name = "sunshine.interfaces.web.supplier"
    label = "supplier"
