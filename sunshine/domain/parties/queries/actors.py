"""Who is acting: a person, the organisation they chose to work for, and what their roles there allow."""

from dataclasses import dataclass

from sunshine.domain.parties.models import Membership, Organisation, Person
from sunshine.domain.parties.roles import ROLES
from sunshine.foundation import clock
from sunshine.foundation.authz import VISITOR, Actor, union


@dataclass(frozen=True)
class Post:
    """One live membership, for the organisation switch."""

    organisation: str
    name: str
    kind: str
    stage: str
    roles: tuple[str, ...]


def posts(person: Person) -> list[Membership]:
    """The person's live memberships, oldest first."""
    live = Membership.objects.filter(person=person, ended_at=None).select_related("organisation")
    return list(live.order_by("since", "id"))


def named(person: str, organisation: str) -> tuple[str, str]:
    """(name of the person, name of the organisation) for public ids; "" for what is not there."""
    names = [
        rows.values_list("name", flat=True).filter(public_id=ref).first() or ""
        for rows, ref in ((Person.objects.all(), person), (Organisation.objects.all(), organisation))
    ]
    return names[0], names[1]


def actor_of(person: Person, *, chosen: str = "", address: str | None = None) -> tuple[Actor, list[Post]]:
    """The actor for ``chosen`` (public id of an organisation), or for the person's first membership; and all posts."""
    held = posts(person)
    all_posts = [
        Post(m.organisation.public_id, m.organisation.name, m.organisation.kind, m.organisation.stage, tuple(m.roles))
        for m in held
    ]
    if not held:
        known = Actor(person=person.public_id, name=person.name, person_pk=person.pk, permissions=VISITOR.permissions)
        return known, all_posts
    at = next((m for m in held if m.organisation.public_id == chosen), held[0])
    organisation = at.organisation
    return (
        Actor(
            person=person.public_id,
            name=person.name,
            person_pk=person.pk,
            organisation=organisation.public_id,
            organisation_name=organisation.name,
            organisation_pk=organisation.pk,
            tree="" if organisation.kind in ("supervisor", "operator") else organisation.path,
            kind=organisation.kind,
            active=organisation.stage == "active",
            roles=frozenset(at.roles),
            permissions=union(ROLES[key] for key in at.roles if key in ROLES) | VISITOR.permissions,
            at=clock.glance(),
            address=address,
        ),
        all_posts,
    )
