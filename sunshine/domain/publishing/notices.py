"""From an act to its notice: immutable, structured (domain.md §9), published in the act's own transaction."""

import hashlib
from typing import Any

import rfc8785

from sunshine.domain.publishing import compose
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.audit.models import Event
from sunshine.foundation.outbox.models import send


def publish(kind: str, subject: Any, event: Event) -> Notice | None:
    """Publish the notice of ``kind`` about a project or a lot; the newest earlier one of its kind is superseded.

    None for a project that was never announced: what nobody was told of ends without a notice.
    """
    project: Project = (
        subject if isinstance(subject, Project) else subject.lot.project if hasattr(subject, "lot") else subject.project
    )
    if project.announced_at is None:
        return None
    lot: Lot | None = subject if isinstance(subject, Lot) else getattr(subject, "lot", None)
    series = "tender-notice" if kind == "amendment-notice" else kind
    earlier = Notice.objects.filter(project=project, lot=lot, kind__in={series, kind}).order_by("-revision").first()
    revision = earlier.revision + 1 if earlier else 1
    content = compose.compose(kind, project, lot, event)
    body = {"kind": kind, "revision": revision, "supersedes": earlier.public_id if earlier else "", **content}
    notice = Notice.objects.create(
        kind=kind,
        project=project,
        lot=lot,
        title=content["title"],
        revision=revision,
        supersedes=earlier,
        content=body,
        digest=hashlib.sha256(rfc8785.dumps(body)).hexdigest(),
        event=event,
        published_at=event.at,
        buyer_name=project.buyer.name,
        buyer_id_text=project.buyer.public_id,
        region=project.region,
        category=project.category,
        method=project.method,
        budget_fen=project.budget_fen,
        bids_due_at=project.bids_due_at,
    )
    send("index-notice", {"notice": notice.public_id}, at=event.at)
    return notice
