"""What may be told of a draw: to everyone its record by blind ids; names only when the award result is out (法 37)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.draws import EXPERTS, Draw, DrawParty, DrawRelease
from sunshine.domain.evaluation.models import PanelMember
from sunshine.domain.evaluation.rules import RUNNING
from sunshine.domain.parties.models import Membership
from sunshine.domain.sourcing.models import Lot, TrusteeSeat
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.models import Checkpoint, Leaf
from sunshine.foundation.tlog.queries import Place
from sunshine_proof.draw import Replay, checkpoint_hash, replay

RESULT_OUT = ("notified", "contract_signed")  # the award notice is published: the list is no secret any more


@dataclass(frozen=True)
class Name:
    """Whose blind id it was: anyone can recompute it from the draw's salt and the expert's id."""

    blind: str
    expert: str
    name: str


@dataclass(frozen=True)
class DrawView:
    """A draw as everybody may see it. `names` and `salt` stay empty while the list of the panel is secret."""

    draw: Draw
    parties: list[DrawParty]
    reasons: dict[str, int]  # reason code → how many were left out for it
    checkpoint_hash: str
    replay: Replay | None
    names: list[Name]
    salt: str

    @property
    def choices(self) -> list[str]:
        return [entry[0] for entry in self.draw.announcement["pool"]]

    @property
    def places(self) -> int:
        return len(self.draw.announcement["pool"])


def view(draw_id: str) -> DrawView | None:
    """The draw, replayed if it is finished; None if there is none."""
    row = Draw.objects.select_related("lot__project__buyer").filter(public_id=draw_id).first()
    if row is None:
        return None
    reasons = [out["reason"] for out in row.announcement["exclusions"]]
    out = row.purpose == EXPERTS and bool(row.record) and row.lot.stage in RESULT_OUT
    return DrawView(
        row,
        list(row.parties.select_related("organisation", "person")),
        {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        checkpoint_hash(row.checkpoint).hex() if row.checkpoint else "",
        replay(row.record) if row.record else None,
        _names(row) if out else [],
        row.salt if out else "",
    )


def _names(row: Draw) -> list[Name]:
    """The experts who sat on the panel, in the drawn order: neither those who left it nor those who never came."""
    rows = PanelMember.objects.filter(panel__lot=row.lot).exclude(expert=None).exclude(stage="recused")
    sat = dict(rows.values_list("expert__public_id", "person__name"))
    result = row.record["result"]
    order = [(blind, row.blinded[blind]) for blind in [*result["members"], *result["alternates"]]]
    return [Name(blind, expert, sat[expert]) for blind, expert in order if expert in sat]


def published(row: Draw) -> dict[str, Any]:
    """The record as anyone may keep it: draw-record/1 as it was computed."""
    return dict(row.record)


def proof(row: Draw, number: int) -> str | None:
    """The `.tlog-proof`, under C, of the announcement (0) or of the n-th commitment logged; None before C."""
    events = list(row.events())
    head = Checkpoint.objects.filter(pk=row.checkpoint_size or 0).first()
    if head is None or not 0 <= number < len(events):
        return None
    return Place(events[number], Leaf.objects.get(event=events[number]).index, head).proof


def of_lot(lot: Lot) -> list[Draw]:
    """Every draw of a lot, oldest first, abandoned ones among them."""
    return list(lot.draws.prefetch_related("parties__organisation"))


def of_project(project_id: str) -> list[Draw]:
    """Every draw of a project, by lot."""
    rows = Draw.objects.filter(lot__project__public_id=project_id).select_related("lot")
    return list(rows.order_by("lot__number", "pk"))


def sides(lot: Lot) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(public id, name and house) of those who may act as the supervisor, and for the platform."""
    buyer = lot.project.buyer
    above = [int(pk) for pk in buyer.path.strip("/").split("/") if int(pk) != buyer.pk]
    live = Membership.objects.filter(ended_at=None, organisation__stage="active")
    outside = Q(organisation__kind="supervisor") | Q(organisation__in=above)
    watch = live.filter(outside, roles__overlap=["inspector", "auditor"])
    runs = live.filter(organisation__kind="operator", roles__contains=["operator-admin"])
    return _worded(watch), _worded(runs)


def _worded(rows: Any) -> list[tuple[str, str]]:
    found = rows.order_by("organisation__name", "person__name")
    named = found.values_list("person__public_id", "person__name", "organisation__name")
    return [(person, f"{name} · {house}") for person, name, house in named]


def party_of(draw_id: str, actor: Actor) -> DrawParty | None:
    """This person's part in a draw; None for anybody else."""
    rows = DrawParty.objects.select_related("draw__lot__project__buyer")
    if not actor.known or "party:draw:join" not in actor.permissions:
        return None
    return rows.filter(draw__public_id=draw_id, person_id=actor.person_pk).first()


def waiting_for(actor: Actor) -> list[DrawParty]:
    """Where this person has to commit or to reveal now."""
    if not actor.known:
        return []
    to_do = Q(draw__stage="announced", committed_at=None) | Q(draw__stage="committed", r="")
    rows = DrawParty.objects.filter(to_do, person_id=actor.person_pk, draw__lot__stage__in=RUNNING).select_related(
        "draw__lot__project"
    )
    return list(rows.order_by("pk"))


def to_pin() -> list[str]:
    """Draws whose commitments are complete: they wait for their checkpoint."""
    rows = Draw.objects.filter(stage="announced").exclude(parties__committed_at=None)
    return list(rows.values_list("public_id", flat=True))


def rescues(actor: Actor, at: datetime) -> list[Draw]:
    """Draws with a silent party, out of time, that still lack this trustee's share."""
    seats = TrusteeSeat.objects.filter(person_id=actor.person_pk)
    rows = Draw.objects.filter(stage="committed", lot__project__seats__in=seats, lot__stage__in=RUNNING).select_related(
        "lot__project"
    )
    return [row for row in rows if not_yet(row, at) is None and shares(row, _seat(row, actor))["unreleased"]]


def _seat(row: Draw, actor: Actor) -> TrusteeSeat:
    return TrusteeSeat.objects.get(project=row.lot.project_id, person_id=actor.person_pk)


def for_trustee(draw_id: str, actor: Actor) -> tuple[Draw, TrusteeSeat] | None:
    """The draw and this trustee's seat; None for anybody without one."""
    rows = Draw.objects.select_related("lot__project__buyer")
    row = rows.filter(public_id=draw_id, lot__project__seats__person_id=actor.person_pk).first()
    return (row, _seat(row, actor)) if row else None


def not_yet(row: Draw, at: datetime) -> Refused | None:
    """Why the trustees cannot open a number of this draw now."""
    due = row.rescue_from()
    if row.stage != "committed" or due is None:
        return Refused("wrong-stage", _("这次抽取没有等待开启的随机数。"))
    if at < due:
        return Refused("too-early", _("揭示时限未到，各方还可以自己揭示。"))
    return None


def shares(row: Draw, seat: TrusteeSeat) -> dict[str, Any]:
    """{"policy", "i", "lids", "released", "unreleased"}: the sealed numbers that were not revealed."""
    given = DrawRelease.objects.filter(seat=seat, party__draw=row).select_related("party")
    released = [[one.party.lid["id"], "random"] for one in given]
    lids = [party.lid for party in row.parties.filter(r="")]
    known = {pair[0] for pair in released}
    unreleased = sum(lid["id"] not in known for lid in lids)
    return {"policy": row.policy, "i": seat.i, "lids": lids, "released": released, "unreleased": unreleased}
