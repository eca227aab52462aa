"""Who may pass a door, and how a door speaks JSON with the browser modules."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused

View = Callable[..., HttpResponseBase]
STATUS = {"not-found": 404, "forbidden": 403, "login-needed": 401, "malformed": 422}
JSON_LIMIT = 8 * 1024 * 1024  # bytes of one JSON request; a lid has some twenty kilobytes, a keyring 350


def known(view: View) -> View:
    """Only people who have logged in; everyone else is led to the login and back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def business_at(*doors: str) -> Callable[[View], View]:
    """Only people whose present post has business at one of these doors; others get 403, strangers the login."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not set(doors) & set(request.actor.doors):  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return known(guarded)

    return decorate


def speaks_json(view: View) -> View:
    """Every answer of the view is JSON, every refusal too: 401, 403, 404, 422 (malformed), else 409."""

    @wraps(view)
    def known_only(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            raise Refused("login-needed", _("请先登录。"))
        return view(request, *args, **kwargs)

    return speaks_json_to_anyone(known_only)


def speaks_json_to_anyone(view: View) -> View:
    """The same without a login: for what carries its own proof, such as a signature by a box key."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            refused = Refused("not-found", _("没有找到您要的内容。"))
        except PermissionDenied:
            refused = Refused("forbidden", _("您没有这项权限。"))
        except Refused as error:
            refused = error
        return JsonResponse(refused.as_dict(), status=STATUS.get(refused.code, 409))

    return spoken


def json_of(request: HttpRequest, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """The JSON object of the request's body. Raises Refused("malformed")."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) <= limit:
        try:
            found = json.loads(request.body)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
    raise Refused("malformed", _("请求格式不正确，没有接收任何内容。"))


def text_of(data: dict[str, Any], name: str) -> str:
    """A text member of a JSON object. Raises Refused("malformed")."""
    value = data.get(name)
    if not isinstance(value, str):
        raise Refused("malformed", _("请求缺少“%(name)s”。") % {"name": name}, field=name)
    return value


def given(request: HttpRequest) -> tuple[Any, Any]:
    """(data, files) for a form: what was posted, even if that is nothing; (None, None) for a page that is only read."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def never_cached(response: HttpResponse) -> HttpResponse:
    """For answers only one person may read."""
    response["Cache-Control"] = "no-store, private"
    return response
