"""Files of test vectors, run case by case: the formats of proof/vectors, and whatever others bring in them."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sunshine_proof.agefile import identity_of, recipient_of
from sunshine_proof.bidpackage import open_package
from sunshine_proof.canonical import b64, unbase64, unhex
from sunshine_proof.draw import draw, pool_root, seed
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import build_lid, build_withdrawal, check_lid, check_withdrawal
from sunshine_proof.opening import open_part, open_share
from sunshine_proof.policy import check_policy, policy_id
from sunshine_proof.shares import bshare_commit_of, commit_of, deal_shares
from sunshine_proof.tree import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

Checks = Iterator[tuple[str, object, object]]  # what is compared, what came out, what the file says


class VectorError(ProofError):
    """Not a file of vectors in a format that is known."""


def run_vectors(content: Any) -> Iterator[tuple[str, str]]:
    """Run a parsed vector file: (name of the case, "" or what differs) for each case, in order.

    A case that lacks a field or holds something unreadable differs; it never stops the others.
    """
    if not isinstance(content, Mapping) or str(content.get("format")) not in FORMATS:
        raise VectorError("vectors-format", f"a file says which format it is in: {', '.join(FORMATS)}")
    for name, checks in FORMATS[str(content["format"])](content):
        yield name, _differs(checks)


def _differs(checks: Callable[[], Checks]) -> str:
    try:
        return "; ".join(what for what, found, said in checks() if found != said)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


def _cases(content: Mapping[str, Any], check: Callable[[Any], Checks]) -> Iterator[tuple[str, Callable[[], Checks]]]:
    cases = content.get("cases")
    if not isinstance(cases, list) or not cases:
        raise VectorError("vectors-format", "a file has a list of cases")
    for number, case in enumerate(cases, 1):
        yield f"case {number}", lambda case=case: check(case)  # type: ignore[misc]


def _seal(case: Mapping[str, Any]) -> Checks:
    """seal/1: ids, dealing, share files, lid and withdrawal, shares read back, openings from both ends."""
    policy, secret, pid = case["policy"], unhex(case["S"], 32), policy_id(case["policy"])
    yield "policy_id", pid.hex(), case["policy_id"]
    yield "recipient", recipient_of(secret), case["recipient"]
    yield "identity", identity_of(secret), case["identity"]
    dealing = deal_shares(policy, pid, case["recipient"], unhex(case.get("S_T", case["S"]), 32))
    yield "y", [dealing.y[i].hex() for i in sorted(dealing.y)], case["y"]
    yield "commit", dealing.commit, case["commit"]
    yield "share_base64", [b64(share) for share in dealing.files], case["share_base64"]
    bshare = unhex(case["S_B"], 32) if "S_B" in case else None
    if bshare is not None:
        yield "bshare_commit", bshare_commit_of(pid, case["recipient"], bshare), case["bshare_commit"]
    lid, gone, box = case["lid"], case["withdrawal"], unhex(case["box_secret"], 32)
    yield "lid", build_lid(policy, lid["parts"], lid["seq"], lid["prev"], box), lid
    yield "withdrawal", build_withdrawal(policy, gone["seq"], gone["prev"], box), gone
    part = lid["parts"][0]
    y = {i: open_share(pid.hex(), part, i, key) for i, key in enumerate(case["trustee_identities"], 1)}
    yield "shares read", [share.hex() for share in y.values()], case["y"]
    for some in (list(y)[: policy["k"]], list(y)[-policy["k"] :]):
        outcome = open_part(policy, pid.hex(), part, {i: y[i] for i in some}, bshare)
        yield f"opened by {some}", (outcome.code, outcome.identity), ("opened", case["identity"])


def _seal_alone(case: Mapping[str, Any]) -> Checks:
    """seal/1 under seal-policy/2: ids, a part without shares, lid and withdrawal; S opens, nothing else does.

    `S_wrong` is another key, that of `recipient_wrong`; `part_forged` commits to S although nothing is dealt; each of
    `policies_refused` is a policy with its id, which check_policy refuses with its `code`.
    """
    policy, secret, pid = case["policy"], unhex(case["S"], 32), policy_id(case["policy"])
    check_policy(policy)
    yield "policy_id", pid.hex(), case["policy_id"]
    yield "recipient", recipient_of(secret), case["recipient"]
    yield "identity", identity_of(secret), case["identity"]
    lid, gone, box = case["lid"], case["withdrawal"], unhex(case["box_secret"], 32)
    check_lid(lid, policy)
    check_withdrawal(gone, policy)
    part = lid["parts"][0]
    dealing = deal_shares(policy, pid, case["recipient"], secret)
    yield "part", (policy["k"], dealing.commit, dealing.files), (part["k"], part["commit"], part["share"])
    yield "lid", build_lid(policy, lid["parts"], lid["seq"], lid["prev"], box), lid
    yield "withdrawal", build_withdrawal(policy, gone["seq"], gone["prev"], box), gone
    for what, given in (("S", secret), ("S_wrong", unhex(case["S_wrong"], 32)), ("nothing", None)):
        outcome = open_part(policy, pid, part, {}, rescue=given)
        yield f"opened by {what}", outcome.code, case["outcomes"][what]
    yield "opened", open_part(policy, pid, part, {}, rescue=secret).identity, case["identity"]
    yield "recipient_wrong", recipient_of(unhex(case["S_wrong"], 32)), case["recipient_wrong"]
    forged = {**part, "commit": [commit_of(pid, part["recipient"], 1, secret)]}
    yield "part_forged", forged, case["part_forged"]
    yield "part_forged opened", open_part(policy, pid, forged, {}, rescue=secret).code, case["outcomes"]["part_forged"]
    for refused in case["policies_refused"]:
        found = policy_id(refused["policy"]).hex(), _refusal(refused["policy"])
        yield refused["why"], found, (refused["policy_id"], refused["code"])


def _refusal(policy: Mapping[str, Any]) -> str:
    try:
        check_policy(policy)
    except ProofError as refusal:
        return refusal.code
    return ""


def _draw(case: Mapping[str, Any]) -> Checks:
    """draw/1: pool root, seed, and who was drawn."""
    pool = [(str(name), weight) for name, weight in case["pool"]]
    yield "pool_root", pool_root(pool).hex(), case["pool_root"]
    reveals = {p: unhex(r, 32) for p, r in case["reveals"]}
    found = seed(unhex(case["announce_hash"], 32), case["checkpoint"], reveals)
    yield "seed", found.hex(), case["seed"]
    drawn = draw(pool, found, case["members"], case["alternates"])
    yield "drawn", [*drawn.members, *drawn.alternates], case["drawn"]


def _package(case: Mapping[str, Any]) -> Checks:
    """bid-package/1: the lid's id and the parts of a good package, the refusal of a bad one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.zip"
        path.write_bytes(unbase64(case["package"], "package"))
        try:
            with open_package(path) as found:
                found.check_bodies()
                said = {"lid": found.record["id"], "parts": found.parts}
        except ProofError as refusal:
            said = {"refused": refusal.code}
    yield "package", said, {key: case[key] for key in said if key in case}


def _merkle(content: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], Checks]]]:
    """Roots, inclusion and consistency of the trees over the file's leaves."""
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in content["leaves"]]
    roots = {int(size): unhex(root, 32) for size, root in content["roots"].items()}
    for size, root in roots.items():
        yield f"root {size}", lambda s=size, r=root: iter([("root", root_of(hashes[:s]), r)])  # type: ignore[misc]
    for case in content["inclusion"]:
        yield f"inclusion {case['index']}/{case['size']}", lambda c=case: _included(hashes, roots, c)  # type: ignore[misc]
    for case in content["consistency"]:
        yield f"consistency {case['from']}/{case['to']}", lambda c=case: _extends(hashes, roots, c)  # type: ignore[misc]


def _included(hashes: list[bytes], roots: Mapping[int, bytes], case: Mapping[str, Any]) -> Checks:
    index, size, path = case["index"], case["size"], [unhex(node, 32) for node in case["path"]]
    yield "path", inclusion_path(hashes[:size], index), path
    verify_inclusion(hashes[index], index, size, path, roots[size])


def _extends(hashes: list[bytes], roots: Mapping[int, bytes], case: Mapping[str, Any]) -> Checks:
    first, second, path = case["from"], case["to"], [unhex(node, 32) for node in case["path"]]
    yield "path", consistency_path(hashes[:second], first), path
    verify_consistency(first, second, roots[first], roots[second], path)


FORMATS: dict[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, Callable[[], Checks]]]]] = {
    "seal/1": lambda content: _cases(content, _seal),
    "seal/1 under seal-policy/2": lambda content: _cases(content, _seal_alone),
    "bid-package/1": lambda content: _cases(content, _package),
    "draw/1": lambda content: _cases(content, _draw),
    "RFC 6962 / 9162 Merkle tree": _merkle,
}
