"""投标人参与解密: in mode D the bidder releases S_B of every part, within the window (rule d: who does not, 撤销)."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import BidderKey
from sunshine.flows._possession import bid_for, secret_of
from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.policy import ALONE
from sunshine_proof.remedy import check_bidder_share


@act
def release_bidder_share(
    statement: Mapping[str, Any], sig: str, given: Mapping[str, Any], *, by: Actor, at: datetime
) -> str:
    """Keep S_B of the parts named; ``given`` is {part: {"S_B": hex}}. Returns the lot (public id).

    Each is checked against the lid's bshare_commit; a repeated release changes nothing. Raises Refused: remedy-…,
    window-over, bidder-share-not-asked.
    """
    bid, parts = bid_for(statement, sig, "release-share", at=at)
    policy = bid.lot.seal_policy
    if policy.content["bidder_share"] != "required":
        if policy.content["bidder_share"] == ALONE:
            raise Refused("bidder-share-not-asked", _("本项目由投标人自己开启：请提交整份密钥，而不是份额。"))
        raise Refused("bidder-share-not-asked", _("本项目由开标密钥持有人共同开启，不需要投标人参与解密。"))
    pid, lid_parts = bytes.fromhex(policy.pid), {part["part"]: part for part in bid.lid["parts"]}
    for name in parts:
        bshare = secret_of(given, name, "S_B", partial(check_bidder_share, pid, lid_parts[name]))
        values = {"bshare": bshare, "statement": dict(statement), "signature": sig, "given_at": at}
        BidderKey.objects.get_or_create(bid=bid, part=name, defaults=values)
    facts = {"lid": bid.lid_id, "statement": dict(statement), "sig": sig}
    note("bid", "release-bidder-share", bid.public_id, by=by, at=at, facts=facts)
    return str(bid.lot.public_id)
