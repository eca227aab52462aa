"""开启与自救: the bidder presents S of its own bid. Where it alone opens (mode B) that is the ordinary way; else it is a
rescue, when the trustees did not bring enough good shares (rules b, c)."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sunshine.domain.bidding.models import BidderKey
from sunshine.flows._possession import bid_for, secret_of
from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine_proof.policy import opens_alone
from sunshine_proof.remedy import check_bidder_share, check_rescue


@act
def rescue_bid(statement: Mapping[str, Any], sig: str, given: Mapping[str, Any], *, by: Actor, at: datetime) -> str:
    """Keep S (and, in mode D, S_B) of the parts named; ``given`` is {part: {"S": hex, "S_B": hex}}. Returns the lot.

    R(S) must be the lid's recipient. Whether the bidder dealt its shares by the rules shows when the part is opened:
    all commitments and share files are derived again from S_T, and a crooked dealing is its own fault (rule a).
    Raises Refused: remedy-…, window-over.
    """
    bid, parts = bid_for(statement, sig, "rescue", at=at)
    policy = bid.lot.seal_policy
    pid, lid_parts = bytes.fromhex(policy.pid), {part["part"]: part for part in bid.lid["parts"]}
    for name in parts:
        part = lid_parts[name]
        values: dict[str, Any] = {"secret": secret_of(given, name, "S", partial(check_rescue, part))}
        if policy.content["bidder_share"] == "required":
            values["bshare"] = secret_of(given, name, "S_B", partial(check_bidder_share, pid, part))
        values |= {"statement": dict(statement), "signature": sig, "given_at": at}
        BidderKey.objects.update_or_create(bid=bid, part=name, defaults=values)
    facts = {"lid": bid.lid_id, "statement": dict(statement), "sig": sig}
    verb = "open-own-bid" if opens_alone(policy.content) else "rescue-bid"
    note("bid", verb, bid.public_id, by=by, at=at, facts=facts)
    return str(bid.lot.public_id)
