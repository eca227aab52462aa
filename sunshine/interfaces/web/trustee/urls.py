"""Addresses of the trustee pages."""

from django.urls import URLPattern, URLResolver

app_name = "trustee"
urlpatterns: list[URLPattern | URLResolver] = []
