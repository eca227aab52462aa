"""What a player on a panel or in a draw sees: their own duty, and what to sign or to seal under."""

from dataclasses import dataclass
from typing import Any

from sunshine.domain.evaluation.models import Draw, DrawParty, EvaluationReport, PanelMember
from sunshine_proof.draw import checkpoint_hash


@dataclass(frozen=True)
class Duty:
    """One seat: member and person (public ids), and the bids to judge in the order of their ids."""

    member: str
    person: str
    bids: list[str]


def duties(lot_id: str) -> list[Duty]:
    """The seats of a lot's panel, the chair first."""
    members = PanelMember.objects.filter(panel__lot__public_id=lot_id).exclude(stage="recused")
    rows = members.select_related("panel__lot", "person").order_by("-is_chair", "number")
    return [
        Duty(m.public_id, m.person.public_id, list(m.panel.lot.opened_bids.values_list("public_id", flat=True)))
        for m in rows
    ]


def report_digest(lot_id: str) -> str:
    """The digest of the newest report, hex."""
    return EvaluationReport.objects.filter(lot__public_id=lot_id).latest("version").digest


@dataclass(frozen=True)
class Part:
    """One party of a draw: its number, the person's public id, and what they seal under."""

    number: int
    person: str
    policy: dict[str, Any]


def parts(draw_id: str) -> list[Part]:
    """The parties in their order."""
    rows = DrawParty.objects.filter(draw__public_id=draw_id).select_related("draw", "person")
    return [Part(row.number, row.person.public_id, row.draw.policy) for row in rows.order_by("number")]


def is_pinned(draw_id: str) -> bool:
    """Whether the draw has its checkpoint."""
    return Draw.objects.exclude(pinned_at=None).filter(public_id=draw_id).exists()


def checkpoint_of(draw_id: str) -> str:
    """H(C) of the pinned checkpoint, hex."""
    return checkpoint_hash(Draw.objects.get(public_id=draw_id).checkpoint).hex()


def sealed_of(draw_id: str) -> tuple[str, list[dict[str, Any]]]:
    """(policy id, lids of the numbers that nobody has revealed)."""
    row = Draw.objects.get(public_id=draw_id)
    return row.pid, [party.lid for party in row.parties.filter(r="")]
