"""What every public page shares: its breadcrumb, its instant, and answers kept for visitors without a session."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.queries import notices
from sunshine.foundation import clock
from sunshine.foundation.pages.grid import Asked, Column, Filter, ask
from sunshine.foundation.pages.parts import Link

View = Callable[..., HttpResponse]
KEPT = 256  # answers in memory, some 15 MB
NEAR = timedelta(days=1)  # countdowns shorter than this show seconds, so their page is always sent anew
PERSONAL = (settings.SESSION_COOKIE_NAME, "messages")  # cookies that make a page somebody's own
_UNTIL = re.compile(rb'data-until="([^"]+)"')


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    crumbs: Sequence[Link] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a public page with its breadcrumb and the page's one instant."""
    shared = {
        "breadcrumb": [Link(_("首页"), "/"), *crumbs] if crumbs else [],
        "now": now_of(request),
    }
    return render(request, template, shared | dict(context or {}), status=status)


def now_of(request: HttpRequest) -> datetime:
    """The instant of this page, the same wherever it is used on it."""
    known = getattr(request, "page_now", None)
    if known is None:
        known = request.page_now = clock.glance()  # type: ignore[attr-defined]
    return known


def asked_of(request: HttpRequest, columns: Sequence[Column], filters: Sequence[Filter] = ()) -> Asked:
    """What the address asks of a table; NUL, which PostgreSQL refuses in any text, is taken out first."""
    query = request.GET.copy()
    for name, value in request.GET.items():
        query[name] = str(value).replace("\0", "")
    return ask(query, columns, filters)


def version_of(request: HttpRequest) -> str:
    """The state of the platform this page shows: asked for at most ten times a second, and once in a request."""
    known = getattr(request, "page_version", None)
    if known is None:
        known = request.page_version = _newest.of(str(connection.settings_dict["NAME"]))  # type: ignore[attr-defined]
    return known


class _Newest:
    """The last word of each database about its version. Readers by the thousand must not each wake it up."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[float, str]] = {}

    def of(self, database: str) -> str:
        at, said = self._heard.get(database, (float("-inf"), ""))
        now = time.monotonic()
        if now - at > settings.PUBLIC_VERSION_SECONDS:
            said = notices.version()
            self._heard[database] = now, said
        return said


_newest = _Newest()


def for_everyone(view: View) -> View:
    """Keep the answer for visitors without a session, as long as nothing has happened and the minute is the same.

    The newest event decides (`version_of`). A conditional request is answered without rendering; the instant in a kept
    page is replaced, so that a countdown never starts from an old one.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or any(name in request.COOKIES for name in PERSONAL):
            response = view(request, *args, **given)
            patch_cache_control(response, private=True)
            return response
        key = _key(request)
        # keyed: everything in it can be guessed, and a guessed event number would count what happened between two others
        tag = f'"{salted_hmac("portal.page", "|".join(key), algorithm="sha256").hexdigest()[:32]}"'
        if any(known.removeprefix("W/") == tag for known in parse_etags(request.headers.get("If-None-Match", ""))):
            return _labelled(HttpResponseNotModified(), tag)
        response = _answers.get(key, now_of(request)) or _rendered(view, key, request, args, given)
        return _labelled(response, tag) if response.status_code == 200 else response

    return run


def _rendered(view: View, key: tuple[str, ...], request: HttpRequest, args: Any, given: Any) -> HttpResponse:
    response = view(request, *args, **given)
    if response.status_code == 200 and not response.streaming and not response.cookies:
        _answers.put(key, response, now_of(request))
    return response


def _key(request: HttpRequest) -> tuple[str, ...]:
    minute = str(int(now_of(request).timestamp()) // 60)
    where = (request.get_host(), request.get_full_path(), str(connection.settings_dict["NAME"]))
    return (*where, get_language() or "", request.COOKIES.get("theme", ""), minute, version_of(request))


def _labelled(response: HttpResponse, tag: str) -> HttpResponse:
    """Cacheable for anyone, but asked about every time; without a tag where seconds count."""
    if response.status_code == 304 or not getattr(response, "counts_seconds", False):
        response["ETag"] = tag
    patch_cache_control(response, public=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


class _Answers:
    """The answers of this process, the least used forgotten first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, ...], tuple[bytes, str, bytes, bool]] = OrderedDict()

    def put(self, key: tuple[str, ...], response: HttpResponse, now: datetime) -> None:
        ends = [datetime.fromisoformat(found.decode()) for found in _UNTIL.findall(response.content)]
        seconds = any(now < end < now + NEAR for end in ends)
        response.counts_seconds = seconds  # type: ignore[attr-defined]
        with self._lock:
            self._kept[key] = (response.content, response["Content-Type"], now.isoformat().encode(), seconds)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()

    def get(self, key: tuple[str, ...], now: datetime) -> HttpResponse | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
        content, kind, then, seconds = found
        response = HttpResponse(content.replace(then, now.isoformat().encode()), content_type=kind)
        response.counts_seconds = seconds  # type: ignore[attr-defined]
        return response


_answers = _Answers()


def forget_kept() -> None:
    """Render every page anew from now on."""
    _answers.forget()
