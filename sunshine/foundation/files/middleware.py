"""The first word to a request that is too big: said from its header, before a byte of it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from sunshine.foundation.files.store import human
from sunshine.foundation.refusal import Refused

ENVELOPE = 1024 * 1024  # form fields and multipart borders around a document


class RequestSizeMiddleware:
    """Answers 413 when Content-Length exceeds one document (``UPLOAD_LIMIT``); place it below LocaleMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        limit = settings.UPLOAD_LIMIT
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) <= limit + ENVELOPE:
            return self.get_response(request)
        refused = Refused("request-too-large", _("请求超过上限 %(limit)s，未接收。") % {"limit": human(limit)})
        if "text/html" in request.headers.get("Accept", ""):
            return HttpResponse(str(refused), status=413, content_type="text/plain; charset=utf-8")
        return JsonResponse(refused.as_dict(), status=413)
