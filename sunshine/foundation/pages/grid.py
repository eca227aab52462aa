"""Data tables: what the address asks for (filters, order, page) and what is drawn from the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from sunshine.foundation.pages.parts import Empty, Link, Text


@dataclass(frozen=True)
class Column:
    """One column.

    key       path of the value in a row, ``buyer.name``; rows are mappings or objects
    kind      "text", "title" (the row's link, from the path `link`), "money" (fen), "num", "moment", "chip"
              (`states` maps value → (word, kind)), or "template" (`template` is rendered with ``row`` and ``value``)
    unit      of money: 元 or 万元, shown once in the head
    """

    key: str
    label: Text
    kind: str = "text"
    sort: bool = False
    unit: str = ""
    link: str = "url"
    second: str = ""  # path of a smaller second line
    states: Mapping[str, tuple[Text, str]] = field(default_factory=dict)
    template: str = ""


@dataclass(frozen=True)
class Filter:
    """One question above the table: a choice, a text (no choices), or a date (kind="date")."""

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]] = ()
    kind: str = "text"
    find: bool = False  # the full-text field: wider, first


@dataclass(frozen=True)
class Asked:
    """The part of the address a table understands, already checked against its columns and filters."""

    values: Mapping[str, str]
    sort: str = ""
    page: int = 1

    def query(self, **changes: Any) -> str:
        """The address with changes: ``query(page=2)``; a None or "" leaves the word out."""
        words = {**self.values, "sort": self.sort, "page": self.page if self.page > 1 else None} | changes
        return "?" + urlencode({key: value for key, value in words.items() if value not in (None, "")})


def ask(query: QueryDict, columns: Sequence[Column], filters: Sequence[Filter] = ()) -> Asked:
    """Read ``?kind=goods&sort=-bids_due_at&page=3``; whatever no column or filter knows is ignored."""
    values = {}
    for one in filters:
        value = query.get(one.name, "").strip()[:200]
        if value and (not one.choices or value in {str(key) for key, _ in one.choices}):
            values[one.name] = value
    sort = query.get("sort", "")
    if sort.removeprefix("-") not in {column.key for column in columns if column.sort}:
        sort = ""
    page = query.get("page", "")
    sane = (
        page.isascii() and page.isdigit() and len(page) <= 6
    )  # no page number reaches the database as an offset of 10⁹
    return Asked(values, sort, max(int(page), 1) if sane else 1)


@dataclass(frozen=True)
class Grid:
    """A table ready to be drawn by ``{% grid table %}``. `rows` is one page; `total` counts all that match."""

    label: Text
    columns: Sequence[Column]
    rows: Sequence[Any]
    total: int
    asked: Asked = Asked({})
    filters: Sequence[Filter] = ()
    per_page: int = 50
    exports: Sequence[Link] = ()
    empty: Empty | None = None
    id: str = "table"

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def page_numbers(self) -> list[int | None]:
        """First, last and the neighbours of the current page; None is a gap."""
        near = {1, self.pages, *range(self.asked.page - 1, self.asked.page + 2)}
        wanted = sorted(number for number in near if 1 <= number <= self.pages)
        numbers: list[int | None] = []
        for number in wanted:
            if numbers and number - (numbers[-1] or 0) > 1:
                numbers.append(None)
            numbers.append(number)
        return numbers

    @property
    def first(self) -> int:
        return (self.asked.page - 1) * self.per_page + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def active(self) -> list[tuple[Text, Text, str]]:
        """Filters in force: (label, value in words, address without it)."""
        return [
            (one.label, dict(one.choices).get(value, value), self.asked.query(**{one.name: None, "page": None}))
            for one in self.filters
            if (value := self.asked.values.get(one.name))
        ]
