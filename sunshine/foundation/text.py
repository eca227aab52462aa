"""Text as it comes (what Chinese keyboards do to digits and letters, undone) and as it is kept (in Chinese)."""

from typing import Any

from django.conf import settings
from django.utils import translation

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}


def half_width(text: str) -> str:
    """Full-width ASCII, space and ￥ as their half-width selves; nothing else changes (no ² to 2, as NFKC would)."""
    return text.translate(_HALF)


def in_chinese(sentence: Any, **values: Any) -> str:
    """A sentence of the platform as it is kept: in Chinese, the language of the law, whatever its reader speaks now."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(sentence) % values if values else str(sentence)
