"""Addresses of the drafting pages."""

from django.urls import URLPattern, URLResolver

app_name = "drafting"
urlpatterns: list[URLPattern | URLResolver] = []
