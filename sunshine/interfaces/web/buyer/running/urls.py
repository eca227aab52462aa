"""Addresses of the running pages."""

from django.urls import URLPattern, URLResolver

app_name = "running"
urlpatterns: list[URLPattern | URLResolver] = []
