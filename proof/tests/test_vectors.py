"""Every case of the shared vectors, byte for byte."""

import itertools

import pytest

from sunshine_proof.agefile import identity_of, recipient_of, secret_of
from sunshine_proof.canonical import b64
from sunshine_proof.opening import open_part, open_share
from sunshine_proof.policy import policy_id
from sunshine_proof.seal import box_key_of, build_lid, build_withdrawal, check_next, check_signature, check_withdrawal
from sunshine_proof.shamir import combine
from sunshine_proof.shares import bshare_commit_of, deal_shares
from sunshine_proof.tree import (
    TreeError,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

CASES = range(5)


@pytest.mark.parametrize("number", CASES)
def test_the_dealing_of_every_vector_is_reproduced(seal_vectors, number):
    case = seal_vectors[number]
    policy, secret, pid = case["policy"], bytes.fromhex(case["S"]), policy_id(case["policy"])
    assert pid.hex() == case["policy_id"]
    assert (identity_of(secret), recipient_of(secret)) == (case["identity"], case["recipient"])
    assert secret_of(case["identity"]) == secret
    dealt = bytes.fromhex(case.get("S_T", case["S"]))
    dealing = deal_shares(policy, pid, case["recipient"], dealt)
    assert [dealing.y[i].hex() for i in sorted(dealing.y)] == case["y"]
    assert dealing.commit == case["commit"]
    assert [b64(share) for share in dealing.files] == case["share_base64"]
    if "S_B" in case:
        assert bshare_commit_of(pid, case["recipient"], bytes.fromhex(case["S_B"])) == case["bshare_commit"]


@pytest.mark.parametrize("number", CASES)
def test_the_lid_and_withdrawal_of_every_vector_are_reproduced(seal_vectors, number):
    case = seal_vectors[number]
    box_secret, lid = bytes.fromhex(case["box_secret"]), case["lid"]
    assert box_key_of(box_secret) == lid["box_key"]
    assert build_lid(case["policy"], lid["parts"], lid["seq"], lid["prev"], box_secret) == lid
    check_signature(lid)
    gone = case["withdrawal"]
    assert build_withdrawal(case["policy"], gone["seq"], gone["prev"], box_secret) == gone
    check_withdrawal(gone, case["policy"])
    check_next(lid, None)
    check_next(gone, lid)


@pytest.mark.parametrize("number", CASES)
def test_every_k_of_n_trustees_open_every_vector(seal_vectors, number):
    case = seal_vectors[number]
    policy, part, pid = case["policy"], case["lid"]["parts"][0], case["policy_id"]
    y = {i: open_share(pid, part, i, key) for i, key in enumerate(case["trustee_identities"], 1)}
    assert [share.hex() for share in y.values()] == case["y"]
    bshare = bytes.fromhex(case["S_B"]) if "S_B" in case else None
    for chosen in itertools.combinations(y, policy["k"]):
        assert combine({i: y[i] for i in chosen}).hex() == case.get("S_T", case["S"])
    for chosen in list(itertools.combinations(y, policy["k"]))[:3]:
        outcome = open_part(policy, pid, part, {i: y[i] for i in chosen}, bshare)
        assert (outcome.code, outcome.identity, outcome.bad_trustees) == ("opened", case["identity"], ())


def test_every_root_of_the_merkle_vectors_is_reproduced(merkle_vectors):
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in merkle_vectors["leaves"]]
    for size, root in merkle_vectors["roots"].items():
        assert root_of(hashes[: int(size)]).hex() == root


def test_every_inclusion_vector_verifies_and_no_neighbour_does(merkle_vectors):
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in merkle_vectors["leaves"]]
    for case in merkle_vectors["inclusion"]:
        index, size, path = case["index"], case["size"], [bytes.fromhex(node) for node in case["path"]]
        root = bytes.fromhex(merkle_vectors["roots"][str(size)])
        assert inclusion_path(hashes[:size], index) == path
        verify_inclusion(hashes[index], index, size, path, root)
        wrong = [(hashes[index], index + 1, size, path, root), (hashes[index], index, size, [*path, root], root)]
        wrong += [(hashes[index - 1], index, size, path, root)] if size > 1 else []
        wrong += [(hashes[index], index, size, path[:-1], root)] if path else []
        for arguments in wrong:
            with pytest.raises(TreeError):
                verify_inclusion(*arguments)


def test_every_consistency_vector_verifies_and_no_forged_one_does(merkle_vectors):
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in merkle_vectors["leaves"]]
    for case in merkle_vectors["consistency"]:
        first, second, path = case["from"], case["to"], [bytes.fromhex(node) for node in case["path"]]
        old, new = (bytes.fromhex(merkle_vectors["roots"][str(size)]) for size in (first, second))
        assert consistency_path(hashes[:second], first) == path
        verify_consistency(first, second, old, new, path)
        forged = [(first, second, new, old, path), (first, second, old, new, [*path, old])]
        forged += [(first, second, old, new, path[:-1])] if path else []
        for arguments in forged:
            with pytest.raises(TreeError):
                verify_consistency(*arguments)


def test_all_small_trees_prove_themselves(merkle_vectors):
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in merkle_vectors["leaves"]][:24]
    for second in range(1, len(hashes) + 1):
        for first in range(1, second + 1):
            old, new = root_of(hashes[:first]), root_of(hashes[:second])
            verify_consistency(first, second, old, new, consistency_path(hashes[:second], first))
            path = inclusion_path(hashes[:second], first - 1)
            verify_inclusion(hashes[first - 1], first - 1, second, path, new)
