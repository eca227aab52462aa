"""`seal-release/1`: what a trustee signs when it releases shares, or reports that it cannot. Never holds y."""

from collections.abc import Iterable, Mapping
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import h, jcs, unhex
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.shares import commit_of

# lid-forged: the trustee's own program found that the lid shown to it is not the signed one
FAULTS = ("share-undecryptable", "share-malformed", "share-mismatch", "lid-forged")


class ReleaseError(ProofError):
    """Not a release statement, or not one about these lids."""


def build_release(policy_id: str, i: int, releases: Iterable[Mapping[str, str]], time: str) -> dict[str, Any]:
    """The statement of trustee i over entries {"lid", "part", "commit" | "fault"}; `time` as `2027-03-01T01:00:00Z`."""
    return {"v": "seal-release/1", "policy": policy_id, "i": i, "releases": [dict(r) for r in releases], "time": time}


def release_digest(statement: Mapping[str, Any]) -> bytes:
    """H("seal/1 release\\n" ‖ JCS(statement)): the 32 bytes the trustee's certificate signs."""
    return h("seal/1 release\n", jcs(statement))


@speaking(ReleaseError)
def check_release(statement: Mapping[str, Any], policy_id: str, i: int) -> dict[tuple[str, str], dict[str, str]]:
    """{(lid id, part): entry} of a well-formed statement of trustee i under this policy; raises ReleaseError."""
    found = shape.record(statement, ("v", "policy", "i", "releases", "time"), "statement")
    if found["v"] != "seal-release/1" or found["policy"] != policy_id or found["i"] != i:
        raise ReleaseError("release-policy", "not a release by this trustee under this policy")
    shape.instant(found["time"], "time")
    entries: dict[tuple[str, str], dict[str, str]] = {}
    for item in shape.items(found["releases"], 1, 100_000, "releases"):
        entry = shape.record(item, ("lid", "part"), "release", ("commit", "fault"))
        unhex(entry["lid"], 32, "lid")
        shape.text(entry["part"], "part", 32)
        if len(entry) != 3 or ("fault" in entry and entry["fault"] not in FAULTS):
            raise ReleaseError("release-entry", "a release has either a commitment or a known fault")
        if "commit" in entry:
            unhex(entry["commit"], 32, "commit")
        if entries.setdefault((entry["lid"], entry["part"]), entry) is not entry:
            raise ReleaseError("release-entry", "a lid's part appears twice")
    return entries


def check_released_share(pid: bytes, part: Mapping[str, Any], i: int, y: bytes, entry: Mapping[str, str]) -> None:
    """The y handed over is the one stated and the one the bidder committed to; raises ReleaseError."""
    commit = commit_of(pid, part["recipient"], i, y)
    if len(y) != 32 or entry.get("commit") != commit or part["commit"][i - 1] != commit:
        raise ReleaseError("release-share", f"the share of trustee {i} is not the committed one")
