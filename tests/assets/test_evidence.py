"""The checks of a project's public evidence in the browser say what the Python ones say, of every file there is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from sunshine.interfaces.rehearsal import play
from sunshine_proof.evidence.bundle import write_bundle
from sunshine_proof.evidence.checks import check_evidence
from tests.assets.evidence_lies import Liar
from tests.assets.evidence_play import Told, played_through

pytestmark = pytest.mark.whole
Run = Callable[..., Any]
Case = tuple[bytes, Any]
KEYS = ("check", "lot", "holds", "code", "said")
SEED = 20270301
_told: list[Told] = []

JUDGE = """
    const verdicts = [];
    for (const [name, receipts] of given.files) {
      const data = new Uint8Array(files.readFileSync(name));
      verdicts.push(await L.evidence.checkEvidence(data, { receipts }));
    }
    return verdicts;
"""


@pytest.fixture
def told(real_cast: play.Cast, tmp_path: Path) -> Told:
    """Played once: the platform may go, its files stay."""
    if not _told:
        _told.append(played_through(real_cast, tmp_path))
    return _told[0]


def by_python(data: bytes, receipts: Any = ()) -> dict[str, Any]:
    verdict = check_evidence(data, receipts=receipts)
    return {
        "project": verdict.project,
        "rehearsal": verdict.rehearsal,
        "holds": verdict.holds,
        "warnings": [list(said) for said in verdict.warnings],
        "findings": [[f.check, f.lot, f.holds, f.code, list(f.said)] for f in verdict.findings],
    }


def by_node(node: Run, folder: Path, cases: list[Case]) -> list[dict[str, Any]]:
    given = []
    for n, (data, receipts) in enumerate(cases):
        path = folder / f"{n}.evidence.json"
        path.write_bytes(data)
        given.append([str(path), list(receipts)])
    found = node(JUDGE, files=given)
    return [one | {"findings": [[f[key] for key in KEYS] for f in one["findings"]]} for one in found]


def shorter(told: Told) -> bytes:
    """The platform quietly leaves out a bid it has acknowledged."""
    body = json.loads(told.files["awarded"])
    for lot in body["lots"]:
        lot["lids"] = [lid for lid in lot["lids"] if lid["id"] != told.receipts[-1]["lid"]]
    return write_bundle({key: body[key] for key in body if key not in ("v", "sig")}, told.log.sign)


def test_the_project_page_shows_every_check_in_green_and_a_lie_in_red(
    real_cast: play.Cast, live_server: Any, page: Page, tmp_path: Path
) -> None:
    told = played_through(real_cast, tmp_path)
    _told.append(told)
    expected = by_python(told.files["awarded"], told.receipts)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/projects/{expected['project']}/#proof")
    given: FilePayload = {
        "name": "r.json",
        "mimeType": "application/json",
        "buffer": json.dumps(told.receipts).encode(),
    }
    page.locator("#evidence-receipts").set_input_files(given)
    button = page.locator("sun-evidence [data-ref=check]")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("sun-evidence .note.success")).to_be_visible()
    shown = [line.split() for line in page.locator("sun-evidence .findings .good [data-ref=said]").all_inner_texts()]
    said = [finding[-1][1].split() for finding in expected["findings"] if finding[0] != "file"]
    assert all(line in shown for line in said)
    assert len(shown) == len(expected["findings"]) and page.locator("sun-evidence .bad").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lie = shorter(told)
    page.route("**/evidence.json", lambda route: route.fulfill(body=lie))
    button.click()
    expect(page.locator("sun-evidence .note.error")).to_be_visible()
    bad = page.locator("sun-evidence .findings .bad").all_inner_texts()
    assert [text.split()[-1] for text in bad] == ["receipt-missing", "lid-missing"]
    with page.expect_download() as got:
        page.locator("sun-evidence [data-ref=download]").click()
    assert Path(got.value.path()).read_bytes() == lie


def test_a_file_touched_on_the_way_and_a_receipt_that_is_none_are_told_in_words(
    real_cast: play.Cast, live_server: Any, page: Page, tmp_path: Path
) -> None:
    files = (_told[0] if _told else played_through(real_cast, tmp_path)).files
    announced = play.announced(play.a_project(real_cast))
    page.goto(f"{live_server.url}/projects/{announced.project}/")
    page.locator("#evidence-receipts").set_input_files({"name": "r.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.locator("sun-evidence [data-ref=check]").click()
    expect(page.locator("sun-evidence .note.error")).to_contain_text("r.txt")
    page.locator("#evidence-receipts").set_input_files([])
    touched = files["announced"].replace(b'"issued_at":"2', b'"issued_at":"3')
    page.route("**/evidence.json", lambda route: route.fulfill(body=touched))
    page.locator("sun-evidence [data-ref=check]").click()
    expect(page.locator("sun-evidence .findings .bad")).to_have_count(1)
    assert page.locator("sun-evidence .bad code").inner_text() == "evidence-signature"
    page.route("**/evidence.json", lambda route: route.abort())
    page.locator("sun-evidence [data-ref=check]").click()
    expect(page.locator("sun-evidence .findings")).to_have_count(0)
    expect(page.locator("sun-evidence .note.error")).to_be_visible()


def test_every_state_of_a_tender_is_judged_alike_in_both_languages(told: Told, node: Run, tmp_path: Path) -> None:
    cases = [(data, told.receipts if state in ("opened", "awarded") else []) for state, data in told.files.items()]
    expected = [by_python(*case) for case in cases]
    assert all(one["holds"] for one in expected)
    checks = [finding[0] for finding in expected[-1]["findings"]]
    assert {"witnesses", "closing", "opening", "ranking", "award", "receipts"} <= set(checks)
    assert by_node(node, tmp_path, cases) == expected


def test_a_receipt_of_a_bid_that_is_not_in_the_file_is_missed_alike(told: Told, node: Run, tmp_path: Path) -> None:
    forged = told.receipts[0] | {"received_at": "2026-03-24T00:00:00Z"}
    wrong: list[Any] = [told.receipts[:1], [forged], [{}], [{**told.receipts[0], "lid": "0" * 64}]]
    cases = [(told.files["announced"], wrong[0]), *((told.files["awarded"], given) for given in wrong[1:])]
    expected = [by_python(*case) for case in cases]
    codes = [one["findings"][-1][3] for one in expected]
    assert codes == ["receipt-missing", "receipt-signature", "wrong-shape", "receipt-signature"]
    assert by_node(node, tmp_path, cases) == expected


@pytest.mark.parametrize(("way", "count"), [("touched", 140), ("signed", 90), ("logged", 70)])
def test_whatever_is_changed_is_judged_alike_in_both_languages(
    told: Told, node: Run, tmp_path: Path, way: str, count: int
) -> None:
    liar = Liar(SEED, told.log, told.witness)
    lie: Callable[[bytes], bytes] = getattr(liar, way)
    states = ("announced", "opened", "awarded", "awarded")
    cases: list[Case] = [(lie(told.files[states[n % 4]]), []) for n in range(count)]
    expected = [by_python(*case) for case in cases]
    found = by_node(node, tmp_path, cases)
    codes = {finding[3] for one in expected for finding in one["findings"]}
    if way == "touched":
        assert not any(one["holds"] for one in expected) and "evidence-signature" in codes
    else:
        # a place in the file that proves nothing may say anything: both must then let it pass
        assert sum(not one["holds"] for one in expected) >= count // 3 and len(codes) > 5
    differing = [(p["findings"], j["findings"]) for p, j in zip(expected, found, strict=True) if p != j]
    assert differing == []
