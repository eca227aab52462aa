"""The lives of objections and contracts, told once."""

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

OBJECTION = Lifecycle(
    "objection",
    model="contracts.Objection",
    stages={"raised": _("已提出"), "answered": _("已答复"), "dropped": _("已撤回")},
    steps=[
        Step("object", _("提出异议"), (BIRTH,), "raised", "supplier:objection:raise"),
        Step("answer-objection", _("答复异议"), ("raised",), "answered", "buyer:objection:answer"),
        Step("drop-objection", _("撤回异议"), ("raised",), "dropped", "supplier:objection:raise"),
    ],
)

CONTRACT = Lifecycle(
    "contract",
    model="contracts.Contract",
    stages={"drafted": _("合同起草"), "half_signed": _("一方已签"), "signed": _("合同已签订")},
    steps=[
        Step("draft-contract", _("起草合同"), (BIRTH,), "drafted", "buyer:contract:draft"),
        Step("redraft-contract", _("修改合同"), ("drafted",), "drafted", "buyer:contract:draft"),
        Step("sign-contract", _("签订合同（采购人）"), ("drafted",), "half_signed", "buyer:contract:sign"),
        Step("countersign-contract", _("签订合同（中标人）"), ("half_signed",), "signed", "supplier:contract:sign"),
    ],
)
