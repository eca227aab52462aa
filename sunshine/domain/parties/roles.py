"""The roles, as reviewed code. Separation of duties (domain.md §2) is written here, not in menus.

publish ≠ approve · a trustee of the operator holds no other operator role · whoever holds an opening key share
administers no evaluation.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.permissions import P
from sunshine.foundation.authz import Role
from sunshine.foundation.refusal import Refused

_ADMINISTERS = frozenset({"buyer-officer", "buyer-publisher", "agency-officer", "operator-verifier", "operator-admin"})


def _role(key: str, name: object, *permissions: P, excludes: Iterable[str] = ()) -> Role:
    return Role(key, name, frozenset(str(p.value) for p in permissions), frozenset(excludes))


_ROLES = [
    _role(
        "buyer-officer",
        _("采购经办人"),
        P.BUYER_PLAN_WRITE,
        P.BUYER_PROJECT_DRAFT,
        P.BUYER_PROJECT_READ,
        P.BUYER_ENQUIRY_ANSWER,
        P.BUYER_BIDS_OPEN,
        P.BUYER_PANEL_DRAW,
        P.PARTY_DRAW_JOIN,
        P.BUYER_CONTRACT_DRAFT,
        excludes=["buyer-approver", "buyer-reviewer", "trustee"],
    ),
    _role(
        "buyer-reviewer",
        _("合规审查人"),
        P.BUYER_PROJECT_REVIEW,
        P.BUYER_PROJECT_READ,
        excludes=["buyer-officer", "buyer-publisher"],
    ),
    _role(
        "buyer-approver",
        _("采购审批人"),
        P.BUYER_PLAN_APPROVE,
        P.BUYER_METHOD_APPROVE,
        P.BUYER_PROJECT_READ,
        excludes=["buyer-officer", "buyer-publisher"],
    ),
    _role(
        "buyer-publisher",
        _("公告发布与定标人"),
        P.BUYER_PROJECT_ANNOUNCE,
        P.BUYER_PROJECT_TERMINATE,
        P.BUYER_PROJECT_READ,
        P.BUYER_CANDIDATES_PUBLISH,
        P.BUYER_OBJECTION_ANSWER,
        P.BUYER_AWARD_DECIDE,
        P.BUYER_AWARD_NOTIFY,
        excludes=["buyer-approver", "buyer-reviewer", "trustee"],
    ),
    _role("buyer-signatory", _("合同签署人（采购人）"), P.BUYER_CONTRACT_SIGN, P.BUYER_PROJECT_READ),
    _role("buyer-admin", _("单位管理员（采购人）"), P.BUYER_MEMBER_MANAGE, P.BUYER_MANDATE_GIVE, P.BUYER_PROJECT_READ),
    _role("buyer-reader", _("采购查阅人"), P.BUYER_PROJECT_READ),
    _role(
        "buyer-representative",
        _("采购人代表（评委）"),
        P.EXPERT_PANEL_JOIN,
        P.EXPERT_SCORE_SUBMIT,
        P.EXPERT_REPORT_SIGN,
        excludes=["trustee"],
    ),
    _role(
        "agency-officer",
        _("代理机构经办人"),
        P.BUYER_PROJECT_DRAFT,
        P.BUYER_PROJECT_READ,
        P.BUYER_ENQUIRY_ANSWER,
        P.BUYER_BIDS_OPEN,
        excludes=["trustee"],
    ),
    _role(
        "supplier-bidder",
        _("投标经办人"),
        P.SUPPLIER_DOCUMENT_DOWNLOAD,
        P.SUPPLIER_ENQUIRY_ASK,
        P.SUPPLIER_BID_SUBMIT,
        P.SUPPLIER_OBJECTION_RAISE,
        P.SUPPLIER_RESULT_READ,
    ),
    _role("supplier-signatory", _("合同签署人（供应商）"), P.SUPPLIER_CONTRACT_SIGN, P.SUPPLIER_RESULT_READ),
    _role("supplier-admin", _("单位管理员（供应商）"), P.SUPPLIER_MEMBER_MANAGE, P.SUPPLIER_DOCUMENT_DOWNLOAD),
    _role("expert", _("评标专家"), P.EXPERT_PANEL_JOIN, P.EXPERT_SCORE_SUBMIT, P.EXPERT_REPORT_SIGN),
    _role("supervisor-admin", _("单位管理员（监督机构）"), P.SUPERVISOR_MEMBER_MANAGE, P.SUPERVISOR_PROJECT_READ),
    _role(
        "inspector",
        _("纪检监察人员"),
        P.SUPERVISOR_PROJECT_READ,
        P.SUPERVISOR_ORDER_ISSUE,
        P.SUPERVISOR_KEY_CREATE,
        P.PARTY_DRAW_JOIN,
    ),
    _role("auditor", _("审计人员"), P.SUPERVISOR_PROJECT_READ, P.PARTY_DRAW_JOIN),
    _role(
        "trustee",
        _("开标密钥持有人"),
        P.TRUSTEE_KEY_CREATE,
        P.TRUSTEE_SHARE_RELEASE,
        excludes=sorted(_ADMINISTERS),
    ),
    _role(
        "operator-verifier",
        _("主体核验员"),
        P.OPERATOR_ORGANISATION_VERIFY,
        P.OPERATOR_EXPERT_VERIFY,
        P.OPERATOR_PROJECT_READ,
        excludes=["trustee"],
    ),
    _role(
        "operator-admin",
        _("平台管理员"),
        P.OPERATOR_CONTENT_WRITE,
        P.OPERATOR_LOG_READ,
        P.OPERATOR_SETTINGS_CHANGE,
        P.OPERATOR_PROJECT_READ,
        P.PARTY_DRAW_JOIN,
        excludes=["trustee"],
    ),
]

ROLES: dict[str, Role] = {role.key: role for role in _ROLES}

KINDS: dict[str, frozenset[str]] = {
    "buyer": frozenset(key for key in ROLES if key.startswith("buyer-")) | {"trustee", "inspector", "auditor"},
    "agency": frozenset({"agency-officer"}),
    "supplier": frozenset(key for key in ROLES if key.startswith("supplier-")),
    "supervisor": frozenset({"supervisor-admin", "inspector", "auditor", "trustee"}),
    "operator": frozenset({"operator-verifier", "operator-admin", "trustee"}),
    "registry": frozenset({"expert"}),
}


def check(kind: str, keys: Iterable[str]) -> frozenset[str]:
    """The roles as a set, or Refused: unknown, not for this kind of organisation, or duties that must be apart."""
    held = frozenset(keys)
    if odd := held - KINDS.get(kind, frozenset()):
        raise Refused("role-not-for-kind", _("这类主体没有角色：%s。") % "、".join(sorted(odd)))
    for key in held:
        if clash := ROLES[key].excludes & held:
            raise Refused(
                "duties-must-be-apart",
                _("“%(one)s”与“%(other)s”不能由同一人担任。")
                % {"one": ROLES[key].name, "other": ROLES[sorted(clash)[0]].name},
            )
        if key == "trustee" and kind == "operator" and held != {"trustee"}:
            raise Refused("duties-must-be-apart", _("运营机构的开标密钥持有人不得担任平台其他角色。"))
    return held
