"""Addresses of a person's own pages."""

from django.urls import URLPattern, URLResolver

app_name = "profile"
urlpatterns: list[URLPattern | URLResolver] = []
