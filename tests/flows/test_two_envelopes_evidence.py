"""The public evidence of a tender with two envelopes: it holds at every stage, and a platform that lies is found out."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from sunshine.foundation.vault import logkey
from sunshine_proof.canonical import jcs
from sunshine_proof.evidence.checks import check_evidence
from sunshine_proof.ranking import rank
from tests.flows import evidenced
from tests.flows.evidenced import forged, relogged

pytestmark = [pytest.mark.whole, pytest.mark.django_db(transaction=True)]
_KEPT: dict[str, bytes] = {}
Told = dict[str, Any]


@pytest.fixture
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """The files of one played tender; played once, for nothing here changes them."""
    if not _KEPT:
        _KEPT.update(evidenced.played_with_two_envelopes(request.getfixturevalue("real_cast")))
    return _KEPT


def failing(data: bytes) -> list[str]:
    """The codes of the checks that do not hold."""
    return [one.code for one in check_evidence(data, log_vkey=logkey.log_vkey()).findings if not one.holds]


@pytest.mark.parametrize("stage", ["between", "opening", "opened", "awarded"])
def test_the_evidence_of_two_envelopes_holds_at_every_stage(files: dict[str, bytes], stage: str) -> None:
    verdict = check_evidence(files[stage])
    assert verdict.holds, [one for one in verdict.findings if not one.holds]
    said = {one.check: one.said for one in verdict.findings}
    assert ("没有任何商务标被开启" in said["prices"][0]) == (stage == "between")
    assert "1 份在第一个信封里写了报价" in said["opening"][0]
    assert ("ranking" in said) == (stage == "awarded")


def test_between_the_openings_the_file_tells_no_price_and_the_rejected_one_is_never_told(
    files: dict[str, bytes],
) -> None:
    between, later = files["between"].decode(), files["awarded"].decode()
    assert not any(price in files["opening"].decode() for price in ("90000000", "80000000"))  # until it is confirmed
    for price in ("90000000", "90100000", "90200000"):
        assert price not in between and price in later
    assert "80000000" not in later
    body = json.loads(later)["lots"][0]
    assert len(body["lids"]) == 4 and len(body["opened"]) == 3  # the summary with a price in it stays with the panel


def _lot(told: Told) -> dict[str, Any]:
    lot: dict[str, Any] = told["body"]["lots"][0]
    return lot


def _events(told: Told, tag: str) -> list[dict[str, Any]]:
    return [event for event in told["events"] if event["tag"] == tag]


def _rejected(told: Told) -> str:
    """The lid that the panel rejected before the prices."""
    rows = _lot(told)["report"]["technical"]["bids"]
    return next(str(row["lid"]) for row in rows if row["rejected"] is not None)


def _no_second_list(told: Told) -> None:
    """Prices are opened, and no list was ever logged."""
    told["events"] = [event for event in told["events"] if event["tag"] != "lot:open-prices"]
    del _lot(told)["price_closing"]


def _everything_at_once(told: Told) -> None:
    """The buyer's dream: the first list claims all parts."""
    _events(told, "lot:open-bids")[0]["facts"]["parts"] = ["summary", "tech", "price"]


def _without_parts(told: Told) -> None:
    del _events(told, "lot:open-bids")[0]["facts"]["parts"]


def _stranger_on_the_list(told: Told) -> None:
    lids = _events(told, "lot:open-prices")[0]["facts"]["effective_lids"]
    lids.append("f" * 64)


def _rejected_on_the_list(told: Told) -> None:
    lids = _events(told, "lot:open-prices")[0]["facts"]["effective_lids"]
    lids.append(_rejected(told))
    lids.sort()


def _rejected_price_opened(told: Told) -> None:
    opened = _events(told, "bid:decrypt-price")[0]
    told["events"].append({**opened, "facts": {**opened["facts"], "lid": _rejected(told)}})


def _shares_before_the_list(told: Told) -> None:
    """Trustees gave price shares with those of the first envelope."""
    release = _events(told, "lot:release-share")[0]
    release["facts"]["entries"].append({**release["facts"]["entries"][0], "part": "price"})


def _share_of_a_rejected_price(told: Told) -> None:
    release = _events(told, "lot:release-share")[-1]
    release["facts"]["entries"].append({**release["facts"]["entries"][0], "lid": _rejected(told)})


def _list_before_the_first(told: Told) -> None:
    _events(told, "lot:open-prices")[0]["at"] = "2026-03-02T01:29:59.000000+00:00"


def _price_not_waited_for(told: Told) -> None:
    gone = _events(told, "bid:decrypt-price")[0]
    told["events"].remove(gone)


def _reported(told: Told, change: Callable[[dict[str, Any]], None]) -> None:
    """Another report, ranked by its own inputs, with its digest in the log from the start."""
    report = _lot(told)["report"]
    change(report)
    report["result"] = rank(report["scheme"], report["inputs"])
    _events(told, "lot:publish-candidates")[0]["facts"]["report"] = hashlib.sha256(jcs(report)).hexdigest()


def _valid(report: dict[str, Any]) -> dict[str, Any]:
    return next(bid for bid in report["inputs"]["bids"] if bid["rejected"] is None)


def _scores_changed_after_the_prices(told: Told) -> None:
    def better(report: dict[str, Any]) -> None:
        scores = _valid(report)["scores"]["plan"]
        scores[next(iter(scores))] = "1"

    _reported(told, better)


def _technical_rewritten(told: Told) -> None:
    """The technical result is rewritten with the scores, after its digest was logged."""

    def better(report: dict[str, Any]) -> None:
        bid = _valid(report)
        row = next(row for row in report["technical"]["bids"] if row["id"] == bid["id"])
        for scores in (bid["scores"]["plan"], row["scores"]["plan"]):
            scores[next(iter(scores))] = "1"

    _reported(told, better)


def _rejected_comes_back(told: Told) -> None:
    def back(report: dict[str, Any]) -> None:
        bid = next(bid for bid in report["inputs"]["bids"] if bid["rejected"] is not None)
        bid |= {"rejected": None, "price": "None", "scores": _valid(report)["scores"]}
        bid["price"] = "1"

    _reported(told, back)


def _other_price(told: Told) -> None:
    _reported(told, lambda report: _valid(report).update(price="1"))


LIES = [
    (_no_second_list, "price-early"),
    (_everything_at_once, "envelope-parts"),
    (_without_parts, "envelope-parts"),
    (_stranger_on_the_list, "price-list"),
    (_rejected_on_the_list, "opened-missing"),
    (_rejected_price_opened, "price-unlisted"),
    (_shares_before_the_list, "price-early"),
    (_share_of_a_rejected_price, "price-unlisted"),
    (_list_before_the_first, "price-early"),
    (_price_not_waited_for, "opened-missing"),
    (_scores_changed_after_the_prices, "technical-changed"),
    (_technical_rewritten, "technical-changed"),
    (_rejected_comes_back, "price-differs"),
    (_other_price, "price-differs"),
]


@pytest.mark.parametrize(("lie", "code"), LIES, ids=[lie.__name__ for lie, _ in LIES])
def test_a_platform_that_lied_about_its_envelopes_is_found_out(
    files: dict[str, bytes], lie: Callable[[Told], None], code: str
) -> None:
    assert failing(relogged(files["awarded"], lambda told: None)) == []  # the forger's log is as good as ours
    assert failing(relogged(files["awarded"], lie)) == [code]


def test_a_second_list_without_its_checkpoint_is_refused(files: dict[str, bytes]) -> None:
    def without(body: dict[str, Any]) -> None:
        del body["lots"][0]["price_closing"]

    assert failing(forged(files["opened"], without)) == ["closing-missing"]
