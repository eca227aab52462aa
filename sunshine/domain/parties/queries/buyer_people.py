"""People and organisations as the buyer's desk needs them: names in a history, trustees to choose, members, mandates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from sunshine.domain.parties.models import Delegation, Mandate, Membership, Organisation
from sunshine.domain.parties.roles import KINDS, ROLES
from sunshine.foundation.authz import Actor


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """{"U-…@O-…": "name, organisation"} for the ``by`` of events; unknown ones are left out."""
    pairs = {text: text.partition("@")[::2] for text in set(actors) if "@" in text}
    # every pair was a membership once, and memberships are ended, never deleted
    held = Membership.objects.filter(
        person__public_id__in={person for person, _org in pairs.values()},
        organisation__public_id__in={org for _person, org in pairs.values()},
    ).values_list("person__public_id", "organisation__public_id", "person__name", "organisation__name")
    known = {(person, org): f"{name}，{house}" for person, org, name, house in held}
    return {text: known[pair] for text, pair in pairs.items() if pair in known}


@dataclass(frozen=True)
class Keeper:
    """Somebody who may hold an opening key."""

    person: str
    name: str
    organisation: str
    kind: str


def keepers(buyer: Organisation) -> list[Keeper]:
    """Who holds the trustee role in the buyer's own line of the tree, at the operator, or with the overseers."""
    line = [int(pk) for pk in buyer.path.strip("/").split("/") if pk]
    houses = Q(organisation__kind__in=["operator", "supervisor"]) | Q(organisation__pk__in=line)
    rows = (
        Membership.objects.filter(houses, ended_at=None, roles__contains=["trustee"], organisation__stage="active")
        .select_related("person", "organisation")
        .order_by("organisation__name", "person__name")
    )
    return [Keeper(m.person.public_id, m.person.name, m.organisation.name, m.organisation.kind) for m in rows]


def members(organisation_pk: int) -> list[Membership]:
    """Live memberships of an organisation."""
    live = Membership.objects.filter(organisation_id=organisation_pk, ended_at=None)
    return list(live.select_related("person").order_by("since", "pk"))


def member(organisation_pk: int, person: str) -> Membership | None:
    live = Membership.objects.filter(organisation_id=organisation_pk, ended_at=None, person__public_id=person)
    return live.select_related("person").first()


def role_choices(kind: str) -> list[tuple[str, Any, list[Any]]]:
    """(key, name, names of the roles it may not be held with) of the roles such an organisation gives."""
    allowed = KINDS.get(kind, frozenset())
    return [
        (key, role.name, [ROLES[other].name for other in ROLES if other in role.excludes and other in allowed])
        for key, role in ROLES.items()
        if key in allowed
    ]


def role_names(keys: Iterable[str]) -> list[Any]:
    return [ROLES[key].name for key in keys if key in ROLES]


def roles_with(permission: str, kind: str) -> list[Any]:
    """The names of the roles of such organisations that carry a permission."""
    allowed = KINDS.get(kind, frozenset())
    return [role.name for key, role in ROLES.items() if key in allowed and permission in role.permissions]


def active_by_uscc(code: str, kind: str) -> Organisation | None:
    return Organisation.objects.filter(uscc=code, kind=kind, stage="active").first()


def organisation(pk: int) -> Organisation | None:
    return Organisation.objects.filter(pk=pk).select_related("parent", "licence").first()


def delegations(organisation_pk: int) -> list[Delegation]:
    """Given and taken, newest first."""
    rows = Delegation.objects.filter(Q(giver_id=organisation_pk) | Q(taker_id=organisation_pk))
    return list(rows.select_related("giver", "taker").order_by("-valid_from"))


def mandates(organisation_pk: int) -> list[Mandate]:
    """Given and taken, newest first."""
    rows = Mandate.objects.filter(Q(buyer_id=organisation_pk) | Q(agency_id=organisation_pk))
    return list(rows.select_related("buyer", "agency").order_by("-valid_from"))


def buyers_to_plan_for(actor: Actor, at: datetime) -> list[tuple[str, str]]:
    """(public id, name) of the organisations the actor may write plans for: its own, and those that delegated."""
    given = Q(
        delegations_given__taker_id=actor.organisation_pk,
        delegations_given__ended_at=None,
        delegations_given__valid_from__lte=at,
        delegations_given__valid_to__gt=at,
    )
    rows = Organisation.objects.filter(Q(pk=actor.organisation_pk) | given, kind="buyer", stage="active").distinct()
    return list(rows.order_by("name").values_list("public_id", "name"))


def agencies_of(buyer: Organisation, at: datetime) -> list[tuple[str, str]]:
    """(public id, name) of the agencies with a live mandate of this buyer."""
    live = Mandate.objects.filter(buyer=buyer, ended_at=None, valid_from__lte=at, valid_to__gt=at)
    return list(live.order_by("agency__name").values_list("agency__public_id", "agency__name").distinct())
