"""The baselines: a view with one indexed SELECT and a template of twenty rows, and a view with nothing at all."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from config.urls import urlpatterns as house
from sunshine.domain.publishing.models import Notice

ROWS = engines["django"].from_string(
    "<!doctype html><title>baseline</title><table>{% for row in rows %}<tr><td>{{ row.public_id }}</td>"
    "<td>{{ row.title }}</td><td>{{ row.buyer_name }}</td><td>{{ row.published_at }}</td></tr>{% endfor %}</table>"
)


def rows(request: HttpRequest) -> HttpResponse:
    """The twenty newest notices, through the index that the public list uses."""
    newest = Notice.objects.order_by("-published_at", "-id").values("public_id", "title", "buyer_name", "published_at")
    return HttpResponse(ROWS.render({"rows": newest[:20]}, request))


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


urlpatterns = [path("bench/rows/", rows), path("bench/nothing/", nothing), *house]
