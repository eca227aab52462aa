"""Builds of the offline tool that were served, each with its place in the log."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.foundation.audit.models import Event
from sunshine.foundation.tlog.queries import Place, place_of

MOST = 50


@dataclass(frozen=True)
class Build:
    """One build: its version, SHA-256 (hex), size in bytes, since when it was served, and where that is logged."""

    version: str
    sha256: str
    size: int
    since: datetime
    place: Place | None  # None for the second it waits for its place


def builds(name: str) -> list[Build]:
    """The newest first."""
    rows = Event.objects.filter(subject=f"tool/{name}", tag="tool:publish").order_by("-seq")[:MOST]
    return [Build(**row.facts, since=row.at, place=place_of(row)) for row in rows]
