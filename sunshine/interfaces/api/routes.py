"""The JSON API: the same flows and queries as the pages. Reading what is public needs no account; acting needs the
session of the person who acts, with its CSRF token (X-CSRFToken). There are no other keys to lose."""

from collections.abc import Callable
from typing import Any

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import django_auth
from ninja.security.session import SessionAuth

from sunshine.domain.publishing.queries import api as published
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.queries import api as steps
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.lifecycle import Lifecycle
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.api import schemas
from sunshine.interfaces.api.acts import LOT_ACTS, PROJECT_ACTS, Act, arguments

_: Any = gettext_lazy  # ninja asks for str where its renderer takes promises as well
STATUS = {"not-found": 404, "forbidden": 403, "login-needed": 401, "csrf-failed": 403, "malformed": 422}
REFUSED = dict.fromkeys((401, 403, 404, 409, 422), schemas.Refusal)
PUBLIC_SECONDS = 30

api = NinjaAPI(title="Sunshine", version="1", docs_url=None, urls_namespace="api-v1", description=__doc__ or "")
Limit = Query(50, ge=1, le=100)


def answer_refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Every refusal has one shape and one of five statuses."""
    status = STATUS.get(refused.code, 422 if refused.code.endswith("-malformed") else 409)
    return api.create_response(request, refused.as_dict(), status=status)


@api.exception_handler(Refused)
def on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return answer_refused(request, error)


@api.exception_handler(Http404)
def on_nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer_refused(request, NotFound())


@api.exception_handler(AuthenticationError)
def on_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return answer_refused(request, Refused("login-needed", _("请先登录。")))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403:
        return answer_refused(request, Refused("csrf-failed", _("请求缺少有效的 X-CSRFToken。")))
    return answer_refused(request, Refused("malformed", _("请求格式不正确，没有接收任何内容。")))


@api.exception_handler(DataError)
def on_impossible_text(request: HttpRequest, error: DataError) -> HttpResponse:
    """A byte no text may hold (U+0000), or a number no column holds: said by the database, which knows best."""
    return answer_refused(request, Refused("malformed", _("请求格式不正确，没有接收任何内容。")))


@api.exception_handler(ValidationError)
def on_malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    rows = [
        Refused(
            str(one.get("type", "malformed")).replace("_", "-"),
            _("“%(name)s”不符合接口要求。") % {"name": (name := ".".join(str(part) for part in one.get("loc", ())))},
            field=name,
        )
        for one in error.errors
    ]
    return answer_refused(request, Refused("malformed", _("请求格式不正确，没有接收任何内容。"), rows=rows))


def _found(value: Any) -> Any:
    if value is None:
        raise NotFound()
    return value


def _shared(response: HttpResponse) -> None:
    """A public answer may be kept for half a minute by whoever stands between."""
    response["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"


@api.get("/notices", response={200: schemas.Notices, **REFUSED}, auth=None, tags=["public"], summary=_("公告列表"))
def list_notices(
    request: HttpRequest,
    response: HttpResponse,
    after: str = "",
    limit: int = Limit,
    kind: str = "",
    project: str = "",
    buyer: str = "",
    region: str = "",
) -> dict[str, Any]:
    """Newest first. Pass `next` as `after` to go on."""
    _shared(response)
    items, more = published.notices(after=after, limit=limit, kind=kind, project=project, buyer=buyer, region=region)
    return {"items": items, "next": more}


@api.get(
    "/notices/{public_id}",
    response={200: schemas.NoticeWhole, **REFUSED},
    auth=None,
    tags=["public"],
    summary=_("一份公告"),
)
def one_notice(request: HttpRequest, response: HttpResponse, public_id: str) -> Any:
    """The structured content; its canonical bytes (RFC 8785) hash to `digest`."""
    _shared(response)
    return _found(published.notice(public_id))


@api.get("/projects", response={200: schemas.Projects, **REFUSED}, auth=None, tags=["public"], summary=_("项目列表"))
def list_projects(
    request: HttpRequest, response: HttpResponse, after: str = "", limit: int = Limit, buyer: str = ""
) -> dict[str, Any]:
    """Announced projects, newest first."""
    _shared(response)
    items, more = published.projects(after=after, limit=limit, buyer=buyer)
    return {"items": items, "next": more}


@api.get(
    "/projects/{public_id}", response={200: schemas.Story, **REFUSED}, auth=None, tags=["public"], summary=_("项目全程")
)
def one_project(request: HttpRequest, response: HttpResponse, public_id: str) -> Any:
    """Where the project and each lot stand, with every notice in order."""
    _shared(response)
    return _found(published.story(public_id, clock.glance()))


@api.get(
    "/projects/{public_id}/opening",
    response={200: schemas.NoticeWhole, **REFUSED},
    auth=None,
    tags=["public"],
    summary=_("开标记录"),
)
def one_opening(request: HttpRequest, response: HttpResponse, public_id: str) -> Any:
    """The published opening record; 404 before it is confirmed."""
    _shared(response)
    return _found(published.opening(public_id))


@api.get(
    "/projects/{public_id}/results",
    response={200: list[schemas.NoticeWhole], **REFUSED},
    auth=None,
    tags=["public"],
    summary=_("结果"),
)
def all_results(request: HttpRequest, response: HttpResponse, public_id: str) -> Any:
    """Candidates, awards, contracts, failures and terminations as published."""
    _shared(response)
    return _found(published.results(public_id))


@api.get(
    "/projects/{public_id}/steps",
    response={200: schemas.Steps, **REFUSED},
    auth=django_auth,
    tags=["projects"],
    summary=_("项目可办事项"),
)
def project_steps(request: HttpRequest, public_id: str) -> Any:
    """The steps that belong to your work at this stage; a refusal says why one is not possible now."""
    return _found(steps.project_steps(public_id, by=request.actor, at=clock.now()))  # type: ignore[attr-defined]


@api.get(
    "/lots/{public_id}/steps",
    response={200: schemas.Steps, **REFUSED},
    auth=django_auth,
    tags=["lots"],
    summary=_("标段可办事项"),
)
def lot_steps(request: HttpRequest, public_id: str) -> Any:
    """As for a project."""
    return _found(steps.lot_steps(public_id, by=request.actor, at=clock.now()))  # type: ignore[attr-defined]


class Concerned(SessionAuth):
    """The session of a person whom this project or lot concerns: for all others it is not there, whatever they send."""

    def __init__(self, known: Callable[..., Any]):
        super().__init__()
        self.known = known

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if user := super().authenticate(request, key):
            public_id = request.resolver_match.kwargs["public_id"]  # type: ignore[union-attr]
            _found(self.known(public_id, by=request.actor, at=clock.now()))  # type: ignore[attr-defined]
        return user


def _operation(life: Lifecycle, verb: str, act: Act) -> Callable[..., Any]:
    """The view of one verb: the flow, then its event."""
    shape = act.shape

    def run(request: HttpRequest, public_id: str, body: schemas.Strict | None) -> dict[str, Any]:
        event = act.flow(public_id, by=request.actor, **arguments(body))  # type: ignore[attr-defined]
        return {
            "tag": event.tag,
            "subject": event.subject,
            "seq": event.seq,
            "at": event.at,
            "stage": life.steps[verb].target,
            "facts": act.facts(event),
        }

    if shape is None:

        def plain(request: HttpRequest, public_id: str) -> dict[str, Any]:
            return run(request, public_id, None)

        return plain

    def given(request: HttpRequest, public_id: str, body: shape) -> dict[str, Any]:  # type: ignore[valid-type]
        return run(request, public_id, body)

    return given


def _offer(life: Lifecycle, folder: str, acts: dict[str, Act], known: Callable[..., Any]) -> None:
    for verb, act in acts.items():
        view = _operation(life, verb, act)
        view.__doc__ = (act.flow.__doc__ or "").strip()
        view.__name__ = f"{life.name}_{verb}".replace("-", "_")
        api.post(
            f"/{folder}/{{public_id}}/steps/{verb}",
            response={200: schemas.Done, **REFUSED},
            auth=Concerned(known),
            tags=[folder],
            summary=life.steps[verb].label,
            operation_id=f"{life.name}:{verb}",
        )(view)


_offer(PROJECT, "projects", PROJECT_ACTS, steps.project_steps)
_offer(LOT, "lots", LOT_ACTS, steps.lot_steps)
