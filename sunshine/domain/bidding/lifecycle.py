"""The life of one sealed bid (one lid). A replacement is a new lid; only the effective one is ever opened."""

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step

WAITING = ("sealed", "price_opening")  # for an envelope to be opened

BID = Lifecycle(
    "bid",
    model="bidding.SealedBid",
    stages={
        "sealed": _("已密封递交"),
        "withdrawn": _("已撤回"),
        "opened": _("已解密"),
        "price_opening": _("商务标待解密"),
        "deemed_withdrawn": _("视为撤回"),
        "deemed_revoked": _("视为撤销"),
    },
    steps=[
        Step("submit-bid", _("递交投标"), (BIRTH,), "sealed", "supplier:bid:submit"),
        Step("withdraw-bid", _("撤回投标"), (BIRTH,), "withdrawn", "supplier:bid:submit"),
        Step("decrypt-bid", _("解密投标"), ("sealed",), "opened", "clock:tick:act"),
        # of two envelopes the first makes "opened"; the second is asked for with the list of the second opening
        Step("open-price", _("开启商务标"), ("opened",), "price_opening", "buyer:bids:open"),
        Step("decrypt-price", _("解密商务标"), ("price_opening",), "opened", "clock:tick:act"),
        Step("withdraw-undecrypted", _("视为撤回"), WAITING, "deemed_withdrawn", "clock:tick:act"),
        Step("revoke-undecrypted", _("视为撤销"), WAITING, "deemed_revoked", "clock:tick:act"),
    ],
)
