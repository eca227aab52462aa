"""The box looks away: who knocks is cut off before anything else of the house sees the request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from sunshine.foundation.vault import inspection

BOX = "/box/"
# All the headers the box works with. Cookies, credentials, addresses, referrers, the browser's name: none of them.
_KEPT = frozenset({"HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_PROTO"})


class Visit:
    """From where a request came. It can be sealed to the inspectors, and nothing else (电子招标投标办法 第四十九条)."""

    def __init__(self, meta: dict[str, Any]) -> None:
        names = (("address", "REMOTE_ADDR"), ("forwarded", "HTTP_X_FORWARDED_FOR"), ("agent", "HTTP_USER_AGENT"))
        self._seen = {word: str(meta.get(name, "")) for word, name in names}

    def sealed(self, lid: str, at: datetime) -> bytes:
        """The age file of this visit for the record `lid`; every one has the same size."""
        return inspection.seal({"v": "visit/1", "lid": lid, "at": at.isoformat(timespec="seconds"), **self._seen})


class BlindMiddleware:
    """Below /box/: no cookie reaches a session, no login helps, and no log line or error report finds an address.

    Place it above everything that reads cookies.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(BOX):
            return self.get_response(request)
        request.visit = Visit(request.META)  # type: ignore[attr-defined]
        for name in [name for name in request.META if name.startswith(("HTTP_", "REMOTE_")) and name not in _KEPT]:
            del request.META[name]
        response = self.get_response(request)
        response.cookies.clear()
        return response
