"""Acts that need no login: whoever holds the box key of a bid may help it open, inside the decrypt window.

The platform learns from them nothing that it did not know: the statement names a lid and is signed by its box key.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.envelopes import asked_of, window_end
from sunshine.domain.bidding.lifecycle import WAITING
from sunshine.domain.bidding.models import SealedBid
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.errors import ProofError
from sunshine_proof.remedy import RemedyError, check_remedy

ARTICLE = "电子招标投标办法 第三十一条"
BIDDER = Actor(name="bidder-by-key")


def bid_for(statement: Mapping[str, Any], sig: str, act: str, *, at: datetime) -> tuple[SealedBid, list[str]]:
    """The locked bid of a signed remedy, and the parts it speaks of. Raises Refused: remedy-…, window-over, …"""
    lid = statement.get("lid")
    rows = SealedBid.objects.select_for_update(of=("self",)).select_related("lot__project", "lot__seal_policy")
    # a NUL in a text would stop the database
    known = isinstance(lid, str) and len(lid) == 64 and lid.isalnum()
    bid = rows.filter(lid_id=lid, is_effective=True).first() if known else None
    if bid is None:
        raise Refused("remedy-unknown", _("没有正在开启的这份投标；撤回的和被替换的投标不会开启。"))
    try:
        parts = check_remedy(statement, sig, bid.lid, act)
    except RemedyError as error:
        if error.code == "remedy-signature":
            text = _("签名不是这份投标的投标箱密钥所作，没有接收任何内容。")
            raise Refused(error.code, text) from error
        raise Refused("remedy-malformed", _("声明的格式或内容不正确，没有接收任何内容。")) from error
    end = window_end(bid.lot)
    if bid.stage not in WAITING or end is None:
        raise Refused("remedy-not-wanted", _("这份投标已经开启或处理完毕，不再需要。"))
    if not set(parts) <= set(asked_of(bid)):
        text = _("商务标还没有开启，请不要交出它的密钥；没有接收任何内容。")
        raise Refused("part-not-open", text, "电子招标投标办法 第二十六条")
    if at >= end:
        raise Refused("window-over", _("解密时限已过，不能再补救。"), ARTICLE)
    return bid, parts


def secret_of(given: Mapping[str, Any], part: str, name: str, check: Callable[[bytes], None]) -> str:
    """The 32 bytes (hex) called ``name`` of a part, checked against the lid. Raises Refused("remedy-…")."""
    entry = given.get(part)
    value = entry.get(name) if isinstance(entry, Mapping) else None
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) and len(value) == 64 else b""
        check(raw)
    except (ProofError, ValueError) as error:
        text = _("“%(part)s”分册的密钥不是这份投标递交时所承诺的，没有采用。") % {"part": part}
        raise Refused(getattr(error, "code", "remedy-malformed"), text) from error
    return raw.hex()
