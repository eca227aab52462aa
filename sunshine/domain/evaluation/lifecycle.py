"""The lives of a draw and of a panel member's work on one lot."""

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation import rules
from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

MEMBER = Lifecycle(
    "member",
    model="evaluation.PanelMember",
    stages={
        "drawn": _("已抽中"),
        "present": _("已签到"),
        "pricing": _("商务标评审"),
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
        # of two envelopes: scores stay locked for good, prices are read, a price ground may still reject
        Step("read-prices", _("查看商务标"), ("locked",), "pricing", "buyer:bids:open"),
        Step("judge-price", _("商务标评审"), ("pricing",), "pricing", "expert:score:submit"),
        Step("lock-prices", _("确认商务标评审"), ("pricing",), "locked", "expert:score:submit"),
        Step("unlock-prices", _("退回商务标评审"), ("locked", "signed"), "pricing", "expert:score:submit"),
        Step("sign-report", _("签署评标报告"), ("locked",), "signed", "expert:report:sign"),
    ],
)

_PARTY = "party:draw:join"

DRAW = Lifecycle(
    "draw",
    model="evaluation.Draw",
    stages={
        "announced": _("已公布，等待承诺"),
        "committed": _("承诺已齐，等待揭示"),
        "drawn": _("已抽取"),
        "abandoned": _("已作废"),
    },
    steps=[
        Step("announce-draw", _("公布抽取"), (BIRTH,), "announced", "buyer:panel:draw"),
        Step(
            "commit-draw",
            _("提交承诺"),
            ("announced",),
            "announced",
            _PARTY,
            (rules.lot_waits_for_it, rules.has_not_committed),
        ),
        Step(
            "pin-draw", _("固定检查点"), ("announced",), "committed", "clock:tick:act", (rules.commitments_are_logged,)
        ),
        Step(
            "reveal-draw",
            _("揭示随机数"),
            ("committed",),
            "committed",
            _PARTY,
            (rules.lot_waits_for_it, rules.has_not_revealed),
        ),
        Step(
            "open-random",
            _("代为开启随机数"),
            ("committed",),
            "committed",
            "trustee:share:release",
            (rules.lot_waits_for_it,),
        ),
        Step("finish-draw", _("完成抽取"), ("committed",), "drawn", "clock:tick:act"),
        Step("abandon-draw", _("作废抽取"), ("announced",), "abandoned", "buyer:panel:draw"),
        Step("void-draw", _("因作假作废"), ("committed",), "abandoned", "clock:tick:act"),
    ],
)
