"""Opening and attribution, rules a–e of the sealing format."""

import copy
import resource
import subprocess
from pathlib import Path

import proof_cast as cast
import pytest

from sunshine_proof.agefile import decrypt_bytes, encrypt_file, identity_of, new_secret, recipient_of
from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.opening import OpeningError, open_body, open_part, open_share
from sunshine_proof.payload import PayloadError, check_statement, read_payload
from sunshine_proof.release import ReleaseError, build_release, check_release, check_released_share, release_digest
from sunshine_proof.seal import policy_id
from sunshine_proof.sealing import rescue_entries
from sunshine_proof.shares import commit_of

AGE = Path("/usr/bin/age")


def shares(bid, part, numbers=(1, 2, 3, 4)):
    pid = policy_id(bid.policy)
    return {i: open_share(pid, part, i, cast.TRUSTEES[i - 1].identity) for i in numbers}


def opened(bid, name="tech", numbers=(1, 2, 3), **more):
    part = next(p for p in bid.lid["parts"] if p["part"] == name)
    return open_part(bid.policy, policy_id(bid.policy), part, shares(bid, part, numbers), **more)


def verdict(outcome):
    return outcome.code, outcome.fault, outcome.legal, outcome.bad_trustees


def test_any_three_of_four_trustees_open_and_the_payload_comes_back(bid, tmp_path):
    for number, chosen in enumerate([(1, 2, 3), (1, 2, 4), (1, 3, 4), (2, 3, 4), (1, 2, 3, 4)]):
        outcome, part = opened(bid, "tech", chosen), bid.lid["parts"][1]
        assert verdict(outcome) == ("opened", None, None, ())
        out = tmp_path / f"{number}.zip"
        assert open_body(outcome.identity, bid.secrets["tech"].body, out, part).opened
        assert out.read_bytes() == bid.payloads["tech"].read_bytes()
        with read_payload(out) as found:
            assert found.open("files/技术方案.txt").read() == b"planted string of tech"
            check_statement(
                found.statement, policy=bid.lid["policy"], box_key=bid.lid["box_key"], seq=bid.lid["seq"], part="tech"
            )


def test_the_plain_age_command_opens_a_body_with_the_published_identity(bid, tmp_path):
    if not AGE.exists():
        print("the age command is not installed; interoperation was not checked")
        return
    key = tmp_path / "key"
    key.write_text(opened(bid).identity + "\n")
    plain = subprocess.run([AGE, "-d", "-i", key, bid.secrets["tech"].body], capture_output=True, check=True).stdout
    assert plain == bid.payloads["tech"].read_bytes()


def test_a_trustee_opens_only_its_own_share(bid):
    part, pid = bid.lid["parts"][0], policy_id(bid.policy)
    with pytest.raises(OpeningError, match="share-undecryptable"):
        open_share(pid, part, 1, cast.TRUSTEES[1].identity)
    with pytest.raises(OpeningError, match="share-malformed"):
        open_share("00" * 32, part, 1, cast.TRUSTEES[0].identity)
    wrong = copy.deepcopy(part)
    wrong["commit"][0] = "00" * 32
    with pytest.raises(OpeningError, match="share-mismatch"):
        open_share(pid, wrong, 1, cast.TRUSTEES[0].identity)


def test_rule_a_an_inconsistent_dealing_is_the_bidders_fault_whoever_opens(bid):
    part, pid = copy.deepcopy(bid.lid["parts"][1]), policy_id(bid.policy)
    y = shares(bid, part)
    y[4] = bytes(31) + b"\1"
    part["commit"][3] = commit_of(pid, part["recipient"], 4, y[4])
    for chosen in [(1, 2, 3), (2, 3, 4), (1, 2, 4), (1, 2, 3, 4)]:
        outcome = open_part(bid.policy, pid, part, {i: y[i] for i in chosen})
        assert verdict(outcome) == ("inconsistent-dealing", "bidder", "撤销", ())
        assert outcome.identity is None


def test_rule_b_a_share_file_made_against_the_rules_is_the_bidders_fault(bid):
    part, pid = copy.deepcopy(bid.lid["parts"][1]), policy_id(bid.policy)
    y = shares(bid, part, (1, 2, 3))
    raw = bytearray(unbase64(part["share"][3]))
    raw[-1] ^= 1
    part["share"][3] = b64(bytes(raw))
    with pytest.raises(OpeningError, match="share-undecryptable"):
        open_share(pid, part, 4, cast.TRUSTEES[3].identity)
    outcome = open_part(bid.policy, pid, part, y, complaints=[4])
    assert verdict(outcome) == ("inconsistent-dealing", "bidder", "撤销", ())


def test_rule_b_a_false_complaint_is_the_trustees_and_the_bid_opens(bid):
    assert verdict(opened(bid, numbers=(1, 2, 3), complaints=[4])) == ("opened", None, None, (4,))


def test_rule_c_a_wrong_share_is_ignored_when_three_good_ones_exist(bid):
    part, pid = bid.lid["parts"][2], policy_id(bid.policy)
    y = {**shares(bid, part, (1, 3, 4)), 2: bytes(32), 9: bytes(32)}
    assert verdict(open_part(bid.policy, pid, part, y)) == ("opened", None, None, (2, 9))


def test_rule_c_too_few_shares_are_not_the_bidders_fault(bid):
    part, pid = bid.lid["parts"][2], policy_id(bid.policy)
    assert verdict(open_part(bid.policy, pid, part, {})) == ("too-few-shares", "trustee", "撤回", ())
    y = {**shares(bid, part, (1, 2)), 3: b"short"}
    assert verdict(open_part(bid.policy, pid, part, y)) == ("too-few-shares", "trustee", "撤回", (3,))
    unsettled = open_part(bid.policy, pid, part, shares(bid, part, (1, 2)), complaints=[3, 4])
    assert verdict(unsettled) == ("complaints-unsettled", None, "撤回", ())


@pytest.mark.parametrize("kind", ["bid", "joint_bid"])
def test_rule_c_the_bidder_may_rescue_its_own_bid(kind, request):
    bid = request.getfixturevalue(kind)
    part, pid = bid.lid["parts"][2], policy_id(bid.policy)
    rescue = next(entry for entry in rescue_entries(bid.lid, bid.secrets) if entry["part"] == "price")
    assert verdict(open_part(bid.policy, pid, part, {}, rescue=rescue)) == ("opened", None, None, ())
    outcome = open_part(bid.policy, pid, part, {1: bytes(32)}, rescue=rescue, complaints=[2])
    assert verdict(outcome) == ("opened", None, None, (1, 2))
    stranger = {**rescue, "S": new_secret().hex()}
    assert verdict(open_part(bid.policy, pid, part, {}, rescue=stranger))[:3] == ("too-few-shares", "trustee", "撤回")
    for broken in ({}, {"S": "zz"}, b"short", {"S": None}):
        assert open_part(bid.policy, pid, part, {}, rescue=broken).code == "too-few-shares"


def test_a_rescue_does_not_heal_a_wrong_dealing(bid):
    part, pid = copy.deepcopy(bid.lid["parts"][2]), policy_id(bid.policy)
    part["commit"] = ["00" * 32] * 4
    outcome = open_part(bid.policy, pid, part, {}, rescue=bid.secrets["price"].secret, complaints=[1, 2, 3, 4])
    assert verdict(outcome) == ("inconsistent-dealing", "bidder", "撤销", ())


def test_rule_d_without_the_bidders_share_the_bid_counts_as_revoked(joint_bid):
    assert verdict(opened(joint_bid)) == ("bidder-share-missing", "bidder", "撤销", ())
    assert verdict(opened(joint_bid, bshare=bytes(32))) == ("bidder-share-wrong", "bidder", "撤销", ())
    right = joint_bid.secrets["tech"].bshare
    assert verdict(opened(joint_bid, bshare=right)) == ("opened", None, None, ())
    part = joint_bid.lid["parts"][1]
    only = open_part(joint_bid.policy, policy_id(joint_bid.policy), part, {}, rescue=joint_bid.secrets["tech"].secret)
    assert verdict(only) == ("bidder-share-missing", "bidder", "撤销", ())


def test_shares_of_another_key_than_the_recipient_are_the_bidders_fault(bid):
    from sunshine_proof.shares import deal_shares

    part, pid, other = copy.deepcopy(bid.lid["parts"][0]), policy_id(bid.policy), new_secret()
    dealing = deal_shares(bid.policy, pid, part["recipient"], other)
    part["commit"], part["share"] = dealing.commit, [b64(share) for share in dealing.files]
    outcome = open_part(bid.policy, pid, part, {i: dealing.y[i] for i in (1, 2, 3)})
    assert verdict(outcome) == ("key-mismatch", "bidder", "撤销", ())


def test_rule_e_a_lost_or_changed_body_is_the_platforms_until_it_is_back(bid, tmp_path):
    part, identity = bid.lid["parts"][1], opened(bid).identity
    body, out = bid.secrets["tech"].body.read_bytes(), tmp_path / "out"
    lost = tmp_path / "lost"
    assert verdict(open_body(identity, lost, out, part))[:3] == ("body-lost", "platform", "撤回")
    lost.write_bytes(body[:-20])
    assert verdict(open_body(identity, lost, out, part))[:3] == ("body-lost", "platform", "撤回")
    lost.write_bytes(body)
    assert open_body(identity, lost, out, part).opened


def test_a_body_sealed_to_another_key_is_the_bidders_fault_and_leaves_no_file(bid, tmp_path):
    source, body, out = tmp_path / "plain", tmp_path / "body", tmp_path / "out"
    source.write_bytes(b"x" * 200_000)
    written = encrypt_file(source, body, cast.policy()["trustees"][0]["recipient"])
    part = {**bid.lid["parts"][1], "size": written.size, "sha256": written.sha256}
    outcome = open_body(opened(bid).identity, body, out, part)
    assert verdict(outcome)[:3] == ("body-undecryptable", "bidder", "撤销")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["body", "plain"]
    assert open_body(opened(bid).identity, body, out).fault is None


def test_a_full_disk_is_nobodys_legal_fault(bid, tmp_path):
    source, body, secret = tmp_path / "plain", tmp_path / "body", new_secret()
    source.write_bytes(b"x" * 500_000)
    written = encrypt_file(source, body, recipient_of(secret))
    part = {**bid.lid["parts"][1], "size": written.size, "sha256": written.sha256}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            open_body(identity_of(secret), body, tmp_path / "out", part)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["body", "plain"]
    with pytest.raises(FileNotFoundError):
        open_body(identity_of(secret), body, tmp_path / "nowhere" / "out", part)


def test_an_outcome_does_not_print_its_key(bid):
    outcome = opened(bid)
    assert "AGE-SECRET" not in repr(outcome) + str(outcome) + repr(bid.secrets)


def test_a_share_holds_what_the_format_says_and_nothing_else(bid):
    part = bid.lid["parts"][0]
    text = decrypt_bytes(cast.TRUSTEES[0].identity, unbase64(part["share"][0]))
    assert text.startswith(b'{"bid":"' + part["recipient"].encode())
    assert identity_of(bid.secrets["summary"].secret).encode() not in text


def test_a_release_states_commitments_and_never_the_share(bid):
    part, pid = bid.lid["parts"][0], policy_id(bid.policy)
    y = shares(bid, part, (1,))[1]
    entries = [
        {"lid": bid.lid["id"], "part": "summary", "commit": part["commit"][0]},
        {"lid": bid.lid["id"], "part": "tech", "fault": "share-mismatch"},
    ]
    statement = build_release(pid.hex(), 1, entries, "2027-03-01T01:05:00Z")
    found = check_release(statement, pid.hex(), 1)
    assert len(release_digest(statement)) == 32
    check_released_share(pid, part, 1, y, found[bid.lid["id"], "summary"])
    with pytest.raises(ReleaseError):
        check_released_share(pid, part, 1, bytes(32), found[bid.lid["id"], "summary"])
    with pytest.raises(ReleaseError):
        check_released_share(pid, part, 1, y, found[bid.lid["id"], "tech"])
    wrong = [[], entries[:1] * 2, [{**entries[0], "y": y.hex()}], [{**entries[1], "fault": "tired"}], [{"lid": "x"}]]
    for releases in wrong:
        with pytest.raises(ReleaseError):
            check_release({**statement, "releases": releases}, pid.hex(), 1)
    with pytest.raises(ReleaseError):
        check_release(statement, pid.hex(), 2)


def test_a_payload_of_another_bid_is_found_out_by_its_statement(bid):
    with read_payload(bid.payloads["tech"]) as found, pytest.raises(PayloadError, match="statement-mismatch"):
        check_statement(found.statement, policy=bid.lid["policy"], box_key="00" * 32, seq=1, part="tech")
