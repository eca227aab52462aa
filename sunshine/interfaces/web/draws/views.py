"""The public page of a draw: the state it has reached, and when it is finished its replay, step by step."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.domain.evaluation.queries import draws
from sunshine.domain.publishing.queries import words as public_words
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.draws import words
from sunshine.interfaces.web.portal.shell import for_everyone, page


def found(draw: str) -> draws.DrawView:
    """The draw, or 404."""
    view = draws.view(draw)
    if view is None:
        raise Http404
    return view


@require_GET
@for_everyone
def show(request: HttpRequest, draw: str) -> HttpResponse:
    """`/draws/<id>/`: readable without JavaScript; with it, the browser computes everything anew."""
    view = found(draw)
    row = view.draw
    places = [reverse("draws:proof", args=[draw, number]) for number in range(1 + len(view.parties))]
    context = {
        "view": view,
        "draw": row,
        "project": row.lot.project,
        "stages": public_words.DRAWS,
        "purpose": public_words.DRAW_PURPOSES[row.purpose],
        "reasons": [(public_words.DRAW_REASONS.get(reason, reason), n) for reason, n in view.reasons.items()],
        "timeline": words.timeline(view),
        "proofs": places if row.checkpoint else [],
        "note": row.checkpoint,
    }
    if view.replay is not None:
        context |= {"steps": steps(view), "checks": words.CHECKS, "boot": boot(view, places)}
    crumbs = [Link(row.lot.project.title, reverse("portal:project", args=[row.lot.project.public_id])), Link(_("抽取"))]
    return page(request, "draws/draw.html", context, crumbs=crumbs)


def boot(view: draws.DrawView, places: list[str]) -> dict[str, Any]:
    """What <sun-replay> computes from."""
    return {"record": view.draw.record, "proofs": places, "vkey": log_vkey()}


def steps(view: draws.DrawView) -> list[dict[str, Any]]:
    """The choices in their order: what was read, from how much, where it fell, who that is."""
    replay = view.replay
    assert replay is not None
    names = {one.blind: one for one in view.names}
    members = len(replay.drawn.members)
    return [
        {
            "n": n,
            "words": [f"{word:016x}" for word in step.words],
            "total": step.total,
            "place": step.place,
            "chosen": step.chosen,
            "member": n <= members,
            "alternate": n - members,
            "name": names.get(step.chosen),
        }
        for n, step in enumerate(replay.steps, 1)
    ]


@require_GET
def record(request: HttpRequest, draw: str) -> HttpResponse:
    """`/draws/<id>/record.json`: draw-record/1, for any program; 404 before it is finished."""
    view = found(draw)
    if not view.draw.record:
        raise Http404
    text = json.dumps(view.draw.record, ensure_ascii=False, indent=2)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{view.draw.public_id}.json"'
    return _open(answer)


@require_GET
def proof(request: HttpRequest, draw: str, number: int) -> HttpResponse:
    """The `.tlog-proof` under the draw's checkpoint: 0 the announcement, then the commitments as they were logged."""
    view = found(draw)
    text = draws.proof(view.draw, number)
    if text is None:
        raise Http404
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{view.draw.public_id}-{number}.tlog-proof"'
    return _open(answer)


def _open(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    answer.for_programs = True  # type: ignore[attr-defined]
    return answer
