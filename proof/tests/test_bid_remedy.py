"""`sunshine-bid remedy`: what a bidder's own book gives at the opening, and what it keeps to itself."""

import json
import stat

import pyrage
import pytest
import tool_cast as tool
from test_bid_tool import Desk

from sunshine_proof.bidbook import Book, read_rescue, rescue_file
from sunshine_proof.canonical import jcs
from sunshine_proof.errors import ProofError
from sunshine_proof.keyring import lock
from sunshine_proof.policy import policy_id
from sunshine_proof.remedy import RemedyError, check_bidder_share, check_remedy, check_rescue, read_remedy

pytestmark = pytest.mark.whole


class AtTheOpening(Desk):
    def remedy(self, *more, out="remedy.json", kept=None, clock=False):
        words = ("--passphrase-file", self.word, "--out", self.here / out, *(() if clock else ("--rehearsal",)))
        return self.run("remedy", "--tender", self.tender, *(kept or ("--book", self.book)), *words, *more)

    def made(self, out="remedy.json"):
        path = self.here / out
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        return read_remedy(path.read_bytes())


def sealed(folder, capsys, share, **more):
    policy = {**tool.future(), "bidder_share": share, **more}
    desk = AtTheOpening(folder, capsys, tool.tender(policy))
    desk.prepared()
    desk.receipt(desk.seal()["lid"])
    return desk


@pytest.mark.parametrize(("share", "act"), [("required", "release-share"), ("none", "rescue")])
def test_of_two_envelopes_each_gives_its_own_keys_at_its_own_opening(tmp_path, capsys, share, act):
    desk = sealed(tmp_path, capsys, share, second_envelope=["price"])
    more = () if act == "release-share" else ("--rescue",)
    for chosen, parts in (((), ["summary", "tech"]), (("--second-envelope",), ["price"])):
        desk.remedy(*more, *chosen, out=f"{len(parts)}.json")
        made = desk.made(f"{len(parts)}.json")
        assert list(made["given"]) == parts
        assert check_remedy(made["statement"], made["sig"], desk.lid(), act) == parts


def test_a_tender_with_one_envelope_has_no_second_to_give_keys_of(joint):
    assert joint.remedy("--second-envelope")["code"] == "one-envelope"
    assert not (joint.here / "remedy.json").exists()


@pytest.fixture
def joint(tmp_path, capsys):
    """Mode D: the bidder's share is required."""
    return sealed(tmp_path, capsys, "required")


@pytest.fixture
def trusted(tmp_path, capsys):
    """Mode T: the trustees alone open."""
    return sealed(tmp_path, capsys, "none")


def test_the_book_gives_the_share_of_every_part_and_no_key(joint):
    said = joint.remedy()
    made, lid = joint.made(), joint.lid()
    assert (said["act"], said["lid"]) == ("release-share", lid["id"])
    assert check_remedy(made["statement"], made["sig"], lid, "release-share") == joint.policy["parts"]
    for part in lid["parts"]:
        assert set(made["given"][part["part"]]) == {"S_B"}
        check_bidder_share(policy_id(joint.policy), part, bytes.fromhex(made["given"][part["part"]]["S_B"]))


@pytest.mark.parametrize("mode", ["joint", "trusted"])
def test_a_rescue_gives_the_keys_of_this_bid_and_nothing_else_of_the_book(mode, request):
    desk = request.getfixturevalue(mode)
    desk.remedy("--rescue")
    made, lid = desk.made(), desk.lid()
    check_remedy(made["statement"], made["sig"], lid, "rescue")
    for part in lid["parts"]:
        assert set(made["given"][part["part"]]) == ({"S", "S_B"} if mode == "joint" else {"S"})
        check_rescue(part, bytes.fromhex(made["given"][part["part"]]["S"]))
    [bid] = Book.open(desk.book, tool.PASSPHRASE).content["bids"]
    assert bid["box_secret"] not in (desk.here / "remedy.json").read_text()


def test_before_the_time_of_the_opening_no_key_is_written(joint):
    for more in ((), ("--rescue",)):
        assert joint.remedy(*more, clock=True)["code"] == "clock-early"
    assert not (joint.here / "remedy.json").exists()


def test_a_tender_that_asks_for_no_share_gets_none(trusted):
    assert trusted.remedy()["code"] == "share-not-asked"


def test_what_has_no_receipt_is_spoken_for_only_by_name(joint):
    first, second = joint.lid()["id"], joint.seal("second.zip")["lid"]
    assert joint.remedy()["code"] == "receipt-first"
    for name in (first, second):
        joint.remedy("--lid", name[:16], out=f"{name}.json")
        assert joint.made(f"{name}.json")["statement"]["lid"] == name
    assert joint.remedy("--lid", "f" * 64, out="none.json")["code"] == "bid-unknown"
    joint.receipt(second)
    assert joint.remedy("--lid", first, out="none.json")["code"] == "bid-unknown"  # superseded: its keys are gone


def test_a_withdrawn_bid_has_nothing_to_give(joint):
    words = ("--book", joint.book, "--passphrase-file", joint.word, "--out", joint.here / "back.zip")
    gone = joint.run("withdraw", joint.tender, *words)
    joint.receipt(gone["lid"])
    assert joint.remedy()["code"] == "bid-unknown"


def test_a_book_without_this_lot_and_a_wrong_passphrase_are_refused(joint, tmp_path):
    other = {**tool.future(), "lot": "L-2"}
    content = tool.tender(other) | {"lot": {"id": "L-2", "number": 2, "title": "阀门"}}
    joint.tender.write_text(json.dumps(content))
    assert joint.remedy("--rescue")["code"] == "bid-unknown"
    joint.word.write_text("another passphrase")
    assert joint.remedy("--rescue")["code"] == "keyring-passphrase"


def test_a_rescue_file_speaks_for_the_bid_without_the_book(joint, tmp_path):
    own = pyrage.x25519.Identity.generate()
    joint.seal("second.zip", "--rescue-to", str(own.to_public()))
    identity = tmp_path / "own.key"
    identity.write_text(f"# created: today\n{own}\n")
    kept = ("--rescue-file", tmp_path / "second.zip.rescue.age", "--identity", identity)
    joint.remedy("--rescue", kept=kept)
    made, lid = joint.made(), joint.lid("second.zip")
    check_remedy(made["statement"], made["sig"], lid, "rescue")
    joint.remedy(kept=kept, out="share.json")
    assert joint.made("share.json")["statement"]["act"] == "release-share"
    identity.write_text(str(pyrage.x25519.Identity.generate()))
    assert joint.remedy(kept=kept, out="none.json")["code"] == "rescue-passphrase"
    identity.write_text("no key")
    assert joint.remedy(kept=kept, out="none.json")["code"] == "rescue-passphrase"


def test_the_browsers_rescue_file_is_read_under_its_passphrase(joint, tmp_path):
    [bid] = Book.open(joint.book, tool.PASSPHRASE).content["bids"]
    file = tmp_path / "rescue-L-1.age"
    file.write_bytes(lock(jcs(rescue_file(bid, joint.lid()["id"])), tool.PASSPHRASE))
    joint.remedy("--rescue", kept=("--rescue-file", file))
    assert check_remedy(joint.made()["statement"], joint.made()["sig"], joint.lid(), "rescue")
    file.write_bytes(lock(jcs({"v": "rescue/1"}), tool.PASSPHRASE))
    assert joint.remedy(kept=("--rescue-file", file), out="none.json")["done"] is False
    file.write_bytes(b"age-encryption.org/v1\n")
    assert joint.remedy(kept=("--rescue-file", file), out="none.json")["code"] == "rescue-passphrase"


@pytest.mark.parametrize(
    "change",
    [
        {"v": "remedy-file/2"},
        {"sig": "00"},
        {"sig": 7},
        {"given": {}},
        {"given": []},
        {"given": {"summary": {"S_B": "00"}}},
        {"given": {"summary": {"S": "00" * 32}}},
        {"given": {"summary": {"S_B": "00" * 32, "S": "00" * 32}}},
        {"given": {"tech": {"S_B": "00" * 32}}},
        {"statement": None},
        {"statement": {"act": "copy-body", "parts": ["summary"]}},
        {"statement": {"act": ["rescue"], "parts": ["summary"]}},
        {"statement": {"act": "release-share", "parts": [["summary"]]}},
        {"more": 1},
    ],
)
def test_a_file_of_another_shape_has_a_code_and_never_another_error(change):
    good = {"v": "remedy-file/1", "statement": {"act": "release-share", "parts": ["summary"]}, "sig": "00" * 64}
    good["given"] = {"summary": {"S_B": "00" * 32}}
    assert read_remedy(json.dumps(good).encode()) == good
    with pytest.raises(RemedyError) as caught:
        read_remedy(json.dumps(good | change).encode())
    assert caught.value.code


def test_a_rescue_file_of_another_shape_is_refused():
    empty = {"v": "rescue/1", "lot": "L-1", "policy": "x", "box_key": "", "box_secret": "", "parts": []}
    for odd in (None, [], {}, {"v": "rescue/1"}, empty):
        with pytest.raises(ProofError):
            read_rescue(odd)
