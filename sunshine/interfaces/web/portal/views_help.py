"""Rules, help, news, about and contact: what explains the platform."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.domain.publishing.queries import home as pages
from sunshine.domain.sourcing import method
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.lifecycle import Lifecycle
from sunshine.foundation.pages.parts import Link
from sunshine.interfaces.web.portal import law_words, markup
from sunshine.interfaces.web.portal.shell import for_everyone, now_of, page

HELP = Path(__file__).parent / "help"
ORDER = ("register", "certificate", "bid", "opening", "evaluation", "objection", "contract", "verify")
# what may happen, beside what happens in every procedure
EXCEPTIONS = {"withdraw-bid", "object", "answer-objection", "extend", "fail", "retender", "terminate"}
NEWS_KINDS = ("news", "policy")


@dataclass(frozen=True)
class Article:
    slug: str
    title: str
    lead: str
    body: Any


@require_GET
@for_everyone
def law(request: HttpRequest) -> HttpResponse:
    """Every method with its steps and the rules that bind it today, each with its article."""
    today = now_of(request).astimezone(BEIJING).date()
    verbs = {verb: step.label for life in Lifecycle.registry.values() for verb, step in life.steps.items()}
    found = []
    for key in method.methods():
        pack = method.pack(key, today)
        rules = [
            (rule, law_words.said(rule), law_words.SCOPES[rule.scope], *law_words.SEVERITIES[rule.severity])
            for rule in pack.rules
        ]
        steps = [verbs[verb] for verb in pack.method.steps if verb in verbs and verb not in EXCEPTIONS]
        found.append({"name": method_name(key), "pack": pack, "rules": rules, "steps": steps})
    return page(request, "portal/law.html", {"methods": found}, crumbs=[Link(_("法规与方法"))])


@cache
def _articles(language: str) -> dict[str, Article]:
    folder = HELP / ("en" if language.startswith("en") else "zh")
    found = {}
    for slug in ORDER:
        text = (folder / f"{slug}.md").read_text("utf-8")
        found[slug] = Article(slug, markup.title_of(text), markup.lead_of(text), markup.render(text, skip_title=True))
    return found


@require_GET
@for_everyone
def help_index(request: HttpRequest) -> HttpResponse:
    """How to do one thing: the built-in articles and those the operator has written."""
    language = get_language() or ""
    context = {"articles": _articles(language).values(), "more": pages.pages(("help",), language)}
    return page(request, "portal/help.html", context, crumbs=[Link(_("帮助"))])


@require_GET
@for_everyone
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article; an article of the same name written by the operator takes its place."""
    language = get_language() or ""
    articles = _articles(language)
    own = pages.page(("help",), slug, language)
    if own is None and slug not in articles:
        raise Http404
    article = Article(slug, own.title, own.summary, markup.render(own.body)) if own else articles[slug]
    crumbs = [Link(_("帮助"), reverse("portal:help")), Link(article.title)]
    context = {"article": article, "articles": articles.values()}
    return page(request, "portal/help_article.html", context, crumbs=crumbs)


@require_GET
@for_everyone
def news(request: HttpRequest) -> HttpResponse:
    """News and policies, newest first."""
    context = {"items": pages.pages(NEWS_KINDS, get_language() or "")}
    return page(request, "portal/news.html", context, crumbs=[Link(_("新闻与政策"))])


@require_GET
@for_everyone
def news_item(request: HttpRequest, slug: str) -> HttpResponse:
    """One item with its source, author, time, and its versions."""
    item = pages.page(NEWS_KINDS, slug, get_language() or "")
    if item is None:
        raise Http404
    crumbs = [Link(_("新闻与政策"), reverse("portal:news")), Link(item.title)]
    context = {"item": item, "body": markup.render(item.body), "versions": pages.versions(item)}
    return page(request, "portal/news_item.html", context, crumbs=crumbs)


@require_GET
@for_everyone
def about(request: HttpRequest) -> HttpResponse:
    """What this platform is, and what it cannot do even if it wanted to."""
    return page(request, "portal/about.html", crumbs=[Link(_("关于本平台"))])


@require_GET
@for_everyone
def contact(request: HttpRequest) -> HttpResponse:
    """Hotline, and who answers what."""
    return page(request, "portal/contact.html", crumbs=[Link(_("联系我们"))])
