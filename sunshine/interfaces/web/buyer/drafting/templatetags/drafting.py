"""Small helps of the drafting templates."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def cell(row: Mapping[str, Any], key: str) -> Any:
    """The value of a row under a key known only to the loop."""
    return row.get(key, "")
