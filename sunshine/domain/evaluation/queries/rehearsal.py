"""What a player on a panel sees: their own duty, and the digest to sign."""

from dataclasses import dataclass

from sunshine.domain.evaluation.models import EvaluationReport, PanelMember


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
