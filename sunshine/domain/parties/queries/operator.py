"""What the operator verifies: organisations and experts, with everything the decision rests on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from sunshine.domain.parties import uscc
from sunshine.domain.parties.lifecycle import EXPERT, ORGANISATION
from sunshine.domain.parties.models import Expert, Membership, Organisation, Person
from sunshine.domain.parties.roles import ROLES
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import Step
from sunshine.foundation.refusal import Refused

VERIFIES = "operator:organisation:verify"
LISTS = "operator:expert:verify"
Possible = list[tuple[Step, Refused | None]]


@dataclass(frozen=True)
class Past:
    """One event of a subject as a line: verb, when, who (name, or their public ids), and the recorded facts."""

    verb: Any
    tag: str
    at: datetime
    by: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class OrganisationCase:
    """One organisation on the verifier's desk. code_fault: why the credit code is wrong, "" if it is right."""

    organisation: Organisation
    code_fault: str
    members: list[tuple[str, str, str, list[Any]]]  # name, e-mail, telephone, roles
    namesakes: list[Organisation]
    past: list[Past]
    possible: Possible


@dataclass(frozen=True)
class ExpertCase:
    """One expert on the verifier's desk."""

    expert: Expert
    past: list[Past]
    possible: Possible


def organisations(*, stage: str = "", kind: str = "", find: str = "", order: str = "") -> "QuerySet[Organisation]":
    """All organisations, the longest waiting first."""
    rows = Organisation.objects.all()
    if stage:
        rows = rows.filter(stage=stage)
    if kind:
        rows = rows.filter(kind=kind)
    if find:
        rows = rows.filter(Q(name__icontains=find) | Q(uscc=find.upper()) | Q(public_id=find))
    return rows.order_by(order or "registered_at", "pk")


def experts(*, stage: str = "", find: str = "", order: str = "") -> "QuerySet[Expert]":
    """All experts, the longest waiting first."""
    rows = Expert.objects.select_related("person")
    if stage:
        rows = rows.filter(stage=stage)
    if find:
        words = Q(person__name__icontains=find) | Q(employer__icontains=find) | Q(specialties__contains=[find])
        rows = rows.filter(words | Q(public_id=find))
    return rows.order_by(order or "applied_at", "pk")


def waiting() -> dict[str, int]:
    """{"organisations": n, "experts": n} that wait for the operator."""
    return {
        "organisations": Organisation.objects.filter(stage="registered").count(),
        "experts": Expert.objects.filter(stage="applied").count(),
    }


def by_kind() -> dict[str, int]:
    """Verified organisations by kind."""
    rows = Organisation.objects.filter(stage="active").values_list("kind").annotate(n=Count("pk")).order_by()
    return dict(rows)


def organisation(public_id: str, *, by: Actor, at: datetime) -> OrganisationCase | None:
    """The case of one organisation, or None."""
    row = Organisation.objects.select_related("parent", "licence").filter(public_id=public_id).first()
    if row is None or VERIFIES not in by.permissions:
        return None
    live = Membership.objects.filter(organisation=row, ended_at=None).select_related("person").order_by("since", "pk")
    members = [
        (m.person.name, m.person.email, m.person.phone, [ROLES[key].name for key in m.roles if key in ROLES])
        for m in live
    ]
    namesakes = list(Organisation.objects.filter(name=row.name).exclude(pk=row.pk)[:5])
    past = _past(ORGANISATION, f"organisation/{public_id}")
    return OrganisationCase(
        row, code_fault(row.uscc), members, namesakes, past, ORGANISATION.possible(row, by=by, at=at)
    )


def expert(public_id: str, *, by: Actor, at: datetime) -> ExpertCase | None:
    """The case of one expert, or None."""
    row = Expert.objects.select_related("person").filter(public_id=public_id).first()
    if row is None or LISTS not in by.permissions:
        return None
    return ExpertCase(row, _past(EXPERT, f"expert/{public_id}"), EXPERT.possible(row, by=by, at=at))


def code_fault(code: str) -> str:
    """Why a unified social credit code is wrong (GB 32100), or ""."""
    try:
        uscc.check(code)
    except Refused as refused:
        return str(refused.text)
    return ""


def _past(lifecycle: Any, subject: str) -> list[Past]:
    events = list(Event.objects.filter(subject=subject).order_by("-seq")[:100])
    names = people(event.by for event in events)
    labels = {lifecycle.tag(verb): step.label for verb, step in lifecycle.steps.items()}
    return [Past(labels.get(e.tag, e.tag), e.tag, e.at, names.get(e.by, e.by), e.facts) for e in events]


def people(actors: Any) -> dict[str, str]:
    """{"U-…@O-…": "name, organisation"} of recorded actors; who is not a person stays what it is called."""
    pairs = {by: by.partition("@")[::2] for by in set(actors) if "@" in by}
    persons = dict(
        Person.objects.filter(public_id__in={p for p, _o in pairs.values()}).values_list("public_id", "name")
    )
    houses = Organisation.objects.filter(public_id__in={o for _p, o in pairs.values() if o})
    named = dict(houses.values_list("public_id", "name"))
    return {
        by: "，".join(part for part in (persons.get(person, person), named.get(house, house)) if part)
        for by, (person, house) in pairs.items()
    }
