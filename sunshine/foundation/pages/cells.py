"""The cells of a data table, drawn in Python: two hundred rows must not cost two thousand templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.template.loader import get_template
from django.utils.html import format_html

from sunshine.foundation.pages import figures
from sunshine.foundation.pages.drawing import DASH, draw_chip, draw_moment, draw_money
from sunshine.foundation.pages.grid import Column, Grid

CLASSES = {"money": "num", "num": "num", "title": "title", "moment": "moment-cell", "chip": "tight"}
Row = list[tuple[Column, Any, str, Any]]


def look_up(row: Any, path: str) -> Any:
    """The value at a path of mappings and attributes; None where the path ends early."""
    for step in path.split("."):
        if row is None:
            return None
        row = row.get(step) if isinstance(row, Mapping) else getattr(row, step, None)
        row = row() if callable(row) else row
    return row


def draw_cell(column: Column, row: Any, now: datetime | None, decimals: int = 2) -> Any:
    """One cell: safe HTML, or text that the template escapes."""
    value = look_up(row, column.key)
    if column.kind == "template":
        return get_template(column.template).render({"row": row, "value": value, "now": now})
    if value is None or value == "":
        return DASH
    if column.kind == "money":
        return draw_money(value, column.unit or "元", bare=True, decimals=decimals)
    if column.kind == "moment":
        return draw_moment(value, now)
    if column.kind == "chip":
        return draw_chip(value, column.states)
    if column.kind == "title":
        link = look_up(row, column.link)
        value = format_html('<a href="{}">{}</a>', link, value) if link else value
    if column.second and (second := look_up(row, column.second)):
        return format_html("{}<small>{}</small>", value, second)
    return value


def _decimals(column: Column, rows: Sequence[Any]) -> int:
    """The decimals all amounts of a column are shown with, so that their points stand under each other."""
    if column.kind != "money":
        return 2
    amounts = [value for row in rows if (value := look_up(row, column.key)) not in (None, "")]
    return max((figures.places(figures.fen_of(value), column.unit or "元") for value in amounts), default=2)


def draw_rows(grid: Grid, now: datetime | None) -> list[Row]:
    """Every row as [(column, unit in words, css class, cell)]."""
    heads = [
        (column, figures.UNIT_WORDS.get(column.unit, column.unit), CLASSES.get(column.kind, ""))
        for column in grid.columns
    ]
    decimals = [_decimals(column, grid.rows) for column in grid.columns]
    return [
        [(*head, draw_cell(head[0], row, now, places)) for head, places in zip(heads, decimals, strict=True)]
        for row in grid.rows
    ]
