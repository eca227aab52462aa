"""Addresses of the supplier pages."""

from django.urls import URLPattern, URLResolver

app_name = "supplier"
urlpatterns: list[URLPattern | URLResolver] = []
