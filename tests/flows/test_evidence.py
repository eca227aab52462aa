"""The public evidence of a real tender: all of it holds, nothing of it can be changed, and a platform that lies is found out."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from sunshine.foundation.vault import logkey
from sunshine_proof.canonical import b64, jcs
from sunshine_proof.evidence.checks import check_evidence
from sunshine_proof.ranking import rank
from tests.flows import evidenced
from tests.flows.evidenced import forged, relogged, resealed

pytestmark = [pytest.mark.whole, pytest.mark.django_db(transaction=True)]
STAGES = ("announced", "opened", "candidates", "awarded")
_KEPT: dict[str, bytes] = {}


@pytest.fixture
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """The files of one played tender; played once, for nothing here changes them."""
    if not _KEPT:
        _KEPT.update(evidenced.played_through(request.getfixturevalue("real_cast")))
    return _KEPT


def failing(data: bytes, **given: Any) -> list[str]:
    """The codes of the checks that do not hold."""
    verdict = check_evidence(data, log_vkey=logkey.log_vkey(), **given)
    assert verdict.holds != any(not one.holds for one in verdict.findings)
    return [one.code for one in verdict.findings if not one.holds]


@pytest.mark.parametrize("stage", STAGES)
def test_the_evidence_of_every_stage_holds(files: dict[str, bytes], stage: str) -> None:
    verdict = check_evidence(files[stage])
    assert verdict.holds, [one for one in verdict.findings if not one.holds]
    checks = {one.check for one in verdict.findings}
    assert {"file", "log", "witnesses", "rules", "scheme", "box"} <= checks
    judged = stage in ("candidates", "awarded")
    assert ("opening" in checks, "draw" in checks, "award" in checks) == (stage != "announced", judged, judged)
    assert verdict.rehearsal and any("REHEARSAL" in en for _, en in verdict.warnings)


def test_before_the_opening_the_file_tells_of_no_bid(files: dict[str, bytes]) -> None:
    body = json.loads(files["announced"])
    assert all(not lot["lids"] and not lot["opened"] and lot["closing"] is None for lot in body["lots"])
    assert not any("bid" in json.loads(event["payload"])["tag"] for event in body["events"])


def test_the_box_of_a_lot_that_failed_unopened_stays_shut(files: dict[str, bytes]) -> None:
    body = json.loads(files["awarded"])
    failed = next(lot for lot in body["lots"] if lot["closing"] is None)
    assert (failed["lids"], failed["opened"], failed["report"]) == ([], [], None)


def test_one_thousand_mutations_are_one_thousand_refusals(files: dict[str, bytes]) -> None:
    dice, data = random.Random(20260923), files["awarded"]
    for n in range(1000):
        changed = _byte_changed(data, dice) if n % 2 else _structure_changed(data, dice)
        codes = failing(changed)
        assert codes and all(codes), n


def _byte_changed(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    kind = dice.randrange(3)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
    return data[:at] + data[at + 1 :] if kind == 1 else data[:at] + bytes([dice.randrange(256)]) + data[at:]


def _structure_changed(data: bytes, dice: random.Random) -> bytes:
    """Another JSON value than the file's, in canonical form."""
    body = json.loads(data)
    while jcs(body) == data:
        _change_somewhere(body, dice)
    return jcs(body)


def _change_somewhere(body: Any, dice: random.Random) -> None:
    """Walk to a random place; there drop, double, move or alter something."""
    place = body
    while True:
        key = dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if isinstance(place[key], dict | list) and place[key] and dice.random() < 0.8:
            place = place[key]
            continue
        return _change(place, key, dice)


def _change(place: Any, key: Any, dice: random.Random) -> None:
    kind = dice.randrange(4)
    if kind == 0:
        del place[key]
    elif kind == 1 and isinstance(place, dict):
        place[f"{key}x"] = place[key]
    elif kind == 1:
        place.insert(key, place[key])
    elif kind == 2 and isinstance(place, list):
        dice.shuffle(place)
    else:
        place[key] = _other(place[key], dice)


def _other(value: Any, dice: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int):
        return value + dice.choice((-1, 1))
    if isinstance(value, str) and value:
        at = dice.randrange(len(value))
        return value[:at] + dice.choice("0aZ~，") + value[at + 1 :]
    return "x"


def test_what_is_bound_cannot_be_changed_even_by_the_platform(files: dict[str, bytes]) -> None:
    """The platform may sign again whatever it likes; what stands in the log it cannot take back."""
    dice, data, refused = random.Random(7), files["awarded"], 0
    for _ in range(300):

        def lie(body: dict[str, Any]) -> None:
            opened = next(lot for lot in body["lots"] if lot["report"])
            places = [
                *[opened[key] for key in ("policy", "lids", "opened", "draws", "report", "scheme")],
                *body["events"],
            ]
            before = jcs(body)
            while jcs(body) == before:
                _change_somewhere(dice.choice(places), dice)

        refused += bool(failing(forged(data, lie)))
    assert refused == 300


def _opened(body: dict[str, Any]) -> dict[str, Any]:
    return next(lot for lot in body["lots"] if lot["closing"] is not None)


def _event(told: dict[str, Any], tag: str) -> dict[str, Any]:
    return next(event for event in told["events"] if event["tag"] == tag)


def _drop_a_bid(told: dict[str, Any]) -> None:
    """A bid is made to vanish from list, box and log, with all that came before it in its box."""
    lot = _opened(told["body"])
    gone = lot["opened"].pop()["lid"]
    box = next(lid["box_key"] for lid in lot["lids"] if lid["id"] == gone)
    chain = [lid["id"] for lid in lot["lids"] if lid["box_key"] == box]
    lot["lids"] = [lid for lid in lot["lids"] if lid["box_key"] != box]
    told["events"] = [event for event in told["events"] if event["facts"].get("lid") not in chain]
    _event(told, "lot:open-bids")["facts"]["effective_lids"].remove(gone)


def _list_shortened(told: dict[str, Any]) -> None:
    _event(told, "lot:open-bids")["facts"]["effective_lids"].pop()


def _came_late(told: dict[str, Any]) -> None:
    event = _event(told, "bid:submit-bid")
    lid = event["facts"]["lid"]
    event["facts"]["receipt"] = logkey.sign_receipt({"lid": lid, "received_at": "2026-03-23T01:30:00Z"})


def _opened_early(told: dict[str, Any]) -> None:
    _event(told, "lot:open-bids")["at"] = "2026-03-23T01:29:59.000000+00:00"


def _read_before_closing(told: dict[str, Any]) -> None:
    _event(told, "lot:release-share")["at"] = "2026-03-22T01:29:59.000000+00:00"


def _taken_in_after(told: dict[str, Any]) -> None:
    _event(told, "bid:submit-bid")["at"] = "2026-03-29T01:29:59.000000+00:00"


def _other_policy(told: dict[str, Any]) -> None:
    _opened(told["body"])["policy"]["k"] = 1


def _other_scheme(told: dict[str, Any]) -> None:
    _opened(told["body"])["scheme"]["rounding"]["decimals"] = 1


def _other_award(told: dict[str, Any]) -> None:
    second = _opened(told["body"])["report"]["result"]["bids"][1]
    _event(told, "lot:award")["facts"] |= {"bid": second["id"], "amount_fen": second["price"]}


def _other_candidates(told: dict[str, Any]) -> None:
    _event(told, "lot:publish-candidates")["facts"]["candidates"].reverse()


def _reported(told: dict[str, Any], change: Callable[[dict[str, Any]], None], recompute: bool) -> None:
    """Another report, with its digest in the log from the start."""
    import hashlib

    report = _opened(told["body"])["report"]
    change(report)
    if recompute:
        report["result"] = rank(report["scheme"], report["inputs"])
    _event(told, "lot:publish-candidates")["facts"]["report"] = hashlib.sha256(jcs(report)).hexdigest()


def _other_total(told: dict[str, Any]) -> None:
    _reported(told, lambda report: report["result"]["bids"][0].update(total="99.99"), recompute=False)


def _other_price(told: dict[str, Any]) -> None:
    _reported(told, lambda report: report["inputs"]["bids"][0].update(price="1"), recompute=True)


def _bid_left_out(told: dict[str, Any]) -> None:
    def without(report: dict[str, Any]) -> None:
        del report["bidders"][report["inputs"]["bids"].pop()["id"]]

    _reported(told, without, recompute=True)


def _early_word(told: dict[str, Any]) -> None:
    lots = told["body"]["lots"]
    shut = next(lot for lot in lots if lot["closing"] is None)
    shut["lids"] = [_opened(told["body"])["lids"][0]]


LIES = {
    "closing-list": _list_shortened,
    "opened-early": _opened_early,
    "released-early": _read_before_closing,
    "policy-changed": _other_policy,
    "scheme-changed": _other_scheme,
    "award-differs": _other_award,
    "candidates-differ": _other_candidates,
    "ranking-differs": _other_total,
    "price-differs": _other_price,
    "bids-differ": _bid_left_out,
    "told-early": _early_word,
}


@pytest.mark.parametrize("code", LIES)
def test_a_platform_that_lied_from_the_first_day_is_found_out(files: dict[str, bytes], code: str) -> None:
    assert failing(relogged(files["awarded"], lambda told: None)) == []  # the forger's log is as good as ours
    assert code in failing(relogged(files["awarded"], LIES[code]))


@pytest.mark.parametrize("lie", [_came_late, _taken_in_after])
def test_a_bid_that_came_late_is_found_out(files: dict[str, bytes], lie: Callable[[dict[str, Any]], None]) -> None:
    assert failing(relogged(files["awarded"], lie)) == ["bid-late"]


def test_a_vanished_bid_is_found_out_by_whoever_holds_its_receipt(files: dict[str, bytes]) -> None:
    body = json.loads(files["awarded"])
    gone = _opened(body)["opened"][-1]["lid"]
    event = next(e for e in (json.loads(one["payload"]) for one in body["events"]) if e["facts"].get("lid") == gone)
    receipt = event["facts"]["receipt"]
    without = relogged(files["opened"], _drop_a_bid)
    assert failing(without) == []  # nobody else can tell
    assert failing(without, receipts=[receipt]) == ["receipt-missing"]
    assert failing(files["opened"], receipts=[receipt]) == []


def test_a_receipt_for_a_replaced_bid_is_answered(files: dict[str, bytes]) -> None:
    receipt = json.loads(files["receipt"])
    verdict = check_evidence(files["awarded"], receipts=[receipt])
    assert verdict.holds and "已被替换或撤回" in verdict.findings[-1].said[0]
    forged_receipt = receipt | {"received_at": "2026-03-03T01:00:09Z"}
    assert failing(files["awarded"], receipts=[forged_receipt]) == ["receipt-signature"]


def test_a_lid_that_skips_the_trustees_is_no_sealed_bid(files: dict[str, bytes]) -> None:
    """k 0 and no shares, as seal-policy/2 has it, signed by its bidder: under a policy with trustees it counts as nothing."""

    other_key = relogged(files["awarded"], lambda told: resealed(told, _opened(told["body"])))
    assert failing(other_key) == ["statement-mismatch"]  # but for the shares only the statement inside tells
    empty: dict[str, Any] = {"k": 0, "commit": [], "share": []}
    lie = relogged(files["awarded"], lambda told: resealed(told, _opened(told["body"]), **empty))
    assert failing(lie)[0] == "wrong-shape"


def test_too_few_witnesses_are_named(files: dict[str, bytes]) -> None:
    def one_left(body: dict[str, Any]) -> None:
        text, _, signatures = body["head"].partition("\n\n")
        kept = [line for line in signatures.splitlines(True) if "witness2" not in line and "witness3" not in line]
        body["head"] = f"{text}\n\n{''.join(kept)}"

    assert failing(forged(files["awarded"], one_left)) == ["quorum"]


def test_a_signature_of_a_stranger_on_the_checkpoint_is_refused(files: dict[str, bytes]) -> None:
    def another(body: dict[str, Any]) -> None:
        body["head"] += f"— zz.example {b64(bytes(76))}\n"

    assert failing(forged(files["awarded"], another)) == ["evidence-note"]


def test_the_file_of_another_log_is_refused(files: dict[str, bytes]) -> None:
    other = "rehearsal.other.example+00ac712b+AelPO+8wRCdaf4uxENIkkm3igdoGBS9Ug76J6pjwXUkj"
    verdict = check_evidence(files["awarded"], log_vkey=other)
    assert [one.code for one in verdict.findings] == ["evidence-log"]


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"[]", b"null", b'{"v":"evidence/1"}', b"\xff" * 40, b"[" * 5000])
def test_rubbish_is_refused_and_never_crashes(rubbish: bytes) -> None:
    verdict = check_evidence(rubbish)
    assert not verdict.holds and verdict.findings[0].check == "file"


def _record(body: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = _opened(body)["draws"][0]["record"]
    return record


def _draw_hidden(body: dict[str, Any]) -> None:
    _opened(body)["draws"] = []


def _draw_twice(body: dict[str, Any]) -> None:
    again = json.loads(json.dumps(_opened(body)["draws"][0]))
    again["record"]["announcement"]["draw"] += "x"
    _opened(body)["draws"].append(again)


def _other_members(body: dict[str, Any]) -> None:
    result = _record(body)["result"]
    result["members"][0], result["alternates"][0] = result["alternates"][0], result["members"][0]


def _other_number(body: dict[str, Any]) -> None:
    _record(body)["reveals"][0]["r"] = "00" * 32


def _other_pool(body: dict[str, Any]) -> None:
    _record(body)["announcement"]["filters"][0][1] = "everybody"


DRAWS = {
    "draw-missing": _draw_hidden,
    "draw-unknown": _draw_twice,
    "draw-result": _other_members,
    "draw-reveal": _other_number,
}


@pytest.mark.parametrize("code", DRAWS)
def test_a_draw_that_was_hidden_repeated_or_bent_is_found_out(files: dict[str, bytes], code: str) -> None:
    assert failing(forged(files["awarded"], DRAWS[code])) == [code]


def test_another_pool_gives_another_draw(files: dict[str, bytes]) -> None:
    (code,) = failing(forged(files["awarded"], _other_pool))
    assert code in ("draw-result", "draw-changed")
