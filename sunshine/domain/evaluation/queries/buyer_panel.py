"""The panel as the buyer's desk may see it: numbers and roles; names only once the candidates are published (法 37)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from django.db.models import Count, F, Func

from sunshine.domain.evaluation.models import Draw, Panel, PanelMember
from sunshine.domain.parties.models import Expert, Membership
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of

NAMED = ("candidates_published", "awarded", "notified", "contract_signed")  # the names are no secret any more


@dataclass(frozen=True)
class PanelRule:
    """T10 with its numbers; `binds` says whether this lot must be tendered by law."""

    binds: bool
    members: int
    experts_of_three: int
    article: str


@dataclass(frozen=True)
class MemberRow:
    """One member: `name` is empty while names are secret."""

    number: int
    is_expert: bool
    is_chair: bool
    stage: str
    checked_in_at: datetime | None
    locked_at: datetime | None
    signed_at: datetime | None
    name: str


@dataclass(frozen=True)
class PanelView:
    """The draw: sizes and reasons, the fingerprint of its record, and the members by number."""

    public_id: str
    formed_at: datetime
    specialty: str
    pool: int
    excluded: dict[str, int]
    alternates: int
    fingerprint: str
    members: list[MemberRow]

    @property
    def seated(self) -> list[MemberRow]:
        return [row for row in self.members if row.stage != "recused"]

    @property
    def locked(self) -> int:
        return sum(row.stage in ("locked", "signed") for row in self.seated)


def rule(lot: Lot, at: datetime) -> PanelRule:
    """The rule that binds this lot's panel, from its rule pack."""
    row = pack_of(lot.project, at).rule("T10")
    if row is None or not lot.mandatory:
        return PanelRule(False, 3, 0, row.article if row else "")
    return PanelRule(True, row.number("members"), row.number("experts_of_three"), row.article)


def specialties() -> list[tuple[str, int]]:
    """Specialties of the listed experts with how many there are of each."""
    one = Func(F("specialties"), function="unnest")
    rows = Expert.objects.filter(stage="listed").annotate(specialty=one).values_list("specialty")
    return list(rows.annotate(n=Count("pk")).order_by("specialty"))


def representatives(lot: Lot) -> list[tuple[str, str]]:
    """(public id, name) of the buyer's people who may sit on a panel."""
    live = Membership.objects.filter(
        organisation_id=lot.project.buyer_id, ended_at=None, roles__contains=["buyer-representative"]
    )
    return list(live.values_list("person__public_id", "person__name").order_by("person__name"))


def panel(lot: Lot) -> PanelView | None:
    """The lot's panel, or None while there is none."""
    row = Panel.objects.filter(lot=lot).first()
    if row is None:
        return None
    draw: dict[str, Any] = row.draw
    reasons = list(draw.get("excluded", {}).values())
    people = PanelMember.objects.filter(panel=row).select_related("person").order_by("number")
    named = lot.stage in NAMED
    members = [
        MemberRow(
            m.number,
            m.expert_id is not None,
            m.is_chair,
            m.stage,
            m.checked_in_at,
            m.locked_at,
            m.signed_at,
            m.person.name if named else "",
        )
        for m in people
    ]
    experts = sum(m.is_expert for m in members)
    record = Draw.objects.filter(public_id=draw.get("draw", "")).values_list("record", flat=True).first()
    return PanelView(
        row.public_id,
        row.formed_at,
        draw.get("specialty", ""),
        len(draw.get("pool", [])),
        {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        max(0, len(draw.get("order", [])) - experts),
        hashlib.sha256(rfc8785.dumps(record or draw)).hexdigest(),
        members,
    )
