"""Objections that wait for this buyer's answer."""

from sunshine.domain.contracts.models import Objection
from sunshine.foundation.authz import Actor


def waiting_objections(actor: Actor, limit: int = 50) -> list[Objection]:
    """Unanswered objections on the actor's own projects, the most urgent first."""
    if "buyer:objection:answer" not in actor.permissions or not actor.active:
        return []
    rows = Objection.objects.filter(project__buyer_id=actor.organisation_pk, stage="raised")
    return list(rows.select_related("project", "lot").order_by("answer_due_at")[:limit])
