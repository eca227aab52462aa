"""Two envelopes in the public evidence: the browser's checks say what the Python ones say, of lies as of truth."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sunshine.foundation.vault import logkey
from sunshine.interfaces.rehearsal import play, stage
from sunshine_proof.evidence.checks import check_evidence
from tests.assets.evidence_lies import Liar
from tests.assets.evidence_play import PRICES, Told, file_of, logged, witness_at
from tests.assets.test_evidence import Case, Run, by_node, by_python
from tests.flows.evidenced import early_prices

pytestmark = pytest.mark.whole
SEED = 20270726
DRAWS = re.compile(r"^draw:|^lot:(announce-draw|draw-panel)$")
_told: list[Told] = []


@pytest.fixture
def told(real_cast: play.Cast, tmp_path: Path) -> Told:
    """Played once: three bids in two envelopes, one of them with its price in the first and therefore rejected."""
    if not _told:
        with witness_at(tmp_path, real_cast) as witness:
            told = Told(logkey._key(), witness)
            played = play.announced(play.a_project(real_cast, envelopes="two"))
            lot = played.lots[0]
            for key, fen in PRICES.items():
                play.bid(played, lot, real_cast[key], total_fen=fen, price_early=key == "supplier3")
            logged()
            stage.opened(played)
            told.files["between"] = file_of(played.project)
            members = stage.panel(played, lot)
            stage.scored(played, lot, members, reject=early_prices(lot))
            stage.prices_opened(played, lot)
            told.files["opened"] = file_of(played.project)
            stage.priced(played, lot, members)
            stage.reported(played, lot, members)
            stage.candidates(played, lot)
            stage.awarded(played, lot)
            told.files["awarded"] = file_of(played.project)
        _told.append(told)
    return _told[0]


def test_two_envelopes_are_judged_alike_in_both_languages(told: Told, node: Run, tmp_path: Path) -> None:
    cases: list[Case] = [(data, []) for data in told.files.values()]
    expected = [by_python(*case) for case in cases]
    assert all(one["holds"] for one in expected)
    assert "prices" in [finding[0] for finding in expected[-1]["findings"]]
    assert by_node(node, tmp_path, cases) == expected


@pytest.mark.parametrize(("way", "count"), [("signed", 80), ("logged", 160)])
def test_lies_about_envelopes_are_judged_alike_in_both_languages(
    told: Told, node: Run, tmp_path: Path, way: str, count: int
) -> None:
    lie: Callable[[bytes], bytes] = getattr(Liar(SEED, told.log, told.witness), way)
    states = ("between", "opened", "awarded", "awarded")
    cases: list[Case] = [(lie(told.files[states[n % 4]]), []) for n in range(count)]
    expected, found = [by_python(*case) for case in cases], by_node(node, tmp_path, cases)
    differing = [(p["findings"], j["findings"]) for p, j in zip(expected, found, strict=True) if p != j]
    assert differing == []


def _of_second_list(told: Told, facts: dict[str, Any], *, tag: str = "lot:open-prices") -> bytes:
    """The awarded file with other facts in one kind of event, its log written anew; no forger makes its draw again."""
    body = json.loads(told.files["awarded"])
    liar = Liar(SEED, told.log, told.witness)
    for event in body["events"]:
        event["payload"] = json.loads(event["payload"])
        if event["payload"]["tag"] == tag:
            event["payload"]["facts"] |= facts
    body["events"] = [one for one in body["events"] if not DRAWS.search(one["payload"]["tag"])]
    for lot in body["lots"]:
        lot["draws"] = []
    liar._relog(body)
    written = liar._written(body)
    assert written is not None
    return written


def test_each_kind_of_lie_about_the_second_opening_has_one_name_in_both_languages(
    told: Told, node: Run, tmp_path: Path
) -> None:
    lies: list[tuple[bytes, str]] = [
        (_of_second_list(told, {"parts": ["tech"]}), "envelope-parts"),
        (_of_second_list(told, {"effective_lids": ["f" * 64]}), "price-list"),
        (_of_second_list(told, {"effective_lids": ["b", "a"]}), "price-list"),
        (_of_second_list(told, {"technical": "0" * 64}), "technical-changed"),
        (_of_second_list(told, {"parts": ["summary", "tech", "price"]}, tag="lot:open-bids"), "envelope-parts"),
        (_of_second_list(told, {"lid": "f" * 64}, tag="bid:withhold-summary"), "opened-missing"),
        (_of_second_list(told, {"total_fen": "x"}, tag="bid:decrypt-price"), "form-money"),
        (_of_second_list(told, {"total_fen": "1"}, tag="bid:decrypt-price"), "price-differs"),
        (_of_second_list(told, {"entries": [{"lid": "a", "part": "price"}]}, tag="lot:release-share"), "price-early"),
    ]
    expected = [by_python(data) for data, _code in lies]
    codes = [[f[3] for f in one["findings"] if not f[2]] for one in expected]
    assert codes == [[code] for _data, code in lies]
    assert by_node(node, tmp_path, [(data, []) for data, _code in lies]) == expected
    assert check_evidence(told.files["awarded"]).holds
