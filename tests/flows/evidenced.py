"""A tender played to its award under three witnesses, and its public evidence at every stage; a platform that lies."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.publishing.queries.evidence import evidence
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.flows.open_prices import confirm_prices, open_prices
from sunshine.flows.submit_bid import withdraw
from sunshine.flows.watch_log import add_witness
from sunshine.foundation import clock
from sunshine.foundation.tlog import queries, sequencer, witnesses
from sunshine.foundation.tlog.models import Witness
from sunshine.foundation.vault import logkey
from sunshine.interfaces.rehearsal import play, remedies, stage
from sunshine_proof.canonical import b64, jcs
from sunshine_proof.checkpoint import COSIGNATURE, Checkpoint, checkpoint_text, encode_vkey
from sunshine_proof.cosignature import cosign, merge
from sunshine_proof.entry import entry_of
from sunshine_proof.evidence.bundle import write_bundle
from sunshine_proof.lid import build_lid, build_withdrawal, new_box_secret
from sunshine_proof.tree import consistency_path, inclusion_path, leaf_hash, root_of
from sunshine_proof.witnessclient import Outcome

OFFICES = ("纪检监察室", "采购行业协会", "审计部")
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 4)]
NAMES = [f"witness{n}.example.org" for n in range(1, 4)]
VKEYS = [
    encode_vkey(name, key.public_key().public_bytes_raw(), COSIGNATURE) for name, key in zip(NAMES, KEYS, strict=True)
]


def lines(text: str, at: int) -> list[str]:
    """What the three witnesses sign under a checkpoint's text."""
    return [cosign(text, name, key, at) for name, key in zip(NAMES, KEYS, strict=True)]


def ticked() -> None:
    """One batch of the log, cosigned by all three."""
    sequencer.tick()
    head = queries.newest()
    assert head is not None
    at = int(clock.now().timestamp())
    text = head.note.partition("\n\n")[0] + "\n"
    for row, line in zip(Witness.objects.order_by("added_at", "pk"), lines(text, at), strict=True):
        witnesses.keep(row, head, Outcome("cosigned", "", line=line, time=at))


def registered(cast: play.Cast) -> None:
    for vkey, office in zip(VKEYS, OFFICES, strict=True):
        add_witness(by=cast["verifier"].actor(), vkey=vkey, url="http://127.0.0.1:9/", office=office)


def played_through(cast: play.Cast) -> dict[str, bytes]:
    """{"announced", "opened", "candidates", "awarded"}: the evidence after each; three bids, one of them
    replaced, and a fourth withdrawn; a second lot that fails for lack of bidders."""
    registered(cast)
    played = play.announced(play.a_project(cast, lots=2))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        made = play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1000_00)
    again = {"box_secret": made["box_secret"], "previous": made["lid"]}
    play.bid(played, lot, cast.suppliers[-1], total_fen=880_000_00, **again)
    play.house(cast, "supplier4", "supplier", "云岭第四泵业有限公司（虚构）", "赵四", "supplier4", "s4.example")
    _withdrawn(played, lot, cast["supplier4"])
    play.bid(played, played.lots[1], cast.suppliers[0])
    found = {"announced": _now(played)}
    stage.opened(played)
    found["opened"] = _now(played)
    stage.evaluated(played, lot)
    stage.candidates(played, lot)
    found["candidates"] = _now(played)
    stage.awarded(played, lot)
    found["awarded"] = _now(played)
    found["receipt"] = jcs(made["receipt"])
    return found


def played_alone(cast: play.Cast) -> dict[str, bytes]:
    """{"announced", "waiting", "opened", "awarded"} of a tender whose bidders alone open: three come, a fourth does not."""
    registered(cast)
    played = play.announced(play.a_project(cast, sealing="B", title="由投标人自己开启的水泵采购"))
    lot, comers = played.lots[0], cast.suppliers
    for n, supplier in enumerate(comers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1000_00)
    play.house(cast, "supplier4", "supplier", "云岭第四泵业有限公司（虚构）", "赵四", "supplier4", "s4.example")
    play.bid(played, lot, cast["supplier4"])
    found = {"announced": _now(played)}
    assert played.bids_due_at is not None
    play.until(played.bids_due_at + timedelta(seconds=1))
    officer = cast["officer"].actor()
    open_bids(played.project, by=officer)
    for supplier in comers:
        remedies.open_own(supplier, lot)
    decrypt_ready(lot)
    found["waiting"] = _now(played)
    play.until(clock.now() + timedelta(hours=2, seconds=1))
    assert settle_window(played.project) == 1
    confirm_opening(played.project, by=officer)
    found["opened"] = _now(played)
    stage.evaluated(played, lot)
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    return found | {"awarded": _now(played)}


def played_with_two_envelopes(cast: play.Cast) -> dict[str, bytes]:
    """{"between", "opening", "opened", "awarded"}: four bids in two envelopes; one tells its price in the first and is rejected."""
    registered(cast)
    played = play.announced(play.a_project(cast, envelopes="two"))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1000_00)
    play.house(cast, "supplier4", "supplier", "云岭第四泵业有限公司（虚构）", "赵四", "supplier4", "s4.example")
    play.bid(played, lot, cast["supplier4"], total_fen=800_000_00, price_early=True)
    ticked()  # the bids stand in the log before the list does
    stage.opened(played)
    found = {"between": _now(played)}
    members = stage.panel(played, lot)
    stage.scored(played, lot, members, reject=early_prices(lot))
    open_prices(lot, by=cast["officer"].actor())
    stage.release_all(played, lot, later=True)
    found["opening"] = _now(played)
    confirm_prices(lot, by=cast["officer"].actor())
    found["opened"] = _now(played)
    stage.priced(played, lot, members)
    stage.reported(played, lot, members)
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    return found | {"awarded": _now(played)}


def _now(played: play.Played) -> bytes:
    """The file as it is given out now, everything logged and cosigned."""
    ticked()
    data = evidence(played.project, clock.now())
    assert data is not None
    return data


def early_prices(lot: str) -> set[str]:
    """The bids whose summary told a price."""
    rows = OpenedBid.objects.filter(lot__public_id=lot, remarks__contains=["price-in-first-envelope"])
    return set(rows.values_list("public_id", flat=True))


def _withdrawn(played: play.Played, lot: str, supplier: play.Player) -> None:
    made = play.bid(played, lot, supplier)
    said = build_withdrawal(played.policies[lot], 2, made["lid"]["id"], made["box_secret"])
    withdraw(said, token=made["token"], arrived_at=clock.now())


def forged(data: bytes, lie: Callable[[dict[str, Any]], None]) -> bytes:
    """The file as a lying platform would sign it: changed, with its own log key."""
    body = json.loads(data)
    lie(body)
    return write_bundle({key: value for key, value in body.items() if key not in ("v", "sig")}, logkey.sign)


def relogged(data: bytes, lie: Callable[[dict[str, Any]], None]) -> bytes:
    """The file of a platform that lied from the first day, witnesses included: its log holds the lie.

    The draw is left out of the story: its seed hangs on a checkpoint, and no forger makes that one again.
    """

    def rewrite(body: dict[str, Any]) -> None:
        events = [event for event in map(json.loads, payloads_of(body)) if not _of_a_draw(event)]
        for lot in body["lots"]:
            lot["draws"] = []
        told = {"body": body, "events": events}
        lie(told)
        payloads = [jcs(event) for event in told["events"]]
        salts = [f"{n:064x}" for n in range(len(payloads))]
        hashes = [leaf_hash(entry_of(p, bytes.fromhex(s))) for p, s in zip(payloads, salts, strict=True)]
        body["events"] = [
            {"payload": p.decode(), "salt": s, "index": n, "path": [b64(node) for node in inclusion_path(hashes, n)]}
            for n, (p, s) in enumerate(zip(payloads, salts, strict=True))
        ]
        body["head"] = _signed(hashes, int(clock_of(body["issued_at"])))
        for lot in body["lots"]:
            tags = [(event["tag"], event["subject"]) for event in told["events"]]
            due, issued = clock_of(lot["policy"]["open_not_before"]), clock_of(body["issued_at"])
            if lot["closing"] is not None:
                lot["closing"] = _closed(hashes, tags.index(("lot:open-bids", f"lot/{lot['id']}")) + 1, due)
            if "price_closing" in lot:
                at = issued if ("lot:open-prices", f"lot/{lot['id']}") in tags else due
                size = tags.index(("lot:open-prices", f"lot/{lot['id']}")) + 1 if at == issued else len(hashes)
                lot["price_closing"] = _closed(hashes, size, at)

    return forged(data, rewrite)


def resealed(told: dict[str, Any], lot: dict[str, Any], **changes: Any) -> None:
    """A bidder in league hands in another lid for its lone one: its parts changed, signed by a box key of its own, and
    acknowledged, logged and listed as if nothing were wrong with it."""
    keys = [lid["box_key"] for lid in lot["lids"]]
    old = next(lid for lid in lot["lids"] if keys.count(lid["box_key"]) == 1)
    new = build_lid(lot["policy"], [{**part, **changes} for part in old["parts"]], 1, "", new_box_secret())
    lot["lids"] = sorted([*(lid for lid in lot["lids"] if lid is not old), new], key=lambda lid: lid["box_key"])
    for entry in lot["opened"]:
        entry["lid"] = new["id"] if entry["lid"] == old["id"] else entry["lid"]
    lot["opened"].sort(key=lambda entry: str(entry["lid"]))
    for facts in (event["facts"] for event in told["events"]):
        if facts.get("lid") == old["id"]:
            facts["lid"] = new["id"]
            if receipt := facts.get("receipt"):
                facts["receipt"] = logkey.sign_receipt({"lid": new["id"], "received_at": receipt["received_at"]})
        if old["id"] in facts.get("effective_lids", ()):
            facts["effective_lids"] = sorted({*facts["effective_lids"], new["id"]} - {old["id"]})


def _closed(hashes: list[bytes], size: int, at: float) -> dict[str, Any]:
    return {
        "note": _signed(hashes[:size], int(at)),
        "path": [b64(node) for node in consistency_path(hashes, size)],
    }


def _of_a_draw(event: dict[str, Any]) -> bool:
    return event["subject"].startswith("draw/") or event["tag"] in ("lot:announce-draw", "lot:draw-panel")


def payloads_of(body: dict[str, Any]) -> list[str]:
    return [one["payload"] for one in body["events"]]


def clock_of(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def _signed(hashes: list[bytes], at: int) -> str:
    origin = logkey.log_vkey().partition("+")[0]
    text = checkpoint_text(Checkpoint(origin, len(hashes), root_of(hashes)))
    return merge(logkey.sign_note(text), lines(text, at))
