"""Writes proof/vectors/seal-2.json: every secret in it follows from a name, so that the same bytes come out again.

    python proof/tests/write_seal_2.py > proof/vectors/seal-2.json

test_seal_alone compares what it makes with the file that is committed.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.agefile import body_size, identity_of, recipient_of
from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import build_lid, build_withdrawal
from sunshine_proof.opening import open_part
from sunshine_proof.policy import box_policy, check_policy, policy_id
from sunshine_proof.shares import commit_of

ORIGIN = "log.example.test"
PARTS = (("summary",), ("summary", "tech", "price"))


def secret(name: str) -> bytes:
    """32 bytes that follow from a name; for vectors only."""
    return hashlib.sha256(b"sunshine vectors seal-2 " + name.encode()).digest()


def log_vkey() -> str:
    """The vectors' log key as a vkey."""
    key = Ed25519PrivateKey.from_private_bytes(secret("log"))
    return encode_vkey(ORIGIN, key.public_key().public_bytes_raw())


def policy(number: int) -> dict[str, Any]:
    """The seal-policy/2 of a case."""
    return box_policy(
        tender=f"P-{number}",
        lot="L-1",
        deadline="2027-03-01T01:00:00Z",
        open_not_before="2027-03-01T01:00:00Z",
        k=0,
        parts=PARTS[number - 1],
        trustees=[],
        log_origin=ORIGIN,
        log_vkey=log_vkey(),
        bidder_share="alone",
    )


def trustee() -> dict[str, Any]:
    """One trustee, well-formed; its signature and certificate are not looked at by check_policy."""
    recipient = recipient_of(secret("trustee"))
    return {"i": 1, "role": "招标人", "recipient": recipient, "cert_sha256": secret("certificate").hex(), "sig": "AA=="}


def entry(number: int, part: str) -> dict[str, Any]:
    """The lid's entry of a part whose body is not in the vectors."""
    return {
        "part": part,
        "recipient": recipient_of(secret(f"{number} {part}")),
        "size": body_size(1000),
        "sha256": secret(f"body {number} {part}").hex(),
        "k": 0,
        "commit": [],
        "share": [],
    }


def refused(good: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Policies that look like one of the two versions and are neither."""
    one = [trustee()]
    changes: dict[str, dict[str, Any]] = {
        "seal-policy/1 without trustees": {"v": "seal-policy/1", "bidder_share": "none"},
        "seal-policy/1 with k 0": {"v": "seal-policy/1", "bidder_share": "none", "trustees": one},
        "seal-policy/1 that says alone": {"v": "seal-policy/1"},
        "seal-policy/2 with a trustee": {"trustees": one},
        "seal-policy/2 with k 1": {"k": 1},
        "seal-policy/2 with k 1 of 1": {"k": 1, "trustees": one},
        "seal-policy/2 that says none": {"bidder_share": "none"},
        "seal-policy/2 that says required": {"bidder_share": "required"},
        "seal-policy/2 whose k is false": {"k": False},
        "seal-policy/3": {"v": "seal-policy/3"},
    }
    made = {why: {**good, **change} for why, change in changes.items()}
    return [
        {"why": why, "policy": bad, "policy_id": policy_id(bad).hex(), "code": _code(bad)} for why, bad in made.items()
    ]


def _code(content: Mapping[str, Any]) -> str:
    try:
        check_policy(content)
    except ProofError as refusal:
        return refusal.code
    raise AssertionError(f"not refused: {content}")


def case(number: int) -> dict[str, Any]:
    """One case; the first part is the one that is opened."""
    rules, box = policy(number), secret(f"box {number}")
    parts = [entry(number, part) for part in rules["parts"]]
    lid, first = build_lid(rules, parts, 1, "", box), rules["parts"][0]
    S, other, pid = secret(f"{number} {first}"), secret("another key"), policy_id(rules)
    # one trustee of one would get S itself as its share
    forged = {**parts[0], "commit": [commit_of(pid, parts[0]["recipient"], 1, S)]}
    opened = {
        what: open_part(rules, pid, part, {}, rescue=key).code
        for what, part, key in (
            ("S", parts[0], S),
            ("S_wrong", parts[0], other),
            ("nothing", parts[0], None),
            ("part_forged", forged, S),
        )
    }
    return {
        "policy": rules,
        "policy_id": pid.hex(),
        "S": S.hex(),
        "S_wrong": other.hex(),
        "recipient": recipient_of(S),
        "recipient_wrong": recipient_of(other),
        "identity": identity_of(S),
        "box_secret": box.hex(),
        "lid": lid,
        "withdrawal": build_withdrawal(rules, 2, lid["id"], box),
        "part_forged": forged,
        "outcomes": opened,
        "policies_refused": refused(rules),
    }


def content() -> dict[str, Any]:
    """The whole file."""
    return {"format": "seal/1 under seal-policy/2", "cases": [case(number) for number in (1, 2)]}


if __name__ == "__main__":
    json.dump(content(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
