"""The public evidence of a project: one file with which a stranger checks it all."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.domain.publishing.queries import evidence as queries
from sunshine.interfaces.web.portal.shell import now_of

SOON = 2  # seconds until what has just happened has its place in the log


@require_GET
def evidence(request: HttpRequest, project: str) -> HttpResponse:
    """`/projects/<project>/evidence.json`: evidence/1; 503 while something still waits for its place in the log."""
    at = now_of(request)
    try:
        version = queries.version(project, at)
        if version is None:
            raise Http404
        tag = _tag(version)
        if any(known.removeprefix("W/") == tag for known in parse_etags(request.headers.get("If-None-Match", ""))):
            return _labelled(HttpResponseNotModified(), tag)
        found = queries.evidence(project, at)
    except queries.NotYetLogged:
        said = _("刚发生的事正在写入透明日志，请在两秒后重试。")
        response = HttpResponse(said + "\n", content_type="text/plain; charset=utf-8", status=503)
        response["Retry-After"] = str(SOON)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Accept-Language"])
        return response
    if found is None:
        raise Http404
    response = HttpResponse(found, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{project}.evidence.json"'
    return _labelled(response, tag)


def _tag(version: str) -> str:
    """Keyed, for a guessed event number would tell too much."""
    return f'"{salted_hmac("portal.evidence", version, algorithm="sha256").hexdigest()[:32]}"'


def _labelled(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    return response
