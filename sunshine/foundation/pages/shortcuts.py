"""The two things almost every view does: answer with a page or its fragment, and say why an act was refused."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from sunshine.foundation.refusal import Refused


def full_page(template: str) -> str:
    """The whole page a fragment belongs to: ``a/_b.html`` → ``a/b.html``, ``a/b.html#part`` → ``a/b.html``."""
    path, _, _part = template.partition("#")
    folder, slash, name = path.rpartition("/")
    return folder + slash + name.removeprefix("_")


def fragment(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Only the fragment for HTMX, the full page for everyone else, from one context.

    template  path of the fragment; its name begins with ``_`` or ends with ``#part`` (see `full_page`)
    """
    htmx = getattr(request, "htmx", None)
    # A boosted link replaces the whole body, and a restored history entry must be a whole page too.
    part = htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request
    response = render(request, template if part else full_page(template), dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def refusal_message(request: HttpRequest, refused: Refused) -> None:
    """Flash the refusal on the next page: its sentence and its article."""
    messages.error(request, str(refused), extra_tags="refused")
