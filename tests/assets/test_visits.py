"""<sun-inspection-key> and <sun-visits>: an inspector's key is made in the browser and reads what the door sealed to it."""

import base64
import io
import json
from typing import Any

from playwright.sync_api import Page, expect

from sunshine_proof.agefile import encrypt_stream, new_secret, public_of, recipient_of
from sunshine_proof.keyring import decode_keyring
from tests.assets.box import KEYRING, PASSPHRASE, fragment, said, unlock
from tests.assets.door import Door

OTHER = recipient_of(new_secret())


def sealed(to: str, lid: str, bidder: str = "李氏机电（虚构）有限公司", **change: str) -> dict[str, str]:
    """One record as the box keeps it."""
    visit = {"v": "visit/1", "lid": lid, "at": "2027-02-01T09:00:00+08:00", "address": "203.0.113.77"}
    text = json.dumps(visit | {"forwarded": "198.51.100.23", "agent": "Device/7"} | change).encode().ljust(2048)
    out = io.BytesIO()
    encrypt_stream(io.BytesIO(text), out, to)
    return {"lid": lid, "bidder": bidder, "sealed": base64.b64encode(out.getvalue()).decode()}


def key_page(door: Door, published: str = "", mine: bool = False) -> str:
    about = {"url": "/supervisor/inspection/key/", "keyring_url": KEYRING, "published": published, "mine": mine}
    return fragment(door, "/inspection", "sun_inspection_key", **about)


def made(page: Page, door: Door) -> str:
    page.goto(key_page(door))
    unlock(page)
    page.get_by_role("button", name="生成并公布").click()
    expect(said(page, "success")).to_contain_text("监督密钥已公布")
    path, posted = door.posted[-1]
    assert path == "/supervisor/inspection/key/" and set(posted) == {"recipient"}
    return str(posted["recipient"])


def visits_page(page: Page, door: Door) -> None:
    page.goto(
        fragment(door, "/visits", "sun_visits", url="/supervisor/projects/P/opening/visits.json", keyring_url=KEYRING)
    )
    unlock(page)


def test_the_key_lies_in_the_keyring_before_its_public_half_is_told(page: Page, door: Door) -> None:
    recipient = made(page, door)
    public_of(recipient)
    kept = decode_keyring(base64.b64decode(door.keyring["blob"]), PASSPHRASE)["trustee"]
    assert [(one["project"], one["recipient"]) for one in kept] == [("inspection", recipient)]
    assert [path for path, _ in door.posted][-2:] == [KEYRING, "/supervisor/inspection/key/"]
    assert not any("AGE-SECRET" in json.dumps(data) for _, data in door.posted)
    page.goto(key_page(door, recipient, mine=True))
    unlock(page)
    expect(page.locator("[data-ref=held]")).to_be_visible()
    expect(page.get_by_role("button", name="生成并公布")).to_be_hidden()


def test_a_lost_answer_does_not_make_a_second_key(page: Page, door: Door) -> None:
    broken = [True]
    door.trouble = lambda method, path, offset: "lose" if broken and path.endswith("/inspection/key/") else None
    page.goto(key_page(door))
    unlock(page)
    button = page.get_by_role("button", name="生成并公布")
    button.click()
    expect(said(page, "error")).to_be_visible()
    broken.clear()
    button.click()
    expect(said(page, "success")).to_be_visible()
    sent = [data["recipient"] for path, data in door.posted if path.endswith("/inspection/key/")]
    assert len(set(sent)) == 1


def test_an_inspector_reads_from_where_each_bid_came(page: Page, door: Door) -> None:
    recipient = made(page, door)
    door.visits = [sealed(recipient, f"{n}" * 64) for n in range(2)] + [sealed(recipient, "a" * 64, bidder="")]
    visits_page(page, door)
    expect(said(page, "success")).to_contain_text("3 份记录")
    rows = page.locator("[data-ref=visits] tr")
    expect(rows).to_have_count(3)
    for word in ("李氏机电", "203.0.113.77", "198.51.100.23", "Device/7", "2027-02-01 09:00:00", "0" * 16):
        expect(rows.first).to_contain_text(word)
    expect(rows.last).to_contain_text("未解密")


def test_records_for_another_key_and_records_that_were_moved_or_altered_are_counted_and_not_shown(
    page: Page, door: Door
) -> None:
    recipient = made(page, door)
    moved = sealed(recipient, "1" * 64) | {"lid": "2" * 64}
    bent = sealed(recipient, "3" * 64)
    bent["sealed"] = bent["sealed"][:-8] + "AAAAAAA="
    strange = sealed(recipient, "4" * 64, v="visit/9")
    door.visits = [sealed(OTHER, "5" * 64), moved, bent, strange, sealed(recipient, "6" * 64, agent="<b>x</b>")]
    visits_page(page, door)
    expect(said(page, "warning")).to_contain_text("有 4 份记录")
    rows = page.locator("[data-ref=visits] tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("<b>x</b>")


def test_a_keyring_without_the_key_asks_for_nothing(page: Page, door: Door) -> None:
    got: list[Any] = []
    door.trouble = lambda method, path, offset: got.append(path) if path.startswith("/supervisor/") else None
    visits_page(page, door)
    expect(said(page, "error")).to_contain_text("没有监督密钥")
    assert got == []
