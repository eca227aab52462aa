"""A supplier's own house: its entry and its people."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.domain.parties.models import Membership, Organisation
from sunshine.domain.parties.roles import KINDS, ROLES
from sunshine.foundation.authz import Actor


@dataclass(frozen=True)
class Member:
    """One live membership."""

    person: str
    name: str
    email: str
    phone: str
    roles: list[str]
    role_names: str
    since: datetime


def own_organisation(actor: Actor) -> Organisation | None:
    """The organisation the actor works for."""
    return Organisation.objects.select_related("licence", "parent").filter(pk=actor.organisation_pk).first()


def members(actor: Actor) -> list[Member]:
    """The people of the actor's organisation, oldest first."""
    live = Membership.objects.filter(organisation_id=actor.organisation_pk, ended_at=None)
    return [
        Member(
            row.person.public_id,
            row.person.name,
            row.person.email,
            row.person.phone,
            list(row.roles),
            "、".join(str(ROLES[key].name) for key in row.roles if key in ROLES),
            row.since,
        )
        for row in live.select_related("person").order_by("since", "id")
    ]


def member(actor: Actor, person: str) -> Member | None:
    return next((one for one in members(actor) if one.person == person), None)


def role_choices(kind: str) -> list[tuple[str, object]]:
    """The roles people of such an organisation may hold: [(key, name)]."""
    return [(key, role.name) for key, role in ROLES.items() if key in KINDS.get(kind, frozenset())]
