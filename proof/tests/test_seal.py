"""Policies, lids, withdrawals, extensions, chains: what is refused and why."""

import copy
from datetime import UTC, datetime

import proof_cast as cast
import pytest

from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.receipt import ReceiptError, sign_receipt, verify_receipt
from sunshine_proof.seal import (
    SealError,
    build_extension,
    build_lid,
    build_withdrawal,
    check_body,
    check_lid,
    check_next,
    check_policy,
    check_trustees,
    check_withdrawal,
    effective_lid,
    effective_times,
    new_box_secret,
    policy_id,
)


def refused(act, *arguments):
    with pytest.raises(SealError) as caught:
        act(*arguments)
    return caught.value.code


def flip(text: str) -> str:
    """The same text with its first character changed to another of the same kind."""
    return ("0" if text[0] != "0" else "1") + text[1:]


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def with_changed(record, path, value):
    changed = copy.deepcopy(record)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def test_a_sealed_bid_has_a_lid_the_box_accepts(bid):
    check_lid(bid.lid, bid.policy)
    for part in bid.lid["parts"]:
        check_body(part, bid.secrets[part["part"]].body)


def test_a_flipped_byte_in_any_field_of_a_lid_is_refused(bid):
    fields = list(leaves(bid.lid))
    assert len(fields) > 40
    for path, value in fields:
        changed = value + 1 if isinstance(value, int) else flip(value) if value else "0" * 64
        refused(check_lid, with_changed(bid.lid, path, changed), bid.policy)


def test_a_flipped_byte_in_any_field_of_a_withdrawal_is_refused(bid):
    gone = build_withdrawal(bid.policy, 2, bid.lid["id"], bid.box_secret)
    check_withdrawal(gone, bid.policy)
    for path, value in leaves(gone):
        changed = value + 1 if isinstance(value, int) else flip(value)
        refused(check_withdrawal, with_changed(gone, path, changed), bid.policy)


def test_a_lid_with_a_missing_or_superfluous_field_is_refused(bid):
    for key in bid.lid:
        refused(check_lid, {k: v for k, v in bid.lid.items() if k != key}, bid.policy)
    assert refused(check_lid, {**bid.lid, "bidder": "李"}, bid.policy) == "wrong-shape"


def resigned(bid, change):
    """A lid that its bidder changed and signed again: only the rules can refuse it."""
    parts = copy.deepcopy(bid.lid["parts"])
    change(parts)
    return build_lid(bid.policy, parts, 1, "", bid.box_secret)


def test_what_a_bidder_signs_against_the_rules_is_refused(bid, joint_bid):
    def swap(parts):
        parts[0], parts[1] = parts[1], parts[0]

    cases = {
        "lid-parts": [lambda p: p.pop(), swap, lambda p: p[1].update(recipient=p[0]["recipient"], share=p[0]["share"])],
        "lid-threshold": [lambda p: p[0].update(k=2)],
        "lid-share": [
            lambda p: p[0]["share"].__setitem__(0, b64(b"not an age file at all")),
            lambda p: p[0]["share"].__setitem__(0, b64(unbase64(p[0]["share"][0]) + b"x")),
        ],
        "wrong-shape": [
            lambda p: p[0]["commit"].pop(),
            lambda p: p[0]["share"].append(p[0]["share"][0]),
            lambda p: p[0].update(size=True),
            lambda p: p[0].update(size=100),
            lambda p: p[0].update(bshare_commit="0" * 64),
        ],
        "bech32-checksum": [lambda p: p[0].update(recipient=p[0]["recipient"][:-1] + "q")],
        "not-hex": [lambda p: p[0].update(sha256=p[0]["sha256"].upper())],
    }
    for code, changes in cases.items():
        for change in changes:
            assert refused(check_lid, resigned(bid, change), bid.policy) == code
    bare = resigned(joint_bid, lambda p: p[0].pop("bshare_commit"))
    assert refused(check_lid, bare, joint_bid.policy) == "wrong-shape"


def test_a_lid_for_another_policy_is_refused(bid):
    later = {**bid.policy, "deadline": "2027-03-01T00:59:59Z"}
    assert refused(check_lid, bid.lid, later) == "lid-policy"


def test_a_lid_signed_by_another_box_key_is_refused(bid):
    other = build_lid(bid.policy, bid.lid["parts"], 1, "", new_box_secret())
    assert refused(check_lid, {**bid.lid, "sig": other["sig"]}, bid.policy) == "lid-signature"


def test_replacement_and_withdrawal_chain_to_the_lid_before(bid):
    second = build_lid(bid.policy, bid.lid["parts"], 2, bid.lid["id"], bid.box_secret)
    gone = build_withdrawal(bid.policy, 3, second["id"], bid.box_secret)
    again = build_lid(bid.policy, bid.lid["parts"], 4, gone["id"], bid.box_secret)
    assert effective_lid([], bid.policy) is None
    assert effective_lid([bid.lid], bid.policy) == bid.lid
    assert effective_lid([bid.lid, second], bid.policy) == second
    assert effective_lid([bid.lid, second, gone], bid.policy) is None
    assert effective_lid([bid.lid, second, gone, again], bid.policy) == again


def test_a_replayed_forked_or_foreign_lid_breaks_the_chain(bid):
    second = build_lid(bid.policy, bid.lid["parts"], 2, bid.lid["id"], bid.box_secret)
    foreign = build_lid(bid.policy, bid.lid["parts"], 2, bid.lid["id"], new_box_secret())
    fork = build_withdrawal(bid.policy, 2, bid.lid["id"], bid.box_secret)
    twice = build_withdrawal(bid.policy, 3, fork["id"], bid.box_secret)
    assert refused(check_next, bid.lid, bid.lid) == "lid-replayed"
    assert refused(check_next, bid.lid, second) == "lid-chain"
    assert refused(check_next, second, None) == "lid-chain"
    assert refused(check_next, foreign, bid.lid) == "lid-chain"
    assert refused(check_next, fork, second) == "lid-chain"
    assert refused(check_next, twice, fork) == "lid-chain"
    assert refused(effective_lid, [second, bid.lid], bid.policy) == "lid-chain"


def test_a_body_that_is_not_the_one_of_the_lid_is_refused(bid, tmp_path):
    part, body = bid.lid["parts"][1], bid.secrets["tech"].body.read_bytes()
    for number, changed in enumerate((body[:-1], body + b"\0", bytes([body[0] ^ 1]) + body[1:], b"")):
        path = tmp_path / str(number)
        path.write_bytes(changed)
        assert refused(check_body, part, path) == "body-mismatch"


def test_every_field_of_a_policy_is_demanded_and_checked():
    policy = cast.policy()
    for key in policy:
        refused(check_policy, {k: v for k, v in policy.items() if k != key})
    trustees = policy["trustees"]
    wrong = [
        {"k": 0}, {"k": 5}, {"k": True}, {"parts": []}, {"parts": ["tech", "tech"]}, {"parts": ["../x"]},
        {"deadline": "2027-03-01 01:00:00Z"}, {"deadline": "2027-02-30T01:00:00Z"}, {"suite": "rot13"},
        {"open_not_before": "2027-03-01T00:59:59Z"}, {"bidder_share": "maybe"}, {"tender": "P-1\nP-2"},
        {"trustees": trustees[::-1]}, {"trustees": []},
        {"trustees": [*trustees[:3], {**trustees[3], "recipient": trustees[0]["recipient"]}]},
        {"trustees": [*trustees[:3], {**trustees[3], "cert_sha256": trustees[0]["cert_sha256"]}]},
        {"log_origin": "other.example.test"}, {"log_vkey": policy["log_vkey"][:-3] + "AA="},
        {"witness_vkeys": [policy["log_vkey"]]}, {"extra": 1},
    ]  # fmt: skip
    for change in wrong:
        refused(check_policy, {**policy, **change})


def test_a_low_order_recipient_is_refused():
    from sunshine_proof.agefile import bech32_encode

    policy = cast.policy()
    policy["trustees"][0]["recipient"] = bech32_encode("age", bytes(32))
    assert refused(check_policy, policy) == "age-key"


def test_swapped_trustees_are_found_out_by_their_certificates():
    policy, people = cast.policy(), [person.certificate for person in cast.TRUSTEES]
    given, roots = [*people, cast.INTERMEDIATE.certificate], [cast.ROOT.certificate]
    check_trustees(policy, given, roots, cast.NOON)
    first, second = policy["trustees"][:2]
    swapped = copy.deepcopy(policy)
    swapped["trustees"][0]["recipient"], swapped["trustees"][1]["recipient"] = second["recipient"], first["recipient"]
    assert refused(check_trustees, swapped, given, roots) == "bad-signature"
    replaced = copy.deepcopy(policy)
    replaced["trustees"][0] = cast.trustee_entry(1, cast.ZHENG, "招标人")
    assert refused(check_trustees, replaced, given, roots) == "trustee-certificate"
    assert refused(check_trustees, replaced, [*given, cast.ZHENG.certificate], roots) == "no-chain"
    assert refused(check_trustees, policy, people, roots) == "no-chain"
    late = datetime(2031, 1, 1, tzinfo=UTC)
    assert refused(check_trustees, policy, given, roots, late) == "not-valid-then"
    other = copy.deepcopy(policy) | {"tender": "P-2"}
    assert refused(check_trustees, other, given, roots) == "bad-signature"


def test_an_extension_moves_both_times_later_and_nothing_else():
    policy = cast.policy()
    first = build_extension(policy, 1, "2027-03-05T01:00:00Z", "2027-03-05T01:00:00Z", cast.LOG_KEY)
    second = build_extension(policy, 2, "2027-03-08T01:00:00Z", "2027-03-08T02:00:00Z", cast.LOG_KEY)
    assert effective_times(policy)[0] == datetime(2027, 3, 1, 1, tzinfo=UTC)
    assert effective_times(policy, [first, second])[1] == datetime(2027, 3, 8, 2, tzinfo=UTC)
    assert refused(effective_times, policy, [second]) == "extension-seq"
    assert refused(effective_times, policy, [first, first]) == "extension-seq"
    earlier = build_extension(policy, 1, "2027-02-28T01:00:00Z", "2027-03-05T01:00:00Z", cast.LOG_KEY)
    assert refused(effective_times, policy, [earlier]) == "extension-times"
    for path, value in leaves(first):
        changed = value + 1 if isinstance(value, int) else flip(value)
        refused(effective_times, policy, [with_changed(first, path, changed)])
    forger = cast.Ed25519PrivateKey.generate()
    forged = (policy, 1, "2027-03-05T01:00:00Z", "2027-03-05T01:00:00Z", forger)
    assert refused(build_extension, *forged) == "extension-signature"


def test_the_policy_id_changes_with_every_field():
    policy = cast.policy()
    ids = {policy_id(policy)}
    for path, value in leaves(policy):
        ids.add(policy_id(with_changed(policy, path, value + 1 if isinstance(value, int) else flip(value))))
    assert len(ids) == 1 + sum(1 for _ in leaves(policy))


def test_a_receipt_is_the_word_of_the_log_and_of_no_other(bid):
    receipt = sign_receipt(bid.lid["id"], "2027-02-27T08:00:00Z", cast.ORIGIN, cast.LOG_KEY)
    assert verify_receipt(receipt, bid.policy["log_vkey"])["lid"] == bid.lid["id"]
    for path, value in leaves(receipt):
        with pytest.raises(ReceiptError):
            verify_receipt(with_changed(receipt, path, flip(value)), bid.policy["log_vkey"])
