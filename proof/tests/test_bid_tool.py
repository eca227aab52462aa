"""`sunshine-bid` as a bidder uses it: from a tender file to a package, a rescue and a receipt, and what it refuses."""

import json
import stat
from pathlib import Path

import proof_cast as cast
import pyrage
import pytest
import tool_cast as tool

from sunshine_proof.bidbook import Book
from sunshine_proof.bidpackage import open_package
from sunshine_proof.cli.bid import main
from sunshine_proof.cms import verify_detached
from sunshine_proof.opening import open_body, open_part, open_share
from sunshine_proof.payload import read_payload
from sunshine_proof.policy import policy_id
from sunshine_proof.seal import check_next
from sunshine_proof.signer import SignerError, new_signing_key, read_signer
from sunshine_proof.tender import TenderError, read_tender

pytestmark = pytest.mark.whole


class Desk:
    """One bidder's desk: a tender file, a filled folder, a key, and the command."""

    def __init__(self, folder: Path, capsys, content=None):
        self.here, self.capsys = folder, capsys
        self.tender = tool.written_tender(folder, content)
        self.policy = json.loads(self.tender.read_text())["policy"]
        self.word, self.signer = tool.word_file(folder), tool.signer_file(folder)
        self.book = folder / "book.age"
        self.bid = folder / "bid"

    def run(self, *arguments):
        code = main([str(one) for one in (*arguments, "--json")])
        said = json.loads(self.capsys.readouterr().out)
        assert (code == 0) == said["done"]
        return said

    def prepared(self):
        self.run("prepare", self.tender, self.bid)
        return tool.filled(self.bid)

    def seal(self, out="bid.zip", *more):
        words = ("--passphrase-file", self.word, "--signer-passphrase-file", self.word)
        keys = ("--signer", self.signer, "--book", self.book, "--out", self.here / out)
        return self.run("seal", self.bid, *keys, *words, *more)

    def lid(self, out="bid.zip"):
        with open_package(self.here / out) as package:
            package.check(self.policy)
            return package.record

    def receipt(self, lid):
        path = self.here / f"receipt-{lid[:8]}.json"
        path.write_text(json.dumps(tool.receipt(lid)))
        book = ("--book", self.book, "--passphrase-file", self.word, "--tender", self.tender)
        return self.run("receipt", "add", path, *book)


@pytest.fixture
def desk(tmp_path, capsys) -> Desk:
    return Desk(tmp_path, capsys)


def test_from_a_tender_file_to_a_package_that_opens_to_what_was_filled_in(desk, tmp_path):
    desk.prepared()
    checked = desk.run("check", desk.bid)
    assert checked["done"] and checked["total_fen"] == 300_102  # 3 x 1000.333333 + 2.5 x 0.01 yuan, half up
    desk.seal()
    lid, pid = desk.lid(), policy_id(desk.policy)
    with open_package(tmp_path / "bid.zip") as package:
        bodies = package.extract(tmp_path)
    for part in lid["parts"]:
        released = {i: open_share(pid, part, i, cast.TRUSTEES[i - 1].identity) for i in (1, 3, 4)}
        outcome = open_part(desk.policy, pid, part, released)
        assert outcome.opened
        assert open_body(outcome.identity, bodies[part["part"]], tmp_path / "plain.zip", part).opened
        with read_payload(tmp_path / "plain.zip") as payload:
            signer = verify_detached(payload.signature, payload.statement_bytes, [cast.ROOT.certificate], cast.NOON)
            assert signer == cast.LI.certificate and payload.statement["bidder"] == cast.BIDDER
            if part["part"] == "price":
                assert payload.form("price.json")["total_fen"] == "300102"
                assert payload.form("price.json")["lines"][1]["unit_price"] == "0.01"
            if part["part"] == "tech":
                assert payload.names == ["files/技术方案.txt"]


def test_no_plain_text_and_no_secret_stands_in_the_package_and_nothing_is_left_behind(desk, tmp_path):
    desk.prepared()
    desk.seal()
    data = (tmp_path / "bid.zip").read_bytes()
    book = Book.open(desk.book, tool.PASSPHRASE)
    [bid] = book.content["bids"]
    for secret in ("只在标书里", "李氏机电", bid["box_secret"], *(one["S"] for one in bid["rescue"])):
        assert secret.encode() not in data
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert stat.S_IMODE(desk.book.stat().st_mode) == 0o600


def test_the_book_opens_the_bid_when_trustees_fail(desk, tmp_path):
    desk.prepared()
    desk.seal()
    [bid] = Book.open(desk.book, tool.PASSPHRASE).content["bids"]
    for part in desk.lid()["parts"]:
        rescue = next(one for one in bid["rescue"] if one["part"] == part["part"])
        assert open_part(desk.policy, policy_id(desk.policy), part, {}, rescue=rescue).opened


def test_a_rescue_file_for_the_bidders_own_recipient_opens_with_plain_age(desk, tmp_path):
    desk.prepared()
    own = pyrage.x25519.Identity.generate()
    desk.seal("bid.zip", "--rescue-to", str(own.to_public()))
    found = json.loads(pyrage.decrypt((tmp_path / "bid.zip.rescue.age").read_bytes(), [own]))
    assert [one["part"] for one in found["parts"]] == desk.policy["parts"]
    with open_package(tmp_path / "bid.zip") as package:
        bodies = package.extract(tmp_path)
    for one in found["parts"]:
        assert one["lid"] == desk.lid()["id"]
        mine = pyrage.x25519.Identity.from_str(one["identity"])
        assert pyrage.decrypt(bodies[one["part"]].read_bytes(), [mine]).startswith(b"PK")


def test_receipts_go_into_the_book_and_the_next_bid_follows_the_last(desk):
    desk.prepared()
    first = desk.seal()["lid"]
    refused = desk.seal("second.zip")
    assert refused["code"] == "pending" and not (desk.here / "second.zip").exists()
    desk.receipt(first)
    second = desk.seal("second.zip")["lid"]
    check_next(desk.lid("second.zip"), desk.lid())
    listed = desk.run("receipt", "list", "--book", desk.book, "--passphrase-file", desk.word)["receipts"]
    assert [one["lid"] for one in listed] == [first]
    desk.receipt(second)
    [bid] = Book.open(desk.book, tool.PASSPHRASE).content["bids"]
    assert {one["lid"] for one in bid["rescue"]} == {second}  # what is superseded is never opened


def test_a_package_that_was_never_handed_in_may_be_sealed_again(desk):
    desk.prepared()
    first = desk.seal()["lid"]
    second = desk.seal("second.zip", "--again")
    assert second["seq"] == 1 and second["lid"] != first
    [bid] = Book.open(desk.book, tool.PASSPHRASE).content["bids"]
    assert {one["lid"] for one in bid["rescue"]} == {second["lid"]}


def test_a_standing_bid_can_be_withdrawn_and_nothing_else(desk):
    desk.prepared()
    keys = ("--book", desk.book, "--passphrase-file", desk.word)
    desk.receipt(desk.seal()["lid"])
    made = desk.run("withdraw", desk.tender, "--out", desk.here / "w.zip", *keys)
    check_next(desk.lid("w.zip"), desk.lid())
    desk.receipt(made["lid"])
    again = desk.run("withdraw", desk.tender, "--out", desk.here / "v.zip", *keys)
    assert again["code"] == "nothing-stands" and not (desk.here / "v.zip").exists()


def test_forged_and_foreign_receipts_do_not_enter_the_book(desk):
    desk.prepared()
    lid = desk.seal()["lid"]
    before = desk.book.read_bytes()
    assert desk.receipt("ab" * 32)["code"] == "receipt-unknown"
    bent = desk.here / "bent.json"
    bent.write_text(json.dumps(tool.receipt(lid) | {"received_at": "2027-01-01T00:00:00Z"}))
    more = ("--book", desk.book, "--passphrase-file", desk.word, "--tender", desk.tender)
    assert desk.run("receipt", "add", bent, *more)["code"] == "receipt-signature"
    assert desk.run("receipt", "verify", bent, "--tender", desk.tender)["code"] == "receipt-signature"
    assert desk.book.read_bytes() == before


def test_a_receipt_and_a_proof_are_verified_with_the_tender_file_alone(desk):
    path = desk.here / "receipt.json"
    path.write_text(json.dumps(tool.receipt("ab" * 32)))
    assert desk.run("receipt", "verify", path, "--tender", desk.tender)["lid"] == "ab" * 32
    path.write_text(tool.closing(["cd" * 32]))
    assert desk.run("receipt", "verify", path, "--tender", desk.tender)["index"] == 5


def test_every_shortcoming_of_a_folder_is_named_at_once(desk):
    folder = desk.prepared()
    bid = json.loads((folder / "bid.json").read_text())
    bid["bidder"]["uscc"], bid["summary"]["validity_days"], bid["summary"]["quality"] = "", 10, " "
    (folder / "bid.json").write_text(json.dumps(bid))
    (folder / "prices.csv").write_text("no,unit_price\n1,9999\n2,1\n")
    (folder / "tech/技术方案.txt").unlink()
    (folder / "tech/empty.pdf").touch()
    (folder / "price/macro.exe").write_text("x")
    found = {code for code, _ in desk.run("check", desk.bid)["problems"]}
    assert found == {"bidder-missing", "validity-short", "form-empty", "over-cap", "file-empty", "file-kind"}
    assert desk.seal()["code"] == "not-ready"
    assert not desk.book.exists() and not (desk.here / "bid.zip").exists()


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        ("no,unit_price\n1,1\n", "prices-items"),
        ("no,unit_price\n1,1\n2,1\n3,1\n", "prices-items"),
        ("no,unit_price\n1,1\n1,2\n2,1\n", "form-lines"),
        ("no,unit_price\n1,一\n2,1\n", "form-decimal"),
        ("no,unit_price\n1,0.1234567\n2,1\n", "form-decimal"),
        ("no,unit_price\n1,-5\n2,1\n", "form-decimal"),
        ("no,unit_price\n1,\n2,1\n", "form-decimal"),
        ("price\n1\n", "prices-columns"),
        ("", "prices-columns"),
        ("no,unit_price\n1,0\n2,0\n", "total-zero"),
    ],
)
def test_prices_that_are_no_prices_have_their_code(desk, prices, code):
    folder = desk.prepared()
    (folder / "prices.csv").write_text(prices)
    assert code in {found for found, _ in desk.run("check", desk.bid)["problems"]}


def test_a_file_is_never_overwritten(desk):
    desk.prepared()
    (desk.here / "bid.zip").write_text("mine")
    assert desk.seal()["code"] == "file-exists"
    assert (desk.here / "bid.zip").read_text() == "mine"
    assert desk.run("prepare", desk.tender, desk.bid)["code"] == "folder-not-empty"


def test_a_trustees_key_slipped_in_by_the_platform_stops_everything(desk):
    desk.prepared()
    content = json.loads((desk.bid / "tender.json").read_text())
    other = cast.issue("别人")
    content["policy"]["trustees"][2]["recipient"] = tool.cast.trustee_entry(3, other, "纪检")["recipient"]
    (desk.bid / "tender.json").write_text(json.dumps(content))
    assert desk.run("check", desk.bid)["code"] == "bad-signature"
    assert desk.seal()["code"] == "bad-signature" and not desk.book.exists()


def test_only_the_authorities_the_bidder_trusts_count_when_given(desk):
    desk.prepared()
    own = desk.here / "roots.pem"
    own.write_text(tool.pem(cast.ROOT))
    assert desk.run("check", desk.bid, "--roots", own)["done"]
    own.write_text(tool.pem(cast.issue("另一个根", ca=True)))
    assert desk.run("check", desk.bid, "--roots", own)["code"] == "no-chain"
    own.write_text("no certificates")
    assert desk.run("check", desk.bid, "--roots", own)["code"] == "unreadable"


def test_a_clock_past_the_deadline_warns_and_leaves_the_verdict_to_the_platform(tmp_path, capsys):
    desk = Desk(tmp_path, capsys, tool.tender({**cast.policy(), "deadline": "2026-02-01T01:00:00Z"}))
    desk.prepared()
    assert desk.seal()["late"]


def test_a_rate_is_offered_where_the_tender_asks_for_one(tmp_path, capsys):
    desk = Desk(tmp_path, capsys, tool.tender(tool.future(), pricing="rate", items=[], cap_fen=None))
    folder = desk.prepared()
    (folder / "prices.csv").write_text("no,unit_price\n")
    bid = json.loads((folder / "bid.json").read_text())
    assert "form-decimal" in {code for code, _ in desk.run("check", desk.bid)["problems"]}
    bid["summary"]["rate"] = "0.925"
    (folder / "bid.json").write_text(json.dumps(bid))
    assert desk.seal()["done"]


@pytest.mark.parametrize(
    "change",
    [
        {"v": "tender/2"},
        {"project": "P-2"},
        {"lot": {"id": "L-2", "number": 1, "title": "x"}},
        {"items": [tool.ITEMS[0], tool.ITEMS[0]]},
        {"items": [{**tool.ITEMS[0], "quantity": "1e5"}]},
        {"ca_roots": []},
        {"ca_roots": ["-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]},
        {"cap_fen": "1.5"},
        {"pricing": "guess"},
        {"parts": {}},
        {"policy": {}},
        {"policy": 7},
        {"extensions": [{}]},
        {"more": 1},
        {"title": "x\n"},
        {"validity_days": -1},
    ],
)
def test_a_tender_file_of_another_shape_is_refused(change):
    with pytest.raises(TenderError):
        read_tender(json.dumps(tool.tender() | change).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b"{}", b'{"v":1.5}', b"[" * 100_000])
def test_what_is_no_json_object_is_no_tender(data):
    with pytest.raises(TenderError):
        read_tender(data)


def test_the_other_passphrase_opens_neither_key_nor_book(desk):
    desk.prepared()
    desk.receipt(desk.seal()["lid"])
    (desk.here / "other").write_text("another passphrase")
    wrong = ("--passphrase-file", desk.here / "other")
    assert desk.run("receipt", "list", "--book", desk.book, *wrong)["code"] == "keyring-passphrase"
    with pytest.raises(SignerError, match="signer-passphrase"):
        read_signer([desk.signer], "another passphrase")


def test_a_new_key_asks_for_a_long_passphrase_and_signs_its_request(desk):
    (desk.here / "short").write_text("short")
    names = ("--name", "李四", "--organisation", "李氏机电", "--out", desk.here / "k.pem", "--csr", desk.here / "k.csr")
    assert desk.run("key", *names, "--passphrase-file", desk.here / "short")["code"] == "passphrase-short"
    assert desk.run("key", *names, "--passphrase-file", desk.word)["done"]
    assert stat.S_IMODE((desk.here / "k.pem").stat().st_mode) == 0o600
    with pytest.raises(SignerError, match="signer-certificate"):
        read_signer([desk.here / "k.pem"], tool.PASSPHRASE)
    with pytest.raises(SignerError, match="signer-name"):
        new_signing_key("x", name="", organisation="x")


def test_a_key_without_its_own_certificate_does_not_sign(desk):
    text = desk.signer.read_text()
    desk.signer.write_text(text.replace(tool.pem(cast.LI), tool.pem(cast.ZHENG)))
    desk.prepared()
    assert desk.seal()["code"] == "signer-certificate"
    desk.signer.write_text("nothing")
    assert desk.seal()["code"] == "signer-file"


def test_people_read_sentences_in_both_languages(desk, capsys):
    desk.prepared()
    assert main(["check", str(desk.bid)]) == 0
    said = capsys.readouterr().out
    assert "可以密封" in said and "Ready to be sealed" in said and "3,001.02" in said
    desk.seal()
    assert main(["show", str(desk.here / "bid.zip"), "--tender", str(desk.tender)]) == 0
    assert "The package is whole" in capsys.readouterr().out
    (desk.here / "cut.zip").write_bytes((desk.here / "bid.zip").read_bytes()[:-5])
    assert main(["show", str(desk.here / "cut.zip")]) == 1
    assert "package-zip" in capsys.readouterr().out
