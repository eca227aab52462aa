"""The full record of one project: every event of it and of what belongs to it, with time, person, facts and address.

Two things wait for their time: events of sealed bids until the boxes have been opened (there would be their number),
and what a member judged until every member of that panel has locked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.contracts.models import Contract, Objection
from sunshine.domain.evaluation.models import Draw, PanelMember
from sunshine.domain.parties.queries.operator import people
from sunshine.domain.sourcing.models import Project
from sunshine.foundation.audit.models import Event
from sunshine.foundation.lifecycle import Lifecycle

HIDDEN_UNTIL_LOCKED = "member:score"
KINDS = ("plan", "project", "lot", "bid", "member", "objection", "contract")


@dataclass(frozen=True)
class Entry:
    """One event as a line. hidden: its facts wait until the whole panel has locked."""

    at: datetime
    tag: str
    label: Any
    subject: str
    seq: int
    by: str
    address: str
    facts: dict[str, Any]
    hidden: bool


def events(project: Project, *, kind: str = "", verb: str = "") -> "QuerySet[Event]":
    """The events of a project and everything below it, newest first."""
    rows = Event.objects.filter(subject__in=[s for s in _subjects(project) if not kind or s.startswith(f"{kind}/")])
    if verb:
        rows = rows.filter(tag__icontains=verb)
    return rows.select_related("access").order_by("-at", "-pk")


def entries(project: Project, rows: list[Event]) -> list[Entry]:
    """The events ready to be read."""
    names = people(row.by for row in rows)
    judging = _still_judging(project)
    return [
        Entry(
            row.at,
            row.tag,
            _label(row.tag),
            row.subject,
            row.seq,
            names.get(row.by, row.by),
            str(row.access.address or "") if hasattr(row, "access") else "",
            {} if (hidden := row.tag == HIDDEN_UNTIL_LOCKED and row.subject_id in judging) else row.facts,
            hidden,
        )
        for row in rows
    ]


def _subjects(project: Project) -> list[str]:
    subjects = [f"plan/{project.plan.public_id}", f"project/{project.public_id}"]
    subjects += [f"lot/{one}" for one in project.lots.values_list("public_id", flat=True)]
    if project.opened_at is not None:
        bids = SealedBid.objects.filter(lot__project=project)
        subjects += [f"bid/{one}" for one in bids.values_list("public_id", flat=True)]
    members = PanelMember.objects.filter(panel__lot__project=project)
    subjects += [f"member/{one}" for one in members.values_list("public_id", flat=True)]
    drawn = Draw.objects.filter(lot__project=project)
    subjects += [f"draw/{one}" for one in drawn.values_list("public_id", flat=True)]
    raised = Objection.objects.filter(project=project)
    subjects += [f"objection/{one}" for one in raised.values_list("public_id", flat=True)]
    contracts = Contract.objects.filter(lot__project=project)
    subjects += [f"contract/{one}" for one in contracts.values_list("public_id", flat=True)]
    return subjects


def _still_judging(project: Project) -> set[str]:
    """The members of panels in which somebody has not locked yet."""
    members = PanelMember.objects.filter(panel__lot__project=project).values_list("public_id", "panel_id", "stage")
    rows = list(members)
    open_panels = {panel for _id, panel, stage in rows if stage in ("drawn", "present")}
    return {public_id for public_id, panel, _stage in rows if panel in open_panels}


def _label(tag: str) -> Any:
    name, _, verb = tag.partition(":")
    life = Lifecycle.registry.get(name)
    return life.steps[verb].label if life and verb in life.steps else tag
