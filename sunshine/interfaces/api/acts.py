"""The acts the API offers: verb → flow and the shape of its arguments. Where a step is not here, NOT_OFFERED says why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sunshine.flows import (
    announce_draw,
    ask,
    award,
    clarify,
    draft,
    fail,
    initiate,
    open_bids,
    open_prices,
    rank,
    review,
    terminate,
)
from sunshine.flows.announce import announce
from sunshine.flows.publish_candidates import publish_candidates
from sunshine.foundation.audit.models import Event
from sunshine.interfaces.api import schemas


@dataclass(frozen=True)
class Act:
    """flow is called as ``flow(public_id, by=actor, **arguments)``; no shape: no arguments.

    told   which facts of the event the answer carries, if not all of them
    """

    flow: Callable[..., Event]
    shape: type[schemas.Strict] | None = None
    told: frozenset[str] | None = None

    def facts(self, event: Event) -> dict[str, Any]:
        told = self.told
        return {name: value for name, value in event.facts.items() if told is None or name in told}


PROJECT_ACTS = {
    "announce": Act(announce),
    "answer": Act(ask.answer, schemas.Answer),
    "approve-method": Act(initiate.approve_method),
    "clarify": Act(clarify.clarify, schemas.Clarification),
    "confirm-opening": Act(open_bids.confirm_opening),
    "open-bids": Act(open_bids.open_bids),
    "return-draft": Act(review.return_draft, schemas.Reason),
    "review": Act(review.review, schemas.Opinion),
    "submit-review": Act(draft.submit_review),
    "terminate": Act(terminate.terminate, schemas.Reason),
}
LOT_ACTS = {
    "announce-draw": Act(announce_draw.announce_draw, schemas.PanelDraw),
    "announce-factor": Act(announce_draw.announce_factor, schemas.FactorDraw),
    "award": Act(award.award, schemas.Decision),
    "confirm-prices": Act(open_prices.confirm_prices),
    "fail": Act(fail.fail, schemas.Reason),
    "notify": Act(award.notify),
    "open-prices": Act(open_prices.open_prices),
    "publish-candidates": Act(publish_candidates),
    "rank": Act(rank.rank, schemas.Reasons),
    "reopen-scoring": Act(rank.reopen_scoring, schemas.Reason),
    "retender": Act(fail.retender),
}
NOT_OFFERED = {
    "project:initiate": "begins a life: there is no project yet to take a step with",
    "project:draft": "files and whole sections come through the pages, saved while typing",
    "lot:announce": "moves with its project",
    "lot:open-bids": "moves with its project",
    "lot:divide": "moves with the drafting of its project",
    "lot:draw-panel": "moves with the last number that becomes known in its draw",
    "lot:terminate": "moves with its project",
    "lot:close-report": "moves with the last signature under the report",
    "lot:close-contract": "moves with the second signature under the contract",
}


def arguments(body: schemas.Strict | None) -> dict[str, Any]:
    """The flow's keyword arguments; optional changes that were not given are left out."""
    if body is None:
        return {}
    given = body.model_dump()
    if isinstance(body, schemas.Clarification):
        given["changes"] = body.changes.model_dump(exclude_none=True)
    return given
