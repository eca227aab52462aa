"""The small components as strings: amounts, moments, chips. They stand in every cell, so they are no templates."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from sunshine.foundation.pages import figures, moments
from sunshine.foundation.pages.parts import KINDS
from sunshine.foundation.pages.shapes import SHAPES

DASH = "—"


def draw_money(fen: Any, unit: str = "元", *, bare: bool = False, decimals: int = 2) -> SafeString:
    """An amount in fen or a Money; `bare` leaves the unit to the column's head. None is a dash."""
    if fen is None:
        return format_html('<span class="money muted">{}</span>', DASH)
    amount = figures.fen_of(fen)
    mark = "" if bare else format_html('<span class="unit">{}</span>', figures.UNIT_WORDS[unit])
    text = figures.grouped(amount, unit, decimals).replace("-", "−")  # a true minus is as wide as a digit
    return format_html('<data class="money" value="{}">{}{}</data>', amount, text, mark)


def draw_moment(when: datetime | date | None, now: datetime | None, *, seconds: bool = False) -> SafeString:
    """Date, weekday, Beijing time; how far away as a second line when `now` is given. None is a dash."""
    if when is None:
        return format_html('<span class="moment muted">{}</span>', DASH)
    second: Any = ""
    if now is not None and isinstance(when, datetime):
        second = format_html('<span class="relative">{}</span>', moments.relative(when, now))
    stamp = moments.stamp(when, seconds=seconds)
    return format_html('<time class="moment" datetime="{}">{}{}</time>', when.isoformat(), stamp, second)


def draw_chip(word: Any, kind: str | Mapping[Any, tuple[Any, str]]) -> SafeString:
    """A status: word, shape and colour. kind is one of KINDS, or a mapping value → (word, kind)."""
    if isinstance(kind, Mapping):
        word, kind = kind[word]
    if type(word) is str and word:
        word = gettext(word)  # what a flow has stored is Chinese; what is translated already stays as it is
    if kind not in KINDS:
        raise ValueError(f"a chip is one of {KINDS}, not {kind!r}")
    return format_html('<span class="chip {}">{}{}</span>', kind, SHAPES[kind], word)
