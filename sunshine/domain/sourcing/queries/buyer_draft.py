"""What the editor of a draft reads and compares."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from sunshine.domain.sourcing.method import methods
from sunshine.domain.sourcing.models import Document, Lot, Project
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.domain.sourcing.rules import pack_of
from sunshine.foundation.files.models import Blob

EDITABLE = ("method_approved", "draft")
ITEM_FIELDS = ("number", "name", "classification", "quantity", "unit", "specification")
LOT_FIELDS = (
    "title",
    "mandatory",
    "mandatory_basis",
    "estimate_fen",
    "price_cap_fen",
    "price_cap_basis",
    "bid_bond_fen",
    "delivery_days",
    "quality",
)


@contextmanager
def turn(project: Project) -> Iterator[None]:
    """One editor at a time: between reading what stands there and replacing it nobody else replaces it.

    A session lock, because flows open their own durable transaction.
    """
    key = zlib.crc32(project.public_id.encode())
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [20_001, key - 2**31])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [20_001, key - 2**31])


def lot_of(project: Project, lot_id: str) -> Lot | None:
    return next((lot for lot in project.lots.all() if lot.public_id == lot_id), None)


def items_of(lot: Lot) -> list[dict[str, Any]]:
    """The items of a lot, in order, by column key."""
    return list(lot.items.values(*ITEM_FIELDS))


def lot_ids(project: Project) -> list[str]:
    """The lots as they are now, read anew."""
    return list(Lot.objects.filter(project=project).order_by("number").values_list("public_id", flat=True))


def lot_fields(lot: Lot) -> dict[str, Any]:
    return {name: getattr(lot, name) for name in LOT_FIELDS}


def fingerprint(lot: Lot) -> str:
    """What a lot and its items say, as 16 hexadecimal digits: did somebody else change them meanwhile?"""
    said = [lot_fields(lot), items_of(lot)]
    return hashlib.sha256(json.dumps(said, default=str, ensure_ascii=False).encode()).hexdigest()[:16]


def number_of_law(project: Project, rule: str, name: str, at: datetime) -> tuple[int | None, str]:
    """(a number of the rule pack that binds this project, its article); (None, "") where the rule does not bind."""
    found = pack_of(project, at).rule(rule)
    return (found.number(name), found.article) if found else (None, "")


def article_of_law(project: Project, rule: str, at: datetime) -> str:
    """The article of a rule of the pack, or "" where the rule does not bind this project."""
    found = pack_of(project, at).rule(rule)
    return found.article if found else ""


def method_choices() -> list[tuple[str, Any]]:
    return [(key, method_name(key)) for key in methods()]


def document_of(project: Project, document_id: str) -> Document | None:
    return next((one for one in project.documents.all() if one.public_id == document_id), None)


def blobs_by_hash(hashes: list[str]) -> dict[str, Blob]:
    return Blob.objects.in_bulk(hashes)


def lots_with_items(project: Project, most: int = 200) -> list[tuple[Lot, list[dict[str, Any]], int]]:
    """Every lot with its first items and how many more there are."""
    shown = []
    for lot in project.lots.all():
        items = list(lot.items.values(*ITEM_FIELDS)[:most])
        shown.append((lot, items, max(0, getattr(lot, "item_count", len(items)) - len(items))))
    return shown
