"""Who may do what: permissions are "door:resource:action", roles are code, an actor is a person in a role."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import models

GRAMMAR = re.compile(r"[a-z]+:[a-z-]+:[a-z-]+")


class Permission(models.TextChoices):
    """Base for the one alphabetic enumeration of permissions; the values follow GRAMMAR."""

    @property
    def door(self) -> str:
        return str(self.value).partition(":")[0]


@dataclass(frozen=True, slots=True)
class Role:
    """A named bundle of permissions, reviewed as code; ``excludes`` are roles nobody may hold beside it."""

    key: str
    name: Any
    permissions: frozenset[str]
    excludes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        bad = [p for p in self.permissions if not GRAMMAR.fullmatch(p)]
        if bad:
            raise ValueError(f"role {self.key}: not door:resource:action: {bad}")


@dataclass(frozen=True)
class Actor:
    """A person acting for an organisation, with the permissions of the roles held there.

    person, organisation   public ids; "" for the clock, the bid box and visitors
    tree                   the organisation's path ("/3/17/"): it and everything below may be seen by its roles
    at                     when this actor was read from the database: delegations must be live then
    """

    person: str = ""
    name: str = ""
    organisation: str = ""
    organisation_name: str = ""
    organisation_pk: int = 0
    person_pk: int = 0
    tree: str = ""
    kind: str = ""
    active: bool = False
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    at: datetime = field(default=datetime.min.replace(tzinfo=UTC), compare=False)
    address: str | None = field(default=None, compare=False)

    @property
    def known(self) -> bool:
        return bool(self.person)

    @property
    def doors(self) -> list[str]:
        """The doors this actor has business at, in alphabetic order."""
        return sorted({permission.partition(":")[0] for permission in self.permissions})

    def may(self, permission: str, subject: Any = None) -> bool:
        """Whether this actor holds the permission, and holds it for this subject.

        A subject may define ``involves(actor, permission) -> bool``: least privilege per row.
        """
        if permission not in self.permissions:
            return False
        involves = getattr(subject, "involves", None)
        return involves is None or bool(involves(self, permission))

    def __str__(self) -> str:
        return f"{self.person}@{self.organisation}" if self.person else self.name


def union(roles: Iterable[Role]) -> frozenset[str]:
    """All permissions of these roles."""
    return frozenset().union(*(role.permissions for role in roles))


VISITOR = Actor(name="visitor", permissions=frozenset({"visitor:registration:submit"}))
CLOCK = Actor(name="clock", permissions=frozenset({"clock:tick:act"}))
