"""What a bidder's browser does at the opening: release its own share, rescue its bid, bring a lost body again."""

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from sunshine.flows._possession import BIDDER
from sunshine.flows.release_bidder_share import release_bidder_share
from sunshine.flows.rescue_bid import rescue_bid
from sunshine.flows.restore_body import begin_restoring, restore_body
from sunshine.foundation import clock
from sunshine.foundation.files import spool
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof.remedy import sign_remedy


def signed(bid: Mapping[str, Any], act: str, parts: list[str] | None = None) -> tuple[dict[str, Any], str]:
    """(statement, signature) by the box key of ``bid``, as ``play.bid`` returned it."""
    names = parts or [part["part"] for part in bid["lid"]["parts"]]
    now = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return sign_remedy(bid["lid"], act, names, now, bid["box_secret"])


def give_share(bid: Mapping[str, Any], parts: list[str] | None = None) -> str:
    """Release S_B of every part, or of these (mode D)."""
    given = {row["part"]: {"S_B": row["S_B"]} for row in bid["rescue"] if parts is None or row["part"] in parts}
    return str(release_bidder_share(*signed(bid, "release-share", parts), given, by=BIDDER))


def rescue(bid: Mapping[str, Any], parts: list[str] | None = None) -> str:
    """Present S (and S_B) of every part, or of these."""
    rows = [row for row in bid["rescue"] if parts is None or row["part"] in parts]
    given = {row["part"]: {"S": row["S"], "S_B": row["S_B"]} for row in rows}
    return str(rescue_bid(*signed(bid, "rescue", parts), given, by=BIDDER))


def open_own(player: Player, lot: str, parts: list[str] | None = None) -> int:
    """Mode B: a supplier opens its bid in a lot with S of every part, or of these, from what its keyring keeps; 1, or 0
    without a bid there that waits for it."""
    kept = next((one for one in player.bids if one["lot"] == lot and one["lids"][-1]["kind"] == "bid"), None)
    if kept is None:
        return 0
    secrets = [row for row in kept["rescue"] if row["lid"] == kept["lids"][-1]["id"]]
    lid = {"id": kept["lids"][-1]["id"], "policy": kept["policy"], "parts": secrets}
    try:
        rescue({"lid": lid, "rescue": secrets, "box_secret": bytes.fromhex(kept["box_secret"])}, parts)
    except Refused as refused:
        if refused.code != "remedy-not-wanted":  # rejected in the technical review: its price stays shut
            raise
        return 0
    return 1


def restore(bid: Mapping[str, Any], part: str, body: Path) -> str:
    """Bring the body of one part again."""
    upload = begin_restoring(*signed(bid, "restore-body", [part]), by=BIDDER)
    with body.open("rb") as stream:
        spool.append(upload, 0, stream, 1 << 40)
    return str(restore_body(*signed(bid, "restore-body", [part]), upload, by=BIDDER))
