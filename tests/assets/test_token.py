"""The token in the browser: the published key or none, one number for ever, and a box that learns no name."""

import json
from pathlib import Path

from playwright.sync_api import expect

from sunshine_proof.blindtoken import new_token_key, public_key_text
from tests.assets.box import KEYRING, LOT, PUBLISHED, TOKEN_URL, Box, fragment, said, unlock


def submit(box: Box) -> None:
    box.page.locator("[data-ref=submit]").click()


def asked(box: Box) -> list[str]:
    """The numbers that were sent for signing, in order."""
    return [data["blinded"] for path, data in box.door.posted if path == TOKEN_URL]


def test_at_the_box_no_request_carries_a_cookie_and_the_token_is_asked_for_once(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    assert any(cookie["name"] == "csrftoken" for cookie in box.page.context.cookies())  # there is one to send
    seen = []
    box.page.on("request", lambda request: seen.append((request.url, request.all_headers())))
    box.fill(tmp_path)
    box.submit()
    box.fill(tmp_path, price="900")
    box.submit()
    at_box = [headers for url, headers in seen if "/box/" in url]
    assert len(at_box) >= 8
    assert not any({"cookie", "referer", "authorization", "x-csrftoken"} & set(headers) for headers in at_box)
    assert [headers.get("cookie") for url, headers in seen if url.endswith(PUBLISHED)] == [None]
    assert box.door.named == [] and len(asked(box)) == 1


def test_a_token_key_that_is_not_the_published_one_stops_the_page(box: Box, tmp_path: Path) -> None:
    marked = public_key_text(new_token_key(2048).public_key())
    for published, words in (
        (box.announcement(token_key=marked), "可能是给您的投标做记号"),
        (box.announcement(policy="0" * 64), "可能是给您的投标做记号"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n\nno note\n", "可能是给您的投标做记号"),
        (None, "日志里还查不到"),
    ):
        if published is None:
            del box.door.texts[PUBLISHED]
        else:
            box.door.texts[PUBLISHED] = published
        box.seal_page()
        box.fill(tmp_path)
        submit(box)
        expect(said(box.page, "error")).to_contain_text(words)
        expect(box.page.locator("[data-step=token] [data-state=failed]")).to_be_visible()
    assert asked(box) == [] and box.door.uploads == {}


def test_an_answer_that_got_lost_is_asked_for_with_the_same_number(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    box.door.trouble = lambda method, path, offset: "lose" if path == TOKEN_URL else None
    submit(box)
    expect(said(box.page, "error")).to_contain_text("网络中断")
    box.door.trouble = lambda method, path, offset: None
    box.seal_page()  # a page of another day
    box.fill(tmp_path)
    box.submit()
    assert len(set(asked(box))) == 1 and len(box.door.records) == 1


def test_an_answer_of_another_key_is_no_token(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    published = box.door.token_key.public_key().public_numbers().n
    # another key than the page has been told, and a larger one: what was blinded for the first stays below it
    while box.door.token_key.public_key().public_numbers().n <= published:
        box.door.token_key = new_token_key(2048)
    submit(box)
    expect(said(box.page, "error")).to_contain_text("凭证签名不成立")
    assert box.door.uploads == {}


def test_a_second_number_of_the_organisation_is_refused_in_words(box: Box, tmp_path: Path) -> None:
    box.door.grants[LOT] = "a colleague's"
    box.seal_page()
    box.fill(tmp_path)
    submit(box)
    expect(said(box.page, "error")).to_contain_text("token-issued")
    assert box.door.uploads == {}


def test_a_colleague_takes_the_bid_over_from_its_file_and_replaces_it(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    first = box.submit()
    boot = {"keyring_url": KEYRING, "lots": {LOT: {"name": "水泵采购一标段", "url": "/blank"}}}
    box.page.goto(fragment(box.door, "/bids", "sun_bids", boot=boot))
    unlock(box.page)
    with box.page.expect_download() as download:
        box.page.get_by_role("button", name="凭证文件").click()
    book = Path(download.value.path()).read_text()
    assert json.loads(book)["bid"]["token"]["policy"] == box.pid.hex()

    box.door.keyring = {"version": 0, "blob": ""}  # somebody else's, still empty
    box.page.goto(fragment(box.door, "/bids", "sun_bids", boot=boot))
    unlock(box.page)
    box.page.locator("[data-ref=colleague] summary").click()
    file = box.page.locator("[data-ref=take-over]")
    for bad in ("{}", book.replace("bid-book/1", "bid-book/2"), book.replace(first["box_key"], "0" * 64)):
        file.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": bad.encode()})
        expect(said(box.page, "error")).to_contain_text("不是“我的投标与回执”导出的凭证文件")
    file.set_input_files({"name": "b.json", "mimeType": "application/json", "buffer": book.encode()})
    expect(said(box.page, "success")).to_contain_text("已导入")
    expect(box.page.locator("[data-ref=bids] tr [data-ref=lid]")).to_have_text(first["id"][:16])
    box.seal_page()
    box.fill(tmp_path, price="900")
    second = box.submit()
    assert (second["seq"], second["prev"], second["box_key"]) == (2, first["id"], first["box_key"])
    assert len(asked(box)) == 1
