"""Addresses of the JSON API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from sunshine.interfaces.api.routes import api
from sunshine.interfaces.api.views import docs

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs/", docs, name="api-docs"),
    path("", api.urls),
]
