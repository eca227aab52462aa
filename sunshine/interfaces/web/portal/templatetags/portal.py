"""Published contents hold amounts and instants as text: these tags show them like any other amount and instant."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from sunshine.domain.publishing.queries import words
from sunshine.foundation.pages.drawing import DASH, draw_moment, draw_money

register = template.Library()


@register.simple_tag
def fen(text: Any, bare: bool = False) -> SafeString | str:
    """``"123456"`` fen of a notice's content as an amount; "" is a dash."""
    return draw_money(int(text), bare=bare) if str(text).isdigit() else DASH


@register.simple_tag
def day(text: str) -> SafeString | str:
    """An ISO instant of a notice's content; "" is a dash."""
    return draw_moment(datetime.fromisoformat(text), None) if text else DASH


@register.simple_tag
def remark(code: str) -> Any:
    """What the opening remarked about a bid, in words."""
    return words.REMARKS.get(code, code)
