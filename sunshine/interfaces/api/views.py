"""A page of our own that lists the operations: the usual viewers come from other people's servers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunshine.interfaces.api.routes import api

TAGS = {"public": _("公开数据（无需登录）"), "projects": _("项目"), "lots": _("标段")}


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its method, address, arguments and answers, from the OpenAPI document itself."""
    schema = api.get_openapi_schema()
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in TAGS}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            groups[operation["tags"][0]].append(
                {
                    "method": method.upper(),
                    "address": address,
                    "summary": operation["summary"],
                    "about": operation.get("description", ""),
                    "query": [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"],
                    "body": _members(body, schema),
                }
            )
    listed = [(TAGS[tag], operations) for tag, operations in groups.items()]
    return render(request, "api/docs.html", {"groups": listed, "openapi": reverse("api-v1:openapi-json")})


def _members(body: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The members of a request's body; required ones bear a star."""
    name = body.get("$ref", "").rpartition("/")[2]
    found = schema["components"]["schemas"].get(name, {})
    required = found.get("required", [])
    return [f"{one}*" if one in required else one for one in found.get("properties", {})]
