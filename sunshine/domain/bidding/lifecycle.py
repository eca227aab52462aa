"""The life of one sealed bid (one lid). A replacement is a new lid; only the effective one is ever opened."""

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

BID = Lifecycle(
    "bid",
    model="bidding.SealedBid",
    stages={
        "sealed": _("已密封递交"),
        "withdrawn": _("已撤回"),
        "opened": _("已解密"),
        "deemed_withdrawn": _("视为撤回"),
        "deemed_revoked": _("视为撤销"),
    },
    steps=[
        Step("submit-bid", _("递交投标"), (BIRTH,), "sealed", "supplier:bid:submit"),
        Step("withdraw-bid", _("撤回投标"), (BIRTH,), "withdrawn", "supplier:bid:submit"),
        Step("decrypt-bid", _("解密投标"), ("sealed",), "opened", "clock:tick:act"),
        Step("withdraw-undecrypted", _("视为撤回"), ("sealed",), "deemed_withdrawn", "clock:tick:act"),
        Step("revoke-undecrypted", _("视为撤销"), ("sealed",), "deemed_revoked", "clock:tick:act"),
    ],
)
