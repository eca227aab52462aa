"""Addresses of the expert pages."""

from django.urls import URLPattern, URLResolver

app_name = "expert"
urlpatterns: list[URLPattern | URLResolver] = []
