"""密文重传: the platform lost a body; the bidder brings the bytes of the logged hash again (rule e)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealedBid
from sunshine.flows._possession import bid_for
from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.files import spool, store
from sunshine.foundation.refusal import Refused


@act
def begin_restoring(statement: Mapping[str, Any], sig: str, *, by: Actor, at: datetime) -> str:
    """An upload for the one part named, whose body is not what the lid says any more. Raises Refused("body-is-there")."""
    bid, parts = bid_for(statement, sig, "restore-body", at=at)
    _lost(bid, parts)
    return spool.create()


def _lost(bid: SealedBid, parts: list[str]) -> None:
    """Only a body that was found lost when the bid was tried: nobody makes the platform hash gigabytes at will."""
    if len(parts) != 1:
        raise Refused("remedy-malformed", _("每次重传一个分册。"))
    if (bid.outcome.get("code"), bid.outcome.get("part")) != ("body-lost", parts[0]):
        raise Refused("body-is-there", _("平台保存的密文与封签一致，不需要重传。"))


@act
def restore_body(statement: Mapping[str, Any], sig: str, upload: str, *, by: Actor, at: datetime) -> str:
    """Put the uploaded bytes in the place of the lost ones, after proving size and hash of the lid. Returns the lot.

    Raises Refused: remedy-…, window-over, upload-….
    """
    bid, parts = bid_for(statement, sig, "restore-body", at=at)
    _lost(bid, parts)
    part = next(one for one in bid.lid["parts"] if one["part"] == parts[0])
    row = bid.parts.select_related("body").get(part=parts[0])
    # size first: nobody makes the platform hash what cannot be the body
    if spool.size(upload) != part["size"]:
        raise Refused("upload-hash", _("收到的内容与封签不符（校验值不同），请重新上传。"))
    damaged = store.drop_damaged(row.body)
    blob = spool.finish(upload, part["sha256"], part["size"])
    facts = {"lid": bid.lid_id, "part": parts[0], "sha256": blob.sha256, "was_lost": damaged, "sig": sig}
    note("bid", "restore-body", bid.public_id, by=by, at=at, facts=facts)
    return str(bid.lot.public_id)
