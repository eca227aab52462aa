"""What a bidder gives at the opening, and a trustee's last word about its key."""

import os

import proof_cast as cast
import pytest

from sunshine_proof.agefile import new_secret, recipient_of
from sunshine_proof.destroyed import DestroyedError, build_destroyed, check_destroyed, destroyed_digest
from sunshine_proof.remedy import (
    RemedyError,
    check_bidder_share,
    check_remedy,
    check_rescue,
    remedy_digest,
    sign_remedy,
)
from sunshine_proof.seal import policy_id

NOW = "2027-03-01T01:00:00Z"


def said(bid, act="rescue", parts=("summary", "tech"), secret=None):
    return sign_remedy(bid.lid, act, parts, NOW, secret or bid.box_secret)


def code(call, *args):
    with pytest.raises((RemedyError, DestroyedError)) as caught:
        call(*args)
    return caught.value.code


def test_a_remedy_names_its_parts_and_only_its_own_act(bid):
    for act in ("release-share", "rescue", "restore-body"):
        statement, sig = said(bid, act)
        assert check_remedy(statement, sig, bid.lid, act) == ["summary", "tech"]
        for other in {"release-share", "rescue", "restore-body", "anything"} - {act}:
            assert code(check_remedy, statement, sig, bid.lid, other) == "remedy-act"


def test_a_remedy_by_another_key_or_about_another_bid_is_refused(bid):
    statement, sig = said(bid, secret=os.urandom(32))
    assert code(check_remedy, statement, sig, bid.lid, "rescue") == "remedy-signature"
    statement, sig = said(bid)
    assert code(check_remedy, statement, sig, bid.lid | {"id": "00" * 32}, "rescue") == "remedy-lid"


@pytest.mark.parametrize("change", [{"parts": ["summary"]}, {"time": "2027-03-01T01:00:01Z"}])
def test_every_field_is_under_the_signature(bid, change):
    statement, sig = said(bid)
    assert remedy_digest(statement | change) != remedy_digest(statement)
    assert code(check_remedy, statement | change, sig, bid.lid, "rescue") == "remedy-signature"


@pytest.mark.parametrize(
    "change",
    [{"parts": []}, {"parts": ["tech", "tech"]}, {"parts": ["elsewhere"]}, {"parts": 7}, {"time": 0}, {"y": "00"}],
)
def test_a_malformed_remedy_has_a_code_and_never_another_error(bid, change):
    statement, sig = said(bid)
    assert code(check_remedy, statement | change, sig, bid.lid, "rescue")
    assert code(check_remedy, statement, "zz", bid.lid, "rescue") != ""


def test_a_rescue_key_and_a_bidder_share_are_held_against_the_lid(bid, joint_bid):
    own = joint_bid.secrets["tech"].bshare
    check_bidder_share(policy_id(joint_bid.policy), joint_bid.lid["parts"][1], own)
    assert code(check_bidder_share, policy_id(joint_bid.policy), joint_bid.lid["parts"][0], own) == "remedy-share"
    part, kept = bid.lid["parts"][1], bid.secrets["tech"]
    check_rescue(part, kept.secret)
    assert code(check_rescue, part, new_secret()) == "remedy-key"
    assert code(check_rescue, part, b"short") == "remedy-key"
    assert code(check_bidder_share, policy_id(bid.policy), part, new_secret()) == "remedy-share"


def test_a_word_of_destruction_is_about_one_key_of_one_tender():
    recipient = recipient_of(cast.TRUSTEES[0].secret)
    word = build_destroyed("P-1", "审计", recipient, NOW)
    check_destroyed(word, "P-1", "审计", recipient)
    assert len(destroyed_digest(word)) == 32
    assert code(check_destroyed, word, "P-2", "审计", recipient) == "destroyed-tender"
    assert code(check_destroyed, word, "P-1", "采购人", recipient) == "destroyed-tender"
    assert code(check_destroyed, word, "P-1", "审计", recipient_of(new_secret())) == "destroyed-key"
    assert code(check_destroyed, word | {"v": "key-destroyed/2"}, "P-1", "审计", recipient) == "destroyed-version"
    assert code(check_destroyed, word | {"more": 1}, "P-1", "审计", recipient) == "wrong-shape"
