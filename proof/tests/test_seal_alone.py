"""seal-policy/2: the bidder alone opens. What the two versions must never lend each other, told as attacks."""

import copy
import json

import proof_cast as cast
import pytest
import tool_cast as tool
import write_seal_2
from conftest import VECTORS

from sunshine_proof.agefile import new_secret
from sunshine_proof.canonical import b64
from sunshine_proof.cli.bid import main
from sunshine_proof.opening import open_body, open_part
from sunshine_proof.policy import SealError, box_policy, check_policy, check_trustees, opens_alone, policy_id
from sunshine_proof.remedy import RemedyError, check_remedy, check_rescue, sign_remedy
from sunshine_proof.seal import build_lid, check_lid, new_box_secret, seal_bid
from sunshine_proof.sealing import rescue_entries, seal_part
from sunshine_proof.shares import deal_shares
from sunshine_proof.tender import TenderError, read_tender
from sunshine_proof.vectors import run_vectors


def refused(act, *arguments):
    with pytest.raises(SealError) as caught:
        act(*arguments)
    return caught.value.code


def opened(bid, name, rescue, shares=None):
    part = next(part for part in bid.lid["parts"] if part["part"] == name)
    found = open_part(bid.policy, policy_id(bid.policy), part, shares or {}, rescue=rescue)
    return found.code, found.fault, found.legal


def resigned(bid, policy, **changes):
    """The bid's lid under `policy`, its parts changed and signed again by the bidder itself."""
    parts = [{**copy.deepcopy(part), **changes} for part in bid.lid["parts"]]
    return build_lid(policy, parts, 1, "", bid.box_secret)


def test_the_vectors_are_what_the_script_writes_and_hold():
    written = json.loads((VECTORS / "seal-2.json").read_text())
    assert written == write_seal_2.content()
    assert [differs for _, differs in run_vectors(written)] == ["", ""]


def test_a_bid_under_the_second_version_deals_nothing_and_its_bidder_opens_it(lone_bid, tmp_path):
    check_policy(lone_bid.policy)
    assert opens_alone(lone_bid.policy) and lone_bid.policy["v"] == "seal-policy/2"
    check_lid(lone_bid.lid, lone_bid.policy)
    check_trustees(lone_bid.policy, [], [])
    for part in lone_bid.lid["parts"]:
        assert (part["k"], part["commit"], part["share"]) == (0, [], []) and "bshare_commit" not in part
        kept = lone_bid.secrets[part["part"]]
        assert kept.bshare is None
        outcome = open_part(lone_bid.policy, policy_id(lone_bid.policy), part, {}, rescue=kept.secret)
        assert outcome.opened and outcome.identity is not None
        assert open_body(outcome.identity, kept.body, tmp_path / part["part"], part).opened
    for entry in rescue_entries(lone_bid.lid, lone_bid.secrets):
        assert opened(lone_bid, entry["part"], entry)[0] == "opened"


def test_nothing_but_its_own_key_opens_a_part(lone_bid):
    other = lone_bid.secrets["price"].secret
    wrong = ("bidder-key-wrong", "bidder", "撤销")
    for given in (new_secret(), other, b"", b"x" * 31, {"S": "zz"}, {}, {"S": None}):
        assert opened(lone_bid, "tech", given) == wrong
    missing = ("bidder-key-missing", "bidder", "撤销")
    assert opened(lone_bid, "tech", None) == missing
    # k is 0: an empty set of shares, or any share from anybody, must still count as nothing
    assert opened(lone_bid, "tech", None, {1: lone_bid.secrets["tech"].secret}) == missing
    assert opened(lone_bid, "tech", None, {0: bytes(32), 4: bytes(32)}) == missing


@pytest.mark.parametrize(
    "change",
    [
        {"v": "seal-policy/1"},
        {"bidder_share": "none"},
        {"bidder_share": "required"},
        {"bidder_share": "Alone"},
        {"bidder_share": None},
        {"bidder_share": ["alone"]},
        {"k": 1},
        {"k": False},
        {"k": -1},
        {"k": "0"},
        {"trustees": [cast.trustee_entry(1, cast.TRUSTEES[0], "招标人")]},
        {"trustees": [cast.trustee_entry(1, cast.TRUSTEES[0], "招标人")], "k": 1},
        {"trustees": {}},
        {"trustees": None},
        {"v": "seal-policy/3"},
    ],
)
def test_a_policy_between_the_versions_is_refused(change):
    refused(check_policy, {**cast.policy("alone"), **change})


@pytest.mark.parametrize("share", ["none", "required"])
def test_the_first_version_still_needs_trustees_and_a_threshold(share):
    good = cast.policy(share)
    for change in (
        {"k": 0},
        {"trustees": []},
        {"k": 0, "trustees": []},
        {"v": "seal-policy/2"},
        {"bidder_share": "alone"},
    ):
        refused(check_policy, {**good, **change})
        refused(opens_alone, {**good, **change})
    fields = {
        key: good[key] for key in ("tender", "lot", "deadline", "open_not_before", "parts", "log_origin", "log_vkey")
    }
    with pytest.raises(SealError):
        box_policy(**fields, k=0, trustees=[], bidder_share=share)


def test_a_lid_of_one_version_is_refused_under_the_other(bid, joint_bid, lone_bid):
    assert refused(check_lid, resigned(bid, lone_bid.policy), lone_bid.policy) == "wrong-shape"
    assert refused(check_lid, resigned(joint_bid, lone_bid.policy), lone_bid.policy) == "wrong-shape"
    assert refused(check_lid, resigned(lone_bid, bid.policy), bid.policy) == "wrong-shape"
    assert refused(check_lid, resigned(lone_bid, joint_bid.policy), joint_bid.policy) == "wrong-shape"
    assert refused(check_lid, lone_bid.lid, bid.policy) == "lid-policy"


def test_a_lid_that_skips_the_trustees_never_counts_as_opened(bid, joint_bid):
    """k 0 and no shares under a policy with trustees: whoever holds S would open early, and alone."""
    for one in (bid, joint_bid):
        for changes in ({"k": 0, "commit": [], "share": []}, {"commit": [], "share": []}, {"k": 0}):
            lid = resigned(one, one.policy, **changes)
            refused(check_lid, lid, one.policy)
            kept = one.secrets["tech"]
            found = open_part(one.policy, policy_id(one.policy), lid["parts"][1], {}, kept.bshare, kept.secret)
            assert (found.code, found.fault, found.identity) == ("inconsistent-dealing", "bidder", None)


@pytest.mark.parametrize(
    "change",
    [
        {"k": 1},
        {"k": False},
        {"commit": ["00" * 32]},
        {"share": [b64(b"age-encryption.org/v1\n")]},
        {"bshare_commit": "00" * 32},
        {"commit": None},
        {"share": {}},
    ],
)
def test_a_part_that_deals_where_nobody_opens_is_refused(lone_bid, change):
    assert refused(check_lid, resigned(lone_bid, lone_bid.policy, **change), lone_bid.policy) == "wrong-shape"


def test_dealing_under_a_policy_between_the_versions_makes_no_part(lone_bid, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for policy in (
        {**lone_bid.policy, "v": "seal-policy/1"},
        {**cast.policy(), "k": 0},
        {**cast.policy(), "trustees": []},
    ):
        with pytest.raises(SealError):
            seal_part(policy, "tech", source, tmp_path / "body")
        with pytest.raises(SealError):
            deal_shares(policy, policy_id(policy), lone_bid.lid["parts"][0]["recipient"], new_secret())
        with pytest.raises(SealError):
            open_part(policy, policy_id(policy), lone_bid.lid["parts"][0], {}, rescue=new_secret())
    assert not (tmp_path / "body").exists()


def test_presenting_the_key_rests_on_the_box_key(lone_bid):
    time = "2027-03-01T01:10:00Z"
    said, sig = sign_remedy(lone_bid.lid, "rescue", ["tech"], time, lone_bid.box_secret)
    assert check_remedy(said, sig, lone_bid.lid, "rescue") == ["tech"]
    check_rescue(lone_bid.lid["parts"][1], lone_bid.secrets["tech"].secret)
    with pytest.raises(RemedyError):
        check_rescue(lone_bid.lid["parts"][1], lone_bid.secrets["price"].secret)
    said, sig = sign_remedy(lone_bid.lid, "rescue", ["tech"], time, new_box_secret())
    with pytest.raises(RemedyError):
        check_remedy(said, sig, lone_bid.lid, "rescue")


def lone_tender(**other):
    later = {"deadline": "2029-03-01T01:00:00Z", "open_not_before": "2029-03-01T01:00:00Z"}
    return tool.tender({**cast.policy("alone"), **later}, **{"trustee_certificates": [], **other})


def test_a_tender_file_of_this_mode_names_no_trustee(tmp_path, bid):
    found = read_tender(tool.written_tender(tmp_path, lone_tender()))
    found.check_seats(cast.NOON)
    named = tool.written_tender(tmp_path, lone_tender(trustee_certificates=[tool.pem(cast.TRUSTEES[0])]))
    with pytest.raises(TenderError):
        read_tender(named)
    with pytest.raises(TenderError):
        read_tender(tool.written_tender(tmp_path, tool.tender(bid.policy, trustee_certificates=[])))


def test_the_command_says_who_opens(tmp_path, capsys):
    assert main(["prepare", str(tool.written_tender(tmp_path, lone_tender())), str(tmp_path / "bid")]) == 0
    assert "the bidder alone" in capsys.readouterr().out


def test_a_whole_bid_is_sealed_and_refuses_a_missing_part(lone_bid, tmp_path):
    with pytest.raises(SealError):
        seal_bid(lone_bid.policy, {"tech": lone_bid.payloads["tech"]}, tmp_path, new_box_secret())
