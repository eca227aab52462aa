"""The buyer's side navigation, shared by the drafting and the running desk."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.pages.parts import NavGroup, NavItem

_WORK = [
    ("today", _("今日"), "/buyer/", "home"),
    ("plans", _("采购计划"), "/buyer/plans/", "calendar"),
    ("projects", _("采购项目"), "/buyer/projects/", "list"),
    ("approvals", _("审批"), "/buyer/approvals/", "check"),
]
_AFTER = [
    ("contracts", _("合同"), "/buyer/contracts/", "contract"),
    ("objections", _("异议"), "/buyer/objections/", "scale"),
]
_HOUSE = [
    ("members", _("成员与委托"), "/buyer/members/", "team"),
    ("organisation", _("单位资料"), "/buyer/organisation/", "building"),
]


def nav(request: HttpRequest, current: str) -> list[NavGroup]:
    """The groups for ``door_nav``; ``current`` is a key of this file (today, plans, …, contracts, objections …).

    An agency has neither plans nor approvals of its own: it works on the projects it holds a mandate for.
    """
    agency = request.actor.kind == "agency"  # type: ignore[attr-defined]
    hidden = {"plans", "approvals", "contracts"} if agency else set()

    def items(rows: Sequence[tuple[str, object, str, str]]) -> list[NavItem]:
        return [
            NavItem(label, url, icon, current=key == current) for key, label, url, icon in rows if key not in hidden
        ]

    return [
        NavGroup(_("采购"), items(_WORK)),
        NavGroup(_("异议与合同"), items(_AFTER)),
        NavGroup(_("本单位"), items(_HOUSE)),
    ]
