"""`seal-share/1`: a key share, its commitment and its deterministic age file; all recomputable from S_T."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sunshine_proof.agefile import body_size, deterministic_file
from sunshine_proof.canonical import h, jcs
from sunshine_proof.policy import opens_alone
from sunshine_proof.shamir import deal


@dataclass(frozen=True)
class Dealing:
    """What one S_T gives for every trustee i = 1..n: y (32 bytes), commitment (hex), share file (age bytes)."""

    y: dict[int, bytes]
    commit: list[str]
    files: list[bytes]


def commit_of(pid: bytes, recipient: str, i: int, y: bytes) -> str:
    """H("seal/1 share\\n" ‖ pid ‖ R "\\n" i "\\n" ‖ y_i) as hex."""
    return h("seal/1 share\n", pid, f"{recipient}\n{i}\n", y).hex()


def bshare_commit_of(pid: bytes, recipient: str, bshare: bytes) -> str:
    """H("seal/1 bshare\\n" ‖ pid ‖ R ‖ "\\n" ‖ S_B) as hex."""
    return h("seal/1 bshare\n", pid, f"{recipient}\n", bshare).hex()


def share_text(pid: bytes, recipient: str, i: int, y: bytes) -> bytes:
    """The canonical JSON inside the share file of trustee i."""
    return jcs({"v": "seal-share/1", "policy": pid.hex(), "bid": recipient, "i": i, "y": y.hex()})


def share_size(pid: bytes, recipient: str, i: int) -> int:
    """Size in bytes of the share file of trustee i: known before anything is opened."""
    return body_size(len(share_text(pid, recipient, i, bytes(32))))


def deal_shares(policy: Mapping[str, Any], pid: bytes, recipient: str, secret: bytes) -> Dealing:
    """Everything the rules derive from S_T (`secret`, 32 bytes) for a part with this recipient: nothing where the
    bidder alone opens (seal-policy/2)."""
    trustees = policy["trustees"]
    if opens_alone(policy):
        return Dealing({}, [], [])
    y = deal(secret, pid, policy["k"], len(trustees))
    commit = [commit_of(pid, recipient, i, y[i]) for i in sorted(y)]
    files = []
    for trustee in trustees:
        i = trustee["i"]
        label = f"{pid.hex()} {recipient} {i}"
        files.append(deterministic_file(trustee["recipient"], share_text(pid, recipient, i, y[i]), secret, label))
    return Dealing(y, commit, files)
