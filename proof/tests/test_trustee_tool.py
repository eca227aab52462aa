"""`sunshine-trustee` as an office uses it: a key of its own, shares of what the log fixed and of nothing else."""

import copy
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import proof_cast as cast
import pytest
import tool_cast as tool
from cryptography import x509

from sunshine_proof.agefile import recipient_of
from sunshine_proof.canonical import jcs, unbase64
from sunshine_proof.certificates import verify_signature
from sunshine_proof.cli.trustee import main
from sunshine_proof.destroyed import destroyed_digest
from sunshine_proof.keyring import lock
from sunshine_proof.lid import build_lid
from sunshine_proof.policy import build_extension, policy_id, trustee_digest
from sunshine_proof.release import check_release, check_released_share, release_digest
from sunshine_proof.seal import build_withdrawal
from sunshine_proof.signer import Signer
from sunshine_proof.trusteefiles import (
    TrusteeError,
    make_release,
    read_card,
    read_opening,
    read_release,
)

pytestmark = pytest.mark.whole


class Office:
    """The discipline inspection: trustee 3, with its signing key and the opening key in files."""

    def __init__(self, folder: Path, capsys):
        self.here, self.capsys, self.person = folder, capsys, cast.TRUSTEES[2]
        self.signer, self.word = tool.signer_file(folder, self.person), tool.word_file(folder)
        self.key = folder / "P-1.key"

    def run(self, *arguments):
        words = ("--signer", self.signer, "--signer-passphrase-file", self.word, "--passphrase-file", self.word)
        code = main([str(one) for one in (*arguments, *words, "--json")])
        said = json.loads(self.capsys.readouterr().out)
        assert (code == 0) == said["done"]
        return said

    def make_key(self, tender="P-1"):
        said = self.run(
            "key", "--tender", tender, "--role", "纪检", "--out", self.key, "--card", self.here / "card.json"
        )
        return said["recipient"]


@pytest.fixture
def office(tmp_path, capsys) -> Office:
    return Office(tmp_path, capsys)


def signature_holds(signed, digest):
    certificate = x509.load_pem_x509_certificate(signed["certificate"].encode())
    verify_signature(certificate, digest, unbase64(signed["signature"]))
    return True


def give(office, opening, name="opening.json"):
    path = office.here / name
    path.write_text(json.dumps(opening, ensure_ascii=False))
    return path


def own_key(office, bid, person, tender="P-1"):
    """The key file of a trustee of the session's bid, whose secret the cast made."""
    said = {"v": "trustee-secret/1", "identity": person.identity, "tender": tender, "role": "纪检"}
    said["recipient"] = recipient_of(person.secret)
    office.key.write_bytes(lock(jcs(said), tool.PASSPHRASE))


def test_a_key_is_kept_private_and_its_card_is_signed(office):
    recipient = office.make_key()
    card = read_card((office.here / "card.json").read_bytes())
    assert signature_holds(card, trustee_digest("P-1", "纪检", recipient)) and card["recipient"] == recipient
    assert stat.S_IMODE(office.key.stat().st_mode) == 0o600
    assert b"AGE-SECRET" not in office.key.read_bytes()
    again = office.run(
        "key", "--tender", "P-1", "--role", "纪检", "--out", office.key, "--card", office.here / "c.json"
    )
    assert again["code"] == "file-exists" and not (office.here / "c.json").exists()


def test_every_share_of_the_lids_the_log_fixed_is_released_and_signed(office, bid):
    own_key(office, bid, office.person)
    said = office.run(
        "release",
        "--rehearsal",
        give(office, tool.opening([bid], 3)),
        "--key",
        office.key,
        "--out",
        office.here / "r.json",
    )
    assert said["shares"] == 3 and said["faults"] == said["forged"] == []
    found = read_release((office.here / "r.json").read_bytes())
    assert signature_holds(found, release_digest(found["statement"]))
    pid = policy_id(bid.policy)
    entries = check_release(found["statement"], pid.hex(), 3)
    for part, one in zip(bid.lid["parts"], found["releases"], strict=True):
        check_released_share(pid, part, 3, bytes.fromhex(one["y"]), entries[(bid.lid["id"], part["part"])])


def test_before_the_time_of_the_policy_the_trustees_own_clock_refuses(office, bid):
    own_key(office, bid, office.person)
    asked = tool.opening([bid], 3)
    if datetime.now(UTC) < cast.NOON:  # the cast's tender opens on that day
        said = office.run("release", give(office, asked), "--key", office.key, "--out", office.here / "r.json")
        assert said["code"] == "clock-early" and not (office.here / "r.json").exists()
    later = build_extension(bid.policy, 1, "2027-03-05T01:00:00Z", "2027-03-05T01:00:00Z", cast.LOG_KEY)
    with pytest.raises(TrusteeError, match="opening-early"):
        read_opening(json.dumps(asked | {"extensions": [later]}).encode())


def test_another_tenders_key_releases_nothing(office, bid):
    office.make_key("P-2")
    out = office.here / "r.json"
    assert (
        office.run("release", "--rehearsal", give(office, tool.opening([bid], 3)), "--key", office.key, "--out", out)[
            "code"
        ]
        == "key-other"
    )
    office.key.unlink()
    (office.here / "card.json").unlink()
    office.make_key()  # this tender's name, and still not the key of the policy
    assert (
        office.run("release", "--rehearsal", give(office, tool.opening([bid], 3)), "--key", office.key, "--out", out)[
            "code"
        ]
        == "key-other"
    )
    assert not out.exists()


def test_what_is_not_in_the_logged_list_stays_shut_whatever_the_platform_says(bid):
    late = build_lid(bid.policy, bid.lid["parts"], 2, bid.lid["id"], bid.box_secret)
    asked = tool.opening([bid], 3) | {"lids": [bid.lid, late]}
    found = read_opening(json.dumps(asked).encode())
    assert [lid["id"] for lid in found.lids] == [bid.lid["id"]]
    assert found.forged == ((late["id"], "lid-not-effective"),)


def test_two_lids_of_one_box_are_never_both_opened(bid):
    late = build_lid(bid.policy, bid.lid["parts"], 2, bid.lid["id"], bid.box_secret)
    lids = sorted([bid.lid["id"], late["id"]])
    asked = tool.opening([bid], 3) | {"lids": [bid.lid, late], "closing": tool.closing(lids)}
    assert read_opening(json.dumps(asked).encode()).forged == ((late["id"], "lid-superseded"),)


def test_a_bent_lid_and_a_withdrawal_are_named_and_nothing_of_them_is_given(bid):
    bent = copy.deepcopy(bid.lid)
    bent["parts"][0]["commit"][2] = "00" * 32
    gone = build_withdrawal(bid.policy, 2, bid.lid["id"], bid.box_secret)
    asked = tool.opening([bid], 3) | {"lids": [bent, gone, 7], "closing": tool.closing([bid.lid["id"]])}
    found = read_opening(json.dumps(asked).encode())
    assert found.lids == () and [code for _, code in found.forged] == ["lid-forged"] * 3


def test_an_inconsistent_share_is_reported_by_name_and_its_neighbours_go_on(office, bid):
    parts = copy.deepcopy(bid.lid["parts"])
    parts[1]["commit"][2] = "00" * 32  # the bidder committed to another share than it dealt
    crooked = build_lid(bid.policy, parts, 1, "", bid.box_secret)
    asked = tool.opening([bid], 3) | {"lids": [crooked], "closing": tool.closing([crooked["id"]])}
    own_key(office, bid, office.person)
    said = office.run(
        "release", "--rehearsal", give(office, asked), "--key", office.key, "--out", office.here / "r.json"
    )
    assert said["shares"] == 2 and said["faults"] == [[crooked["id"], "tech", "share-mismatch"]]
    found = read_release((office.here / "r.json").read_bytes())
    assert "y" not in found["releases"][1] and found["statement"]["releases"][1]["fault"] == "share-mismatch"


def test_what_was_released_before_is_not_released_again(bid):
    done = [[bid.lid["id"], part] for part in bid.policy["parts"]]
    some = read_opening(json.dumps(tool.opening([bid], 3) | {"released": done[:2]}).encode())
    signer = _signer(cast.TRUSTEES[2])
    assert make_release(some, cast.TRUSTEES[2].identity, signer, "2027-03-01T02:00:00Z").shares == 1
    whole = read_opening(json.dumps(tool.opening([bid], 3) | {"released": done}).encode())
    with pytest.raises(TrusteeError, match="nothing-left"):
        make_release(whole, cast.TRUSTEES[2].identity, signer, "2027-03-01T02:00:00Z")


def _signer(person):
    return Signer(person.key, [person.certificate, cast.INTERMEDIATE.certificate])


@pytest.mark.parametrize(
    ("closing", "code"),
    [
        (lambda lids: tool.closing(lids, lot="L-2"), "opening-closing"),
        (lambda lids: tool.closing(lids, tag="lot:announce"), "opening-closing"),
        (lambda lids: tool.closing(lids, at="2027-02-28T01:00:00.000000+00:00"), "opening-early"),
        (lambda lids: tool.closing(lids, at="yesterday"), "opening-closing"),
        (lambda lids: tool.closing(lids, at="2027-03-02T01:00:00"), "opening-closing"),
        (lambda lids: tool.closing(lids).replace("index 5", "index 4"), "tree-proof"),
        (lambda lids: tool.closing([7]), "not-hex"),
        (lambda lids: "", "proof-format"),
        (lambda lids: 5, "opening-closing"),
    ],
)
def test_without_the_logs_own_record_of_the_opening_nothing_is_released(bid, closing, code):
    asked = tool.opening([bid], 3) | {"closing": closing([bid.lid["id"]])}
    with pytest.raises(TrusteeError) as caught:
        read_opening(json.dumps(asked).encode())
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [{"v": "x"}, {"lot": "L-2"}, {"i": 0}, {"i": 9}, {"lids": 7}, {"released": [["x"]]}, {"policy": {}}, {"more": 1}],
)
def test_an_opening_file_of_another_shape_is_refused(bid, change):
    with pytest.raises(TrusteeError):
        read_opening(json.dumps(tool.opening([bid], 3) | change).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff\xfe", b'{"v":"release-file/1"}'])
def test_files_of_strangers_are_refused_by_every_reader(data):
    for read in (read_opening, read_release, read_card):
        with pytest.raises(TrusteeError):
            read(data)


def test_destroying_removes_the_key_and_leaves_a_signed_statement(office):
    recipient = office.make_key()
    out = office.here / "destroyed.json"
    out.write_text("there")
    assert office.run("destroy", "--key", office.key, "--out", out, "--yes")["code"] == "file-exists"
    assert office.key.exists()
    out.unlink()
    office.run("destroy", "--key", office.key, "--out", out, "--yes")
    assert not office.key.exists()
    said = json.loads(out.read_text())
    assert signature_holds(said, destroyed_digest(said["statement"]))
    assert said["statement"]["recipient"] == recipient and said["statement"]["v"] == "key-destroyed/1"


def test_nothing_is_destroyed_without_a_yes(office, monkeypatch):
    office.make_key()
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert office.run("destroy", "--key", office.key, "--out", office.here / "d.json")["code"] == "not-confirmed"
    assert office.key.exists() and not (office.here / "d.json").exists()


def test_a_file_that_is_no_key_and_another_passphrase_are_told_apart(office, bid):
    asked = give(office, tool.opening([bid], 3))
    office.key.write_text("no key")
    assert (
        office.run("release", "--rehearsal", asked, "--key", office.key, "--out", office.here / "r")["code"]
        == "key-file"
    )
    office.key.unlink()
    office.make_key()
    office.word = tool.word_file(office.here, "another passphrase")
    office.signer = tool.signer_file(office.here, office.person, "")
    assert (
        office.run("release", "--rehearsal", asked, "--key", office.key, "--out", office.here / "r")["code"]
        == "key-passphrase"
    )
