"""What every template knows: the installation, the public navigation, and the person at the door."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.queries.account import unread_count
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Membership, NavGroup, NavItem, PersonMenu

DOORS = {
    "buyer": (_("采购人工作台"), "/buyer/"),
    "expert": (_("评标专家工作台"), "/expert/"),
    "operator": (_("平台运营工作台"), "/operator/"),
    "supervisor": (_("监督工作台"), "/supervisor/"),
    "supplier": (_("供应商工作台"), "/supplier/"),
    "trustee": (_("开标密钥"), "/trustee/"),
}
NAV = (
    (_("公告"), "/notices/"),
    (_("采购项目"), "/projects/"),
    (_("开标"), "/openings/"),
    (_("结果"), "/results/"),
    (_("法规与方法"), "/law/"),
    (_("验证"), "/verify/"),
    (_("帮助"), "/help/"),
)
_OPEN = ((_("全部公告"), "/notices/"), (_("中标结果"), "/results/"), (_("今日开标"), "/openings/"))
_HELP = ((_("使用帮助"), "/help/"), (_("采购方式与规则"), "/law/"), (_("新闻与政策"), "/news/"))
_WATCH = (
    (_("验证回执与公告"), "/verify/"),
    (_("透明日志"), "/log/"),
    (_("离线工具"), "/tools/"),
    (_("关于本平台"), "/about/"),
    (_("联系我们"), "/contact/"),
)
FOOT = ((_("公开"), _OPEN), (_("帮助"), _HELP), (_("监督"), _WATCH))


def site(request: HttpRequest) -> dict[str, Any]:
    """site, rehearsal, now (server time), nav, foot_nav, person_menu, actor.

    The person's part is lazy: a public page that never looks at it pays nothing.
    """
    return {
        "site": settings.SITE,
        "rehearsal": settings.REHEARSAL,
        "now": clock.glance(),
        "nav": [NavItem(label, url, current=request.path.startswith(url)) for label, url in NAV],
        "foot_nav": [NavGroup(word, [NavItem(label, url) for label, url in links]) for word, links in FOOT],
        "person_menu": SimpleLazyObject(lambda: _person_menu(request)),
        "actor": getattr(request, "actor", None),
    }


def _person_menu(request: HttpRequest) -> PersonMenu | None:
    actor = getattr(request, "actor", None)
    if actor is None or not actor.known:
        return None
    posts = [
        Membership(post.organisation, post.name, post.organisation == actor.organisation)
        for post in request.posts  # type: ignore[attr-defined]
    ]
    doors = [
        NavItem(*DOORS[door], current=request.path.startswith(DOORS[door][1])) for door in actor.doors if door in DOORS
    ]
    return PersonMenu(
        name=actor.name,
        organisation=actor.organisation_name,
        memberships=posts if len(posts) > 1 else (),
        switch_url="/account/switch/",
        doors=[*doors, NavItem(_("我的账号"), "/account/")],
        notifications_url="/account/notifications/",
        notifications=unread_count(actor),
    )
