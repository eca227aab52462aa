"""Two envelopes in the browser: no price is sealed into the first, and no share of a price leaves before its own list."""

import json
from pathlib import Path
from typing import Any

import pyrage
import pytest
from playwright.sync_api import Page, expect

from sunshine_proof.bidform import check_price, check_summary
from sunshine_proof.opening import open_part, open_share
from sunshine_proof.payload import read_payload
from tests.assets.box import LOT, Box, proof_of, said, unlock
from tests.assets.door import Door
from tests.assets.test_release import opening, release_page

pytestmark = pytest.mark.whole
TECHNICAL = "ab" * 32


@pytest.fixture
def sealed(page: Page, door: Door, tmp_path: Path) -> Box:
    """A box of two envelopes with one bid in it, after the deadline."""
    box = Box(page, door, second_envelope=["price"])
    box.seal_page()
    expect(page.get_by_text("只封进商务标")).to_be_visible()
    box.fill(tmp_path)
    box.submit()
    shares = {"policy": box.policy, "extensions": [], "i": 1, "lids": [door.records[0]], "released": []}
    box.door.shares = shares | {"closing": proof_of(door, first(box))}
    return box


def first(box: Box, parts: Any = ("summary", "tech")) -> dict[str, Any]:
    event = opening([box.door.records[0]["id"]])
    return event | {"facts": event["facts"] | ({"parts": list(parts)} if parts else {})}


def second(box: Box, **other: Any) -> dict[str, Any]:
    facts = {"effective_lids": [box.door.records[0]["id"]], "parts": ["price"], "technical": TECHNICAL} | other
    return opening([], tag="lot:open-prices") | {"facts": facts}


def both(box: Box, later: dict[str, Any], *before: dict[str, Any] | None) -> None:
    """The second opening's answer: its own list, and the first one beside it (or whatever is put in its place)."""
    [instead] = before or (first(box),)
    box.door.shares["closing"] = proof_of(box.door, later)
    box.door.shares["first_closing"] = proof_of(box.door, instead) if instead else None


def released(box: Box) -> list[str]:
    """The parts whose shares were sent."""
    release_page(box)
    unlock(box.page)
    box.page.get_by_role("button", name="签名并释放份额").click()
    expect(said(box.page, "success")).to_be_visible()
    return [one["part"] for one in box.door.posted[-1][1]["releases"]]


def test_the_summary_tells_no_price_and_the_price_file_has_it(sealed: Box, tmp_path: Path) -> None:
    [lid], found = sealed.door.records, dict[str, Any]()
    uploads = next(data["uploads"] for path, data in sealed.door.posted if path == "/box/lids/")
    for part in lid["parts"]:
        ys = {i: open_share(sealed.pid, part, i, str(key)) for i, key in enumerate(sealed.identities, 2)}
        outcome = open_part(sealed.policy, sealed.pid, part, ys)
        assert outcome.identity
        path, body = tmp_path / f"{part['part']}.zip", bytes(sealed.door.uploads[uploads[part["part"]]])
        path.write_bytes(pyrage.decrypt(body, [pyrage.x25519.Identity.from_str(outcome.identity)]))
        name = f"{part['part']}.json"
        with read_payload(path) as payload:
            if name in payload.names:
                found[name] = payload.form(name)
    summary = check_summary(found["summary.json"], LOT, offer=False)
    assert (summary.total_fen, summary.rate) == (None, None)
    price = check_price(found["price.json"], LOT)
    assert price.total_matches and price.total_fen == 300102


def test_at_the_first_opening_only_the_first_envelopes_shares_leave(sealed: Box) -> None:
    assert released(sealed) == ["summary", "tech"]
    expect(sealed.page.locator("[data-ref=envelope]")).to_contain_text("商务标的份额留在您手里")


def test_at_the_second_opening_only_the_prices_of_its_list_leave(sealed: Box) -> None:
    both(sealed, second(sealed))
    assert released(sealed) == ["price"]


def test_a_platform_that_claims_everything_for_the_first_list_gets_nothing(sealed: Box) -> None:
    for parts in (None, ("summary", "tech", "price"), ("price",)):
        sealed.door.shares["closing"] = proof_of(sealed.door, first(sealed, parts))
        release_page(sealed)
        unlock(sealed.page)
        expect(said(sealed.page, "error")).to_contain_text("不是日志里的记录")
        expect(sealed.page.locator("[data-ref=ready]")).to_be_hidden()
    # nor by asking for other parts than the list names
    sealed.door.shares |= {"closing": proof_of(sealed.door, first(sealed)), "parts": ["price"]}
    assert released(sealed) == ["summary", "tech"]


def test_a_second_list_without_the_technical_digest_opens_no_price(sealed: Box) -> None:
    for other in ({"technical": ""}, {"technical": None}, {"parts": ["tech", "price"]}):
        both(sealed, second(sealed, **other))
        release_page(sealed)
        unlock(sealed.page)
        expect(said(sealed.page, "error")).to_contain_text("不是日志里的记录")


def test_a_second_list_opens_nothing_without_the_first_or_beyond_it(sealed: Box) -> None:
    nobody = {"facts": {"effective_lids": ["11" * 32], "parts": ["summary", "tech"]}}
    for before in (None, second(sealed), first(sealed) | nobody):
        both(sealed, second(sealed), before)
        release_page(sealed)
        unlock(sealed.page)
        expect(said(sealed.page, "error")).to_contain_text("不是日志里的记录")
        expect(sealed.page.locator("[data-ref=ready]")).to_be_hidden()


def test_a_rejected_bid_is_not_on_the_second_list_and_stays_shut(sealed: Box) -> None:
    listed = ["00" * 32]
    before = first(sealed)
    before["facts"]["effective_lids"] = sorted([*listed, *before["facts"]["effective_lids"]])
    both(sealed, second(sealed, effective_lids=listed), before)
    release_page(sealed)
    unlock(sealed.page)
    expect(sealed.page.locator("[data-ref=fault-list]")).to_contain_text("不在日志的开标名单上")
    expect(sealed.page.locator("[data-ref=release]")).to_be_hidden()
    assert "releases" not in json.dumps([path for path, _ in sealed.door.posted])
