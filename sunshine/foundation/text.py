"""What Chinese keyboards do to digits and Latin letters, undone."""

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}


def half_width(text: str) -> str:
    """Full-width ASCII, space and ￥ as their half-width selves; nothing else changes (no ² to 2, as NFKC would)."""
    return text.translate(_HALF)
