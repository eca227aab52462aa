"""What every request carries: who acts, and one place where a refusal becomes an answer."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from sunshine.domain.parties.queries.actors import Post, actor_of
from sunshine.foundation.authz import VISITOR, Actor
from sunshine.foundation.refusal import Refused

Handler = Callable[[HttpRequest], HttpResponse]
CHOSEN = "organisation"  # session key of the organisation a person chose to work for


class ForProgramsMiddleware:
    """Answers marked ``for_programs`` are the same bytes for everyone: neither language nor session may split a cache."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(response, "for_programs", False):
            del response["Vary"]
            del response["Content-Language"]
        return response


class ActorMiddleware:
    """request.actor and request.posts, read from the database when first looked at."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def load() -> tuple[Actor, list[Post]]:
            if not request.user.is_authenticated:
                return VISITOR, []
            chosen = request.session.get(CHOSEN, "")
            return actor_of(request.user, chosen=chosen, address=request.META.get("REMOTE_ADDR"))

        both = SimpleLazyObject(load)
        request.actor = SimpleLazyObject(lambda: both[0])  # type: ignore[attr-defined]
        request.posts = SimpleLazyObject(lambda: both[1])  # type: ignore[attr-defined]
        return self.get_response(request)


class RefusalMiddleware:
    """A Refused that no view has put on its page: 404 for what one may not know of, 403, or 409 with the reason.

    A NUL character, which no text of PostgreSQL can hold, is refused here for every door: nothing has been kept of it.
    """

    STATUS = {"not-found": 404, "forbidden": 403, "text-nul": 400}

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError | ValueError) and "NUL (0x00)" in str(error):
            error = Refused("text-nul", _("内容含有不能保存的空字符（NUL），请删除后重试。"))
        if not isinstance(error, Refused):
            return None
        status = self.STATUS.get(error.code, 409)
        if "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json":
            return JsonResponse(error.as_dict(), status=status)
        template = f"{status}.html" if status in (403, 404) else "refused.html"
        return render(request, template, {"refused": error}, status=status)
