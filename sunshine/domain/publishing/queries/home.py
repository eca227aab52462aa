"""What the first page needs: five numbers with their definitions, and portal pages with their newest versions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from sunshine.domain.contracts.models import Award
from sunshine.domain.publishing.models import Page
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.clock import BEIJING


@dataclass(frozen=True)
class Figures:
    """Counted from published facts only. saved and failed are percentages, None where nothing can be divided."""

    open_projects: int
    opening_today: int
    awarded_fen: int
    awards: int
    saved: Decimal | None
    capped: int  # awards with a price cap: what `saved` is about
    uncapped: int
    failed: Decimal | None
    ended: int


def figures(at: datetime) -> Figures:
    """The key figures at an instant; "this year" is Beijing's."""
    here = at.astimezone(BEIJING)
    year = here.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    today = here.replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = Q(bids_due_at__gte=today, bids_due_at__lt=today + timedelta(days=1))
    counted = Project.objects.filter(announced_at__isnull=False).aggregate(
        open=Count("id", filter=Q(stage="announced", bids_due_at__gt=at)),
        today=Count("id", filter=tonight & ~Q(stage="terminated")),
    )
    capped = Q(lot__price_cap_fen__isnull=False)
    won = Award.objects.filter(notified_at__gte=year).aggregate(
        n=Count("id"),
        sum=Sum("amount_fen"),
        capped=Count("id", filter=capped),
        cap=Sum("lot__price_cap_fen", filter=capped),
        under=Sum(F("lot__price_cap_fen") - F("amount_fen"), filter=capped),
    )
    failed = Q(stage__in=("failed", "retendered"))
    lots = Lot.objects.filter(project__announced_at__isnull=False).aggregate(
        failed=Count("id", filter=failed),
        ended=Count("id", filter=failed | Q(stage__in=("notified", "contract_signed"))),
    )
    return Figures(
        open_projects=counted["open"],
        opening_today=counted["today"],
        awarded_fen=int(won["sum"] or 0),
        awards=won["n"],
        saved=_percent(won["under"], won["cap"]),
        capped=won["capped"],
        uncapped=won["n"] - won["capped"],
        failed=_percent(lots["failed"], lots["ended"]),
        ended=lots["ended"],
    )


def _percent(part: Any, whole: Any) -> Decimal | None:
    """part ÷ whole in percent with one decimal; None when there is nothing to divide by."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1")) if whole else None


def _newest_versions(kind: str, language: str) -> Any:
    """The newest version of each page of a kind: in the reader's language, else in Chinese."""
    rows = Page.objects.filter(kind=kind, language__in={language, "zh-hans"})
    found: dict[str, Page] = {}
    for page in rows.order_by("version"):
        old = found.get(page.slug)
        if old is None or page.language == language or old.language != language:
            found[page.slug] = page
    return sorted(found.values(), key=lambda page: page.written_at, reverse=True)


def pages(kinds: tuple[str, ...], language: str, limit: int | None = None) -> list[Page]:
    """Portal pages of these kinds, newest first."""
    rows = [page for kind in kinds for page in _newest_versions(kind, language)]
    return sorted(rows, key=lambda page: page.written_at, reverse=True)[:limit]


def page(kinds: tuple[str, ...], slug: str, language: str) -> Page | None:
    """The newest version of one page, or None."""
    rows = Page.objects.filter(kind__in=kinds, slug=slug, language__in={language, "zh-hans"})
    return max(rows, key=lambda row: (row.language == language, row.version), default=None)


def versions(page_row: Page) -> list[Page]:
    """All versions of a page in its language, newest first: edits stay visible."""
    return list(Page.objects.filter(slug=page_row.slug, language=page_row.language).order_by("-version"))
