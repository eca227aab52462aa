"""What the components are made of: plain values a view fills in and a tag draws."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Text = Any  # str, or a lazy translation of one
STATES = ("done", "now", "todo", "refused", "hold")
KINDS = ("neutral", "now", "done", "refused", "hold")


@dataclass(frozen=True)
class Link:
    label: Text
    url: str = ""


@dataclass(frozen=True)
class NavItem:
    label: Text
    url: str
    icon: str = ""
    count: int = 0
    current: bool = False
    due: bool = False  # the count is work that waits, and is drawn in sun


@dataclass(frozen=True)
class NavGroup:
    label: Text
    items: Sequence[NavItem]


@dataclass(frozen=True)
class Membership:
    id: str
    label: Text
    current: bool = False


@dataclass(frozen=True)
class PersonMenu:
    """Who is logged in, on whose behalf, and where else they may go."""

    name: str
    organisation: Text = ""
    memberships: Sequence[Membership] = ()
    switch_url: str = ""  # POST {"membership": id}
    doors: Sequence[NavItem] = ()
    notifications_url: str = ""
    notifications: int = 0


@dataclass(frozen=True)
class TimelineStep:
    """One step of a procedure; state is one of STATES."""

    name: Text
    state: str = "todo"
    at: datetime | date | None = None
    article: Text = ""
    document: Link | None = None
    note: Text = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"a timeline step is one of {STATES}, not {self.state!r}")


@dataclass(frozen=True)
class Fact:
    label: Text
    value: Any
    note: Text = ""


@dataclass(frozen=True)
class Change:
    """One field of a document before and after a revision."""

    label: Text
    old: str
    new: str


@dataclass(frozen=True)
class Section:
    """A section of a long form. mark: "done", "problem" or ""; problems counts what is wrong."""

    label: Text
    url: str
    mark: str = ""
    problems: int = 0
    current: bool = False


@dataclass(frozen=True)
class Tile:
    """A number that matters: its definition on click, its trend, and what is unknown about it."""

    label: Text
    value: Text
    unit: Text = ""
    trend: Text = ""
    definition: Text = ""
    unknown: Text = ""


@dataclass(frozen=True)
class Tab:
    label: Text
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Empty:
    """What would appear here, and how to make it appear."""

    title: Text
    hint: Text = ""
    action: Link | None = None


@dataclass(frozen=True)
class Confirm:
    """An act that cannot be undone, told completely before it is done."""

    title: Text
    label: Text  # the verb of the law, on the button
    url: str  # POSTed to
    cancel_url: str
    happens: Sequence[Text] = field(default_factory=tuple)
    told: Sequence[Text] = field(default_factory=tuple)
    public: Sequence[Text] = field(default_factory=tuple)
    signed_by: Text = ""
    article: Text = ""
    refusal: Any = None
    hidden: Sequence[tuple[str, str]] = ()  # hidden inputs of the form
