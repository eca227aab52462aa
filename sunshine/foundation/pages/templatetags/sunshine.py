"""The components as tags: ``{% load sunshine %}``. Small ones are drawn here, larger ones from templates/components/.

Figures, moments, chips and icons stand in every cell of every table, so they are strings and not templates.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sunshine.foundation import clock
from sunshine.foundation.pages import figures, moments, revisions
from sunshine.foundation.pages.cells import CLASSES, draw_rows
from sunshine.foundation.pages.drawing import draw_chip, draw_moment, draw_money
from sunshine.foundation.pages.grid import Grid
from sunshine.foundation.pages.parts import Change, Confirm, Fact, Link, Section, Tab, Tile, TimelineStep
from sunshine.foundation.pages.qr import draw_qr
from sunshine.foundation.pages.shapes import SHAPES

register = template.Library()
gettext_noop("阳光采购服务平台")  # the usual name of an installation; one with another name has no English for it
Drawn = dict[str, Any]


def page_now(context: Context) -> datetime:
    """The trusted time of this page: what the view put there, else a glance at the clock."""
    given = context.get("now")
    return given if isinstance(given, datetime) else clock.glance()


@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """One symbol of the sprite; without a label it is decoration."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" {}><use href="{}#{}"></use></svg>', meaning, static("dist/img/icons.svg"), name
    )


@register.simple_tag
def qr(address: str) -> SafeString:
    """The QR code of an address."""
    return draw_qr(address, _("二维码：%(address)s") % {"address": address})


@register.simple_tag
def money(fen: Any, unit: str = "元", bare: bool = False) -> SafeString:
    """An amount in fen or a Money, grouped; `bare` leaves the unit to the column's head. None is a dash."""
    return draw_money(fen, unit, bare=bare)


@register.simple_tag
def capital(fen: Any) -> SafeString:
    """The amount in capital characters (大写)."""
    return format_html('<span class="capital" lang="zh-Hans">{}</span>', figures.capital(figures.fen_of(fen)))


@register.simple_tag(takes_context=True)
def moment(context: Context, when: datetime | date | None, near: bool = True, seconds: bool = False) -> SafeString:
    """Date, weekday and Beijing time; `near` adds how far away it is as a second line. None is a dash."""
    timed = near and isinstance(when, datetime)
    return draw_moment(when, page_now(context) if timed else None, seconds=seconds)


@register.simple_tag(takes_context=True)
def countdown(context: Context, until: datetime) -> SafeString:
    """A countdown on server time: the element counts from the page's own `now`, never from the visitor's clock."""
    now = page_now(context)
    texts = {
        "days": _("还有 {d} 天 {h} 小时 {m} 分"),
        "hours": _("还有 {h} 小时 {m} 分 {s} 秒"),
        "over": _("已截止"),
    }
    return format_html(
        '<sun-countdown role="timer" data-until="{}" data-now="{}">{}<span data-ref="left">{}</span></sun-countdown>',
        until.isoformat(),
        now.isoformat(),
        format_html_join("", '<template data-text="{}">{}</template>', texts.items()),
        moments.remaining(until, now),
    )


@register.simple_tag
def chip(word: Any, kind: Any = "neutral") -> SafeString:
    """A status: word, shape and colour. kind is one of KINDS, or a mapping value → (word, kind)."""
    return draw_chip(word, kind)


@register.simple_tag
def shape(kind: str) -> SafeString:
    """Only the shape of a status, for places that carry the word themselves."""
    return SHAPES[kind]


@register.inclusion_tag("components/act_button.html", takes_context=True)
def act_button(
    context: Context,
    verb: str,
    label: Any,
    url: str,
    refusal: Any = None,
    primary: bool = False,
    method: str = "get",
    grave: bool = False,
) -> Drawn:
    """The button of an act. Refused: grey, focusable, and it says why, with the article.

    refusal  a Refused or None
    primary  the one sun-coloured button of the page
    method   "get" opens the page of the act, "post" does it at once (only for what can be undone)
    """
    return {
        "verb": verb,
        "label": label,
        "url": url,
        "refusal": refusal,
        "style": "sun" if primary else "grave" if grave else "",
        "method": method,
        "why_id": f"why-{verb}-{zlib.crc32(url.encode()):08x}",
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("components/proof.html")
def proof(checked: Any = "", how: Any = "", command: str = "", url: str = "") -> Drawn:
    """The 可验证 mark: what was checked, how, and the command to do it oneself; or only a link to that page."""
    return {"checked": checked, "how": how, "command": command, "url": url}


@register.inclusion_tag("components/file.html")
def file(blob: Any, url: str = "", name: str = "") -> Drawn:
    """A file: name, size, type, first eight characters of its fingerprint.

    blob  mapping or object with name, size (bytes), media_type, sha256 (hex)
    """
    get = blob.get if isinstance(blob, Mapping) else lambda key, default="": getattr(blob, key, default)
    title = name or get("name", "")
    return {
        "name": title,
        "url": url,
        "size": get("size", None),
        "type": title.rsplit(".", 1)[-1].upper() if "." in title else get("media_type", ""),
        "fingerprint": str(get("sha256", ""))[:8],
    }


@register.inclusion_tag("components/field.html")
def field(form: Any, name: Any, unit: Any = "", article: Any = "") -> Drawn:
    """One form field with label, help, error and unit. `name` is a field's name or a bound field."""
    bound = form[name] if isinstance(name, str) else name
    widget = bound.field.widget
    single = getattr(widget, "input_type", "") == "checkbox" and not hasattr(widget, "choices")
    return {"field": bound, "unit": unit, "article": article, "single": single, "group": widget.use_fieldset}


@register.inclusion_tag("components/fields.html")
def fields(form: Any) -> Drawn:
    """All fields of a form in order."""
    return {"form": form}


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: Any) -> Drawn:
    """Everything wrong with these forms, on top; each line jumps to its field."""
    lines = []
    for form in forms:
        if form is None or not form.is_bound:
            continue
        lines += [("", "", error) for error in form.non_field_errors()]
        for bound in form:
            target = bound.auto_id + ("_0" if bound.field.widget.use_fieldset else "")
            lines += [(target, bound.label, error) for error in bound.errors]
    return {"lines": lines}


@register.inclusion_tag("components/note.html")
def note(text: Any, kind: str = "info") -> Drawn:
    """A quiet line that must be read. kind: info, success, warning, error or refused."""
    return {"text": text, "kind": kind}


@register.inclusion_tag("components/empty.html")
def empty(title: Any, hint: Any = "", action: Link | None = None) -> Drawn:
    """Nothing here yet: what would appear, and how to make it appear."""
    return {"title": title, "hint": hint, "action": action}


@register.inclusion_tag("components/timeline.html", takes_context=True)
def timeline(context: Context, steps: Sequence[TimelineStep]) -> Drawn:
    """The procedure: done, now and to come, each with date, article and document. Vertical on phones."""
    words = {"done": _("已完成"), "now": _("进行中"), "todo": _("未到"), "refused": _("未通过"), "hold": _("暂停中")}
    return {"steps": [(step, words[step.state]) for step in steps], "now": context.get("now")}


@register.inclusion_tag("components/grid.html", takes_context=True)
def grid(context: Context, table: Grid) -> Drawn:
    """A data table with its filters, count, exports, empty state and pages."""
    needs_time = bool(table.rows) and any(column.kind in ("moment", "template") for column in table.columns)
    orders = {table.asked.sort: "descending" if table.asked.sort.startswith("-") else "ascending"}
    heads = []
    for column in table.columns:
        order = orders.get(column.key) or orders.get(f"-{column.key}", "")
        turned = f"-{column.key}" if order == "ascending" else column.key
        unit = figures.UNIT_WORDS.get(column.unit, column.unit)
        heads.append((column, unit, CLASSES.get(column.kind, ""), order, table.asked.query(sort=turned, page=None)))
    return {
        "grid": table,
        "heads": heads,
        "filters": [(one, table.asked.values.get(one.name, "")) for one in table.filters],
        "rows": draw_rows(table, page_now(context) if needs_time else None),
    }


@register.inclusion_tag("components/pages.html")
def pages(table: Grid) -> Drawn:
    """The pages of a table."""
    asked = table.asked
    return {
        "grid": table,
        "numbers": [(number, asked.query(page=number) if number else "") for number in table.page_numbers],
        "before": asked.query(page=asked.page - 1) if asked.page > 1 else "",
        "after": asked.query(page=asked.page + 1) if asked.page < table.pages else "",
    }


@register.inclusion_tag("components/facts.html")
def facts(items: Sequence[Fact]) -> Drawn:
    """Label and value, one line each."""
    return {"items": items}


@register.inclusion_tag("components/changes.html")
def changes(items: Sequence[Change]) -> Drawn:
    """Two revisions side by side, the differences marked."""
    return {"items": [(item.label, *revisions.marked(item.old, item.new)) for item in items]}


@register.inclusion_tag("components/sections.html")
def sections(items: Sequence[Section]) -> Drawn:
    """The sections of a long form and how far they are."""
    return {"items": items}


@register.inclusion_tag("components/tiles.html")
def tiles(items: Sequence[Tile]) -> Drawn:
    """At most five numbers that matter. Raises ValueError for more: the page must choose."""
    if len(items) > 5:
        raise ValueError("at most five numbers matter on one page")
    return {"items": items}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Tab], label: Any = "") -> Drawn:
    """Tabs as links: they have addresses and work without scripts."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/confirm.html", takes_context=True)
def confirmation(context: Context, confirm: Confirm) -> Drawn:
    """What will happen, who will be told, what becomes public, signed by whom; then the one button."""
    return {"confirm": confirm, "csrf_token": context.get("csrf_token", "")}


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """ "light", "dark", or "" when the visitor leaves it to the device."""
    request = context.get("request")
    choice = request.COOKIES.get("theme", "") if request is not None else ""
    return choice if choice in ("light", "dark") else ""


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The languages of the installation: [(code, name in its own language)]."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


@register.simple_tag
def installation() -> dict[str, Any]:
    """settings.SITE: name, version, hotline, operator. A tag, because allauth's views put another `site` in the context."""
    name = settings.SITE["name"]
    return {**settings.SITE, "name": _(name)}
