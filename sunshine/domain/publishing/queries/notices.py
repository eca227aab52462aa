"""Notices for readers: lists, one notice with its revisions, results, the feed, and how new the newest is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KT

from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries import reading, words
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.parts import Change

LIST_COLUMNS = (
    "id", "public_id", "kind", "title", "revision", "published_at", "buyer_name", "buyer_id_text", "region", "category",
    "method", "budget_fen", "bids_due_at",
)  # fmt: skip
EXPORT_LIMIT = 10_000


@dataclass(frozen=True)
class NoticeStory:
    """One notice: the row, its content as blocks, its chain of revisions, and what changed since the one before."""

    notice: Notice
    blocks: list[reading.Block]
    chain: list[Notice]
    changes: list[Change] | None  # None: supersedes nothing
    newer: Notice | None  # the newest revision, if it is another


def public() -> QuerySet[Notice]:
    """All notices anyone may read: those of announced projects (a procedure ended before it began stays internal)."""
    return Notice.objects.filter(project__announced_at__isnull=False)


# what a bidder does before the opening, and no public page shows
UNSEEN = [
    "bid:submit-bid", "bid:withdraw-bid", "certificate:issue", "certificate:revoke", "person:sign-up",
    "token:issue",
]  # fmt: skip


def version() -> str:
    """A word that changes whenever anything public has changed: the last event, the last page. One query.

    What goes into the bid box moves nothing: else a page's tag would count the bids (招标投标法 第二十二条).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select (select id from audit_event where tag <> all(%s) order by id desc limit 1),"
            " (select max(id) from publishing_page)",
            [UNSEEN],
        )
        event, page = cursor.fetchone()
    return f"{event or 0}.{page or 0}"


def newest(limit: int, kinds: Iterable[str] = ()) -> list[Notice]:
    """The newest notices, of some kinds or of all."""
    rows = public().only(*LIST_COLUMNS).order_by(F("published_at").desc(), F("id").desc())
    chosen = tuple(kinds)
    return list(rows.filter(kind__in=chosen)[:limit] if chosen else rows[:limit])


def day_start(text: str) -> datetime | None:
    """Midnight in Beijing of an ISO date; None for anything else (an address may say what it likes)."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, tzinfo=BEIJING)
    except ValueError:
        return None


def matching(values: Mapping[str, str]) -> QuerySet[Notice]:
    """Notices that match the filters of the list page: kind, region, category, method, buyer, from, to."""
    rows = public()
    for name in ("kind", "region", "category", "method"):
        if value := values.get(name):
            rows = rows.filter(**{name: value})
    if buyer := values.get("buyer"):
        rows = rows.filter(Q(buyer_id_text=buyer) | Q(buyer_name__icontains=buyer))
    if first := day_start(values.get("from", "")):
        rows = rows.filter(published_at__gte=first)
    if last := day_start(values.get("to", "")):
        rows = rows.filter(published_at__lt=last + timedelta(days=1))
    return rows


def page(values: Mapping[str, str], number: int, per_page: int, at_version: str) -> tuple[list[Notice], int]:
    """One page of the list, newest first, and how many match: the count is made once for each state of the platform."""
    key = (str(connection.settings_dict["NAME"]), at_version, tuple(sorted(values.items())))
    total = _count(key)
    start = (number - 1) * per_page
    rows = matching(values).only(*LIST_COLUMNS).order_by(F("published_at").desc(), F("id").desc())
    return list(rows[start : start + per_page]) if start < total else [], total


@lru_cache(maxsize=512)
def _count(key: tuple[str, str, tuple[tuple[str, str], ...]]) -> int:
    return matching(dict(key[2])).count()


def by_title(values: Mapping[str, str], text: str, number: int, per_page: int) -> tuple[list[Notice], int]:
    """As `page`, with the words looked for in titles: what is left when no search index has been built yet."""
    rows = matching(values)
    for word in text.split()[:8]:
        rows = rows.filter(title__icontains=word)
    start = (number - 1) * per_page
    ordered = rows.only(*LIST_COLUMNS).order_by(F("published_at").desc(), F("id").desc())
    return list(ordered[start : start + per_page]), rows.count()


def in_order(ids: Iterable[str]) -> list[Notice]:
    """The notices with these public ids, in this order; unknown ones are left out."""
    wanted = list(ids)
    found = {row.public_id: row for row in public().only(*LIST_COLUMNS).filter(public_id__in=wanted)}
    return [found[one] for one in wanted if one in found]


def facets(at_version: str) -> dict[str, list[str]]:
    """The regions and categories there are, for the filters."""
    return _facets(str(connection.settings_dict["NAME"]), at_version)


@lru_cache(maxsize=8)
def _facets(_database: str, _version: str) -> dict[str, list[str]]:
    rows = public().order_by().values_list("region", "category").distinct()[:2000]
    found = list(rows)
    return {
        "region": sorted({region for region, _category in found if region}),
        "category": sorted({category for _region, category in found if category}),
    }


def one(public_id: str) -> NoticeStory | None:
    """A notice with everything its page shows; None if nobody has published one under this id."""
    notice = public().filter(public_id=public_id).select_related("project", "lot", "supersedes", "event").first()
    if notice is None:
        return None
    kinds = {notice.kind, "tender-notice", "amendment-notice"}
    series = kinds if notice.kind in ("tender-notice", "amendment-notice") else {notice.kind}
    chain = list(
        Notice.objects.filter(project=notice.project, lot=notice.lot, kind__in=series)
        .only(*LIST_COLUMNS)
        .order_by("revision")
    )
    changes = reading.diff(notice.supersedes.content, notice.content) if notice.supersedes else None
    last = chain[-1]
    newer = last if last.pk != notice.pk else None
    return NoticeStory(notice, reading.read(notice.content), chain, changes, newer)


def results(values: Mapping[str, str], number: int, per_page: int, at_version: str) -> tuple[list[Any], int]:
    """Award notices with winner and price (out of the immutable content), newest first, and how many there are."""
    wanted = {**values, "kind": "award-notice"}
    key = (str(connection.settings_dict["NAME"]), at_version, tuple(sorted(wanted.items())))
    start = (number - 1) * per_page
    rows = with_outcome(matching(wanted)).order_by(F("published_at").desc(), F("id").desc())
    return list(rows[start : start + per_page]), _count(key)


def with_outcome(rows: QuerySet[Notice]) -> QuerySet[Any]:
    """Rows with `winner` and `price_fen` (text) read from the content, without loading the content."""
    return rows.only(*LIST_COLUMNS).annotate(
        winner=KT("content__winner__name"), price_text=KT("content__award_price_fen")
    )


def entries(public_ids: Iterable[str] | None = None) -> Iterable[dict[str, Any]]:
    """What the search index needs of these notices (all, if None): keyword arguments of insight.search.Entry."""
    rows = public() if public_ids is None else public().filter(public_id__in=list(public_ids))
    for row in rows.order_by("id").iterator(chunk_size=500):
        yield {
            "id": row.public_id,
            "title": row.title,
            "text": _text_of(row),
            "published": int(row.published_at.astimezone(UTC).timestamp()),
            "kind": row.kind,
            "region": row.region,
            "category": row.category,
            "method": row.method,
            "buyer": row.buyer_id_text,
        }


def _text_of(row: Notice) -> str:
    """Every text in the content a person would look for: names, purposes, items, winners; no digests, no numbers."""
    found: list[str] = [row.buyer_name]
    waiting: list[Any] = [row.content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [part for name, part in value.items() if name not in ("evaluation", "documents", "rule_pack")]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and len(value) > 1 and not value.isdigit():
            found.append(value)
    return " ".join(found)


def state(kind: str) -> words.State:
    """Word and chip of a kind of notice."""
    return words.NOTICES.get(kind, (kind, "neutral"))
