"""The lives of plans, projects and lots, told once. Flows, buttons, API, help, diagram, trigger and tests read this.

A project is announced, clarified and opened as a whole; each of its lots is received, evaluated, awarded and
contracted, or fails, on its own. The lot's rules that need panels or candidates live in their own rooms and are
joined to these rows there (``sunshine.domain.evaluation.rules``, ``sunshine.domain.contracts.rules``).
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sunshine.domain.sourcing import rules
from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

PLAN = Lifecycle(
    "plan",
    model="sourcing.Plan",
    stages={"plan_draft": _("计划编制"), "plan_approved": _("计划已批准"), "plan_returned": _("计划已退回")},
    steps=[
        Step("plan", _("编制计划"), (BIRTH,), "plan_draft", "buyer:plan:write"),
        Step("revise-plan", _("修改计划"), ("plan_draft", "plan_returned"), "plan_draft", "buyer:plan:write"),
        Step("approve-plan", _("批准计划"), ("plan_draft",), "plan_approved", "buyer:plan:approve"),
        Step("return-plan", _("退回计划"), ("plan_draft",), "plan_returned", "buyer:plan:approve"),
    ],
)

_DRAFT = "buyer:project:draft"

PROJECT = Lifecycle(
    "project",
    model="sourcing.Project",
    stages={
        "initiated": _("已立项"),
        "method_approved": _("采购方式已批准"),
        "draft": _("文件编制"),
        "in_review": _("合规审查中"),
        "reviewed": _("审查通过"),
        "announced": _("公告中"),
        "opening": _("开标中"),
        "opened": _("开标完成"),
        "terminated": _("已终止"),
    },
    steps=[
        Step("initiate", _("立项"), (BIRTH,), "initiated", "buyer:plan:write"),
        Step("approve-method", _("批准采购方式"), ("initiated",), "method_approved", "buyer:method:approve"),
        Step("draft", _("编制文件"), ("method_approved", "draft"), "draft", _DRAFT),
        Step("submit-review", _("提交审查"), ("draft",), "in_review", _DRAFT, (rules.is_complete,)),
        Step("return-draft", _("退回修改"), ("in_review", "reviewed"), "draft", "buyer:project:review"),
        Step(
            "review",
            _("审查通过"),
            ("in_review",),
            "reviewed",
            "buyer:project:review",
            (rules.reviewer_did_not_draft, rules.is_complete),
        ),
        Step(
            "announce",
            _("发布公告"),
            ("reviewed",),
            "announced",
            "buyer:project:announce",
            (
                rules.publisher_did_not_review,
                rules.is_complete,
                rules.timetable_is_in_order,
                rules.law("announce", rules.ANNOUNCE),
            ),
            "tender-notice",
        ),
        Step("answer", _("答复提问"), ("announced",), "announced", "buyer:enquiry:answer"),
        Step("clarify", _("澄清修改"), ("announced",), "announced", _DRAFT, (), "amendment-notice"),
        Step(
            "open-bids",
            pgettext_lazy("verb", "开标"),
            ("announced",),
            "opening",
            "buyer:bids:open",
            (rules.law("open-bids", {"deadline_has_passed": rules.deadline_has_passed}),),
            frozen=True,
        ),
        Step(
            "confirm-opening",
            _("确认开标记录"),
            ("opening",),
            "opened",
            "buyer:bids:open",
            (rules.every_bid_is_settled, rules.no_objection_is_open),
            "opening-record",
        ),
        Step(
            "terminate",
            _("终止采购"),
            ("initiated", "method_approved", "draft", "in_review", "reviewed", "announced", "opening", "opened"),
            "terminated",
            "buyer:project:terminate",
            notice="termination-notice",
        ),
    ],
)

_RUNNING = (
    "announced",
    "opening",
    "evaluating",
    "opening_prices",
    "report_drafted",
    "report_signed",
    "candidates_published",
    "awarded",
)

LOT = Lifecycle(
    "lot",
    model="sourcing.Lot",
    stages={
        "prepared": _("准备中"),
        "announced": _("公告中"),
        "opening": _("开标"),
        "evaluating": _("评标中"),
        "opening_prices": _("开启商务标"),
        "report_drafted": _("评标报告待签"),
        "report_signed": _("评标报告已签"),
        "candidates_published": _("候选人公示"),
        "awarded": _("已定标"),
        "notified": _("已发中标通知书"),
        "contract_signed": _("合同已签订"),
        "failed": _("流标"),
        "retendered": _("已重新招标"),
        "terminated": _("已终止"),
    },
    steps=[
        Step("divide", _("划分标段"), (BIRTH,), "prepared", _DRAFT),
        Step("announce", _("发布公告"), ("prepared",), "announced", "buyer:project:announce"),
        Step("open-bids", pgettext_lazy("verb", "开标"), ("announced",), "opening", "buyer:bids:open"),
        Step(
            "announce-draw",
            _("抽取专家"),
            ("opening",),
            "opening",
            "buyer:panel:draw",
            (rules.opening_is_confirmed, rules.panel_is_not_being_drawn),
            frozen=True,
        ),
        Step(
            "announce-factor",
            _("抽取随机系数"),
            ("opening",),
            "opening",
            "buyer:panel:draw",
            (rules.opening_is_confirmed, rules.factor_is_not_being_drawn),
            frozen=True,
        ),
        # taken by the draw itself, with the last number that becomes known
        Step("draw-panel", _("组成评标委员会"), ("opening",), "evaluating", "clock:tick:act", frozen=True),
        Step(
            "open-prices",
            _("开启商务标"),
            ("evaluating",),
            "opening_prices",
            "buyer:bids:open",
            (rules.has_two_envelopes, rules.prices_are_shut, rules.panel_has_locked),
            frozen=True,
        ),
        Step(
            "confirm-prices",
            _("确认商务标开标记录"),
            ("opening_prices",),
            "evaluating",
            "buyer:bids:open",
            (rules.every_price_is_settled,),
            "price-opening-record",
            frozen=True,
        ),
        Step("rank", _("汇总排序"), ("evaluating",), "report_drafted", "expert:score:submit", frozen=True),
        Step(
            "reopen-scoring",
            _("退回评审"),
            ("evaluating", "report_drafted"),  # before the report, too: locked inputs that the scheme cannot rank
            "evaluating",
            "expert:score:submit",
            frozen=True,
        ),
        Step(
            "close-report",
            _("评标报告签署完成"),
            ("report_drafted",),
            "report_signed",
            "expert:report:sign",
            frozen=True,
        ),
        Step(
            "publish-candidates",
            _("公示候选人"),
            ("report_signed",),
            "candidates_published",
            "buyer:candidates:publish",
            (rules.report_is_closed,),
            notice="candidate-notice",
            frozen=True,
        ),
        Step(
            "award",
            _("定标"),
            ("candidates_published",),
            "awarded",
            "buyer:award:decide",
            (rules.law("award", {"publicity": rules.publicity}),),
            frozen=True,
        ),
        Step(
            "notify",
            _("发出中标通知书"),
            ("awarded",),
            "notified",
            "buyer:award:notify",
            notice="award-notice",
            frozen=True,
        ),
        Step(
            "close-contract",
            _("合同签订完成"),
            ("notified",),
            "contract_signed",
            "buyer:contract:sign",
            notice="contract-notice",
            frozen=True,
        ),
        Step("fail", _("宣布流标"), _RUNNING, "failed", "buyer:bids:open", notice="failure-notice", frozen=True),
        Step("retender", _("重新招标"), ("failed",), "retendered", "buyer:plan:write"),
        Step("terminate", _("终止"), ("prepared", *_RUNNING), "terminated", "buyer:project:terminate"),
    ],
)
