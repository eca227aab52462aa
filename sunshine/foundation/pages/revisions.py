"""Two revisions of a text side by side, with what went away and what came marked in place."""

import re
from difflib import SequenceMatcher

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# Latin words and numbers are compared whole, Chinese character by character: half a price is no reading.
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:%/-]*|\s+|.", re.DOTALL)


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """(old with <del>, new with <ins>), both escaped."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    left: list[str] = []
    right: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[a:b]), "".join(after[c:d])
        if kind == "equal":
            left.append(escape(gone))
            right.append(escape(come))
        else:
            left.append(format_html("<del>{}</del>", gone) if gone else "")
            right.append(format_html("<ins>{}</ins>", come) if come else "")
    return mark_safe("".join(left)), mark_safe("".join(right))  # every piece was escaped above
