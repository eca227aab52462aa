"""The lives of organisations and experts on the platform, told once."""

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

ORGANISATION = Lifecycle(
    "organisation",
    model="parties.Organisation",
    stages={
        "registered": _("待核验"),
        "active": _("已核验"),
        "rejected": _("核验未通过"),
        "suspended": _("已停用"),
    },
    steps=[
        Step("register", _("注册登记"), (BIRTH,), "registered", "visitor:registration:submit"),
        Step("resubmit", _("重新提交"), ("rejected",), "registered", "visitor:registration:submit"),
        Step("verify-organisation", _("核验通过"), ("registered",), "active", "operator:organisation:verify"),
        Step("reject-organisation", _("核验不通过"), ("registered",), "rejected", "operator:organisation:verify"),
        Step("suspend", _("停用"), ("active",), "suspended", "operator:organisation:verify"),
        Step("reinstate", _("恢复"), ("suspended",), "active", "operator:organisation:verify"),
    ],
)

EXPERT = Lifecycle(
    "expert",
    model="parties.Expert",
    stages={
        "applied": _("待审核"),
        "listed": _("在库"),
        "refused": _("未入库"),
        "suspended": _("停用中"),
        "left": _("退库"),
    },
    steps=[
        Step("apply-expert", _("申请入库"), (BIRTH,), "applied", "visitor:registration:submit"),
        Step("verify-expert", _("审核入库"), ("applied",), "listed", "operator:expert:verify"),
        Step("refuse-expert", _("不予入库"), ("applied",), "refused", "operator:expert:verify"),
        Step("suspend-expert", _("暂停入库资格"), ("listed",), "suspended", "operator:expert:verify"),
        Step("reinstate-expert", _("恢复"), ("suspended",), "listed", "operator:expert:verify"),
        Step("retire-expert", _("退库"), ("listed", "suspended"), "left", "operator:expert:verify"),
    ],
)
