"""An address as a QR code: drawn by the server as SVG, so that it prints sharply and needs no script."""

from functools import lru_cache

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

QUIET = 4  # modules of white around the code (ISO/IEC 18004)


@lru_cache(maxsize=64)
def draw_qr(text: str, label: str) -> SafeString:
    """The code of ``text`` as an SVG that scales to its box; ``label`` is what a screen reader says."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    box = f"{-QUIET} {-QUIET} {len(rows) + 2 * QUIET} {len(rows) + 2 * QUIET}"
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="{}" shape-rendering="crispEdges">'
        '<rect x="-{}" y="-{}" width="100%" height="100%" fill="#fff"></rect><path d="{}" fill="#000"></path></svg>',
        label,
        box,
        QUIET,
        QUIET,
        mark_safe(dots),
    )
