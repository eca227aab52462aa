"""The five shapes of a status. Colour is never alone: each kind differs in outline too, also on a black-and-white print."""

from django.utils.safestring import SafeString, mark_safe

_FRAME = '<svg viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true">{}</svg>'


def _shape(path: str) -> SafeString:
    return mark_safe(_FRAME.format(path))


SHAPES = {
    "neutral": _shape('<circle cx="6" cy="6" r="4.25" stroke-dasharray="2 1.6"/>'),
    "now": _shape(
        '<circle cx="6" cy="6" r="3" fill="currentColor" stroke="none"/><circle cx="6" cy="6" r="5.25" stroke-width="1.25"/>'
    ),
    "done": _shape(
        '<circle cx="6" cy="6" r="5.5" fill="currentColor" stroke="none"/>'
        '<path d="m3.4 6.1 1.8 1.8 3.3-3.6" stroke="var(--surface)" stroke-linecap="round"/>'
    ),
    "refused": _shape('<path d="m2.5 2.5 7 7m0-7-7 7" stroke-linecap="round"/>'),
    "hold": _shape('<path d="M4 2v8M8 2v8" stroke-linecap="round"/>'),
    "todo": _shape('<circle cx="6" cy="6" r="4.25"/>'),
}
