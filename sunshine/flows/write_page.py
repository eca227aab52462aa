"""News, policy, help and about pages: every edit is a new version, the earlier ones stay."""

import re
from datetime import datetime

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.models import Page
from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGES = ("zh-hans", "en")
LONGEST = 100_000  # characters of one body


@act
def write_page(
    *,
    by: Actor,
    at: datetime,
    kind: str,
    slug: str,
    language: str,
    title: str,
    body: str,
    summary: str = "",
    source: str = "",
    author: str = "",
    base: int | None = None,
) -> Page:
    """Publish a page, or its next version. slug and language together name it; its kind never changes.

    base   the version the writer saw (0: a new page); if somebody published another since, it is refused
    Raises Refused: forbidden, page-…, text-missing.
    """
    if "operator:content:write" not in by.permissions or not by.active:
        raise Refused("forbidden", _("您没有编辑网站内容的权限。"))
    _checked(kind, slug, language, title, body)
    with connection.cursor() as cursor:  # two writers of one page queue here, so that versions have no gap and no clash
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"page/{slug}"])
    versions = Page.objects.filter(slug=slug)
    if versions.exclude(kind=kind).exists():
        raise Refused("page-kind-fixed", _("这个网址已属于另一类页面，请换一个。"), field="slug")
    last = versions.filter(language=language).aggregate(last=Max("version"))["last"] or 0
    if base is not None and base != last:
        text = _("这个网址已有页面。") if base == 0 else _("别人刚刚发布了新版本，请在新版本上修改。")
        raise Refused("page-stale", text, field="slug" if base == 0 else "body")
    page = Page.objects.create(
        kind=kind,
        slug=slug,
        version=last + 1,
        language=language,
        title=title.strip(),
        summary=summary.strip(),
        body=body.strip(),
        source=source.strip() or "本站原创",
        author=author.strip(),
        written_at=at,
        written_by=str(by),
    )
    facts = {"kind": kind, "language": language, "version": page.version, "title": page.title}
    note("page", "write", slug, by=by, at=at, facts=facts)
    return page


def _checked(kind: str, slug: str, language: str, title: str, body: str) -> None:
    if kind not in Page.Kind.values:
        raise Refused("page-kind-unknown", _("请选择页面的类别。"), field="kind")
    if not SLUG.fullmatch(slug) or len(slug) > 50:
        raise Refused("page-slug-invalid", _("网址只能用小写字母、数字和连字符，不超过 50 个。"), field="slug")
    if language not in LANGUAGES:
        raise Refused("page-language-unknown", _("请选择语言。"), field="language")
    if not title.strip():
        raise Refused("text-missing", _("请填写标题。"), field="title")
    if not body.strip() or len(body) > LONGEST:
        raise Refused("text-missing", _("请填写正文，不超过 %(n)s 字。") % {"n": LONGEST}, field="body")
