"""Help and news as HTML: headings, paragraphs, lists, links, bold, code and our own images. Everything is escaped first.

A deliberately small subset of Markdown: whoever writes an article can neither run nor load anything with it.
"""

import re

from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

_IMAGE = re.compile(r"!\[([^\]]*)\]\((help/[\w./-]+\.(?:png|svg|jpg))\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(help/([\w-]+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)\"']+|/[\w./?=&%#-]*)\)")
_BULLET = re.compile(r"[-*] ")
_NUMBER = re.compile(r"\d+\. ")


def title_of(text: str) -> str:
    """The first heading of an article, without its marks."""
    return next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")), "")


def lead_of(text: str) -> str:
    """The first paragraph after the title: what lists show of an article."""
    return next((block.strip() for block in text.split("\n\n") if block.strip() and block.strip()[0] not in "#-!`"), "")


def render(text: str, *, skip_title: bool = False) -> SafeString:
    """Safe HTML of an article. A picture is ``![what it shows](help/name.png)`` alone in its paragraph; without an
    ending it is a page of the platform in two widths, ``help/name-1440.webp`` and ``help/name-390.webp``."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    if skip_title and blocks and blocks[0].startswith("# "):
        blocks = blocks[1:]
    return mark_safe("\n".join(_block(block) for block in blocks))  # every piece below is escaped


def _block(block: str) -> str:
    lines = block.split("\n")
    if found := re.match(r"(#{1,3}) (.+)", block):
        level = len(found[1])
        return f"<h{level}>{_inline(found[2])}</h{level}>"
    if found := _PICTURE.fullmatch(block):
        return _picture(found[1], found[2])
    if found := _IMAGE.fullmatch(block):
        return format_html('<figure><img src="{}" alt="{}" loading="lazy"></figure>', static(found[2]), found[1])
    if block.startswith("```"):
        return format_html('<pre tabindex="0"><code>{}</code></pre>', "\n".join(lines[1:]).removesuffix("```").rstrip())
    for mark, tag in ((_BULLET, "ul"), (_NUMBER, "ol")):
        if mark.match(block):
            items = re.split(rf"\n(?={mark.pattern})", block)
            inner = "".join(f"<li>{_inline(mark.sub('', item, count=1))}</li>" for item in items)
            return f"<{tag}>{inner}</{tag}>"
    return f"<p>{_inline(block)}</p>"


def _picture(shows: str, name: str) -> str:
    """A page as it looks on a desk and on a phone; `make pictures` takes both (tests/stories/pictures.py)."""
    return format_html(
        '<figure><picture><source media="(max-width: 640px)" srcset="{}" width="390" height="844">'
        '<img src="{}" alt="{}" width="1440" height="900" loading="lazy"></picture><figcaption>{}</figcaption></figure>',
        static(f"help/{name}-390.webp"),
        static(f"help/{name}-1440.webp"),
        shows,
        shows,
    )


def _inline(text: str) -> str:
    """Escaped text with links, bold and code; Chinese lines are joined without a space."""
    joined = re.sub(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])", "", text).replace("\n", " ")
    safe = str(escape(joined))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    return _LINK.sub(lambda found: f'<a href="{found[2]}">{found[1]}</a>', safe)
