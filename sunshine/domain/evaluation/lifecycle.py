"""The life of a panel member's work on one lot."""

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

MEMBER = Lifecycle(
    "member",
    model="evaluation.PanelMember",
    stages={
        "drawn": _("已抽中"),
        "present": _("已签到"),
        "locked": _("评分已锁定"),
        "signed": _("已签署报告"),
        "recused": _("已回避"),
    },
    steps=[
        Step("draw-panel", _("抽取专家"), (BIRTH,), "drawn", "buyer:panel:draw"),
        Step("check-in", _("签到并声明无利害关系"), ("drawn",), "present", "expert:panel:join"),
        Step("recuse", _("申请回避"), ("drawn", "present"), "recused", "expert:panel:join"),
        Step("score", _("评分"), ("present",), "present", "expert:score:submit"),
        Step("lock-scores", _("锁定评分"), ("present",), "locked", "expert:score:submit"),
        Step("unlock-scores", _("退回评审"), ("locked", "signed"), "present", "expert:score:submit"),
        Step("sign-report", _("签署评标报告"), ("locked",), "signed", "expert:report:sign"),
    ],
)
