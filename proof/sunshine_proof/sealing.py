"""Sealing by Python programs (demo, command line): the bidder's software deals its own fresh keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sunshine_proof.agefile import encrypt_file, new_secret, recipient_of
from sunshine_proof.canonical import b64
from sunshine_proof.lid import build_lid, check_lid
from sunshine_proof.policy import SealError, opens_alone, policy_id
from sunshine_proof.shares import bshare_commit_of, deal_shares


@dataclass(frozen=True, repr=False)
class PartSecret:
    """What opens one part: S and, where the policy asks for it, S_B (32 bytes each); and where its body lies."""

    secret: bytes
    bshare: bytes | None
    body: Path


def seal_part(
    policy: Mapping[str, Any],
    part: str,
    source: str | Path,
    body: str | Path,
    *,
    secret: bytes | None = None,
    bshare: bytes | None = None,
) -> tuple[dict[str, Any], PartSecret]:
    """Encrypt the payload file `source` into `body` and deal its key; (the lid's entry, the secrets to keep).

    Under a policy of the bidder alone nothing is dealt: `commit` and `share` stay empty, and S is the only way in.

    Streams: memory use does not grow with the payload. `secret` and `bshare` are for test vectors only.
    """
    if part not in policy["parts"]:
        raise SealError("lid-parts", f"the policy has no part {part}")
    opens_alone(policy)  # before a key is dealt: a threshold of nobody belongs to seal-policy/2 only
    pid, secret = policy_id(policy), secret or new_secret()
    recipient, entry, dealt = recipient_of(secret), {}, secret
    if policy["bidder_share"] == "required":
        bshare = bshare or new_secret()
        dealt = bytes(a ^ b for a, b in zip(secret, bshare, strict=True))
        entry = {"bshare_commit": bshare_commit_of(pid, recipient, bshare)}
    else:
        bshare = None
    written, dealing = encrypt_file(source, body, recipient), deal_shares(policy, pid, recipient, dealt)
    sealed = {
        "part": part,
        "recipient": recipient,
        "size": written.size,
        "sha256": written.sha256,
        "k": policy["k"],
        "commit": dealing.commit,
        "share": [b64(share) for share in dealing.files],
        **entry,
    }
    return sealed, PartSecret(secret, bshare, Path(body))


def seal_bid(
    policy: Mapping[str, Any],
    parts: Mapping[str, str | Path],
    out_dir: str | Path,
    box_secret: bytes,
    seq: int = 1,
    prev: str = "",
) -> tuple[dict[str, Any], dict[str, PartSecret]]:
    """Seal every part of the policy: bodies `<part>.age` in `out_dir`, (lid, {part: secrets}).

    `parts` maps each part to its payload file (see payload.write_payload); `prev` is the id (hex) of the record
    before, "" for the first. Raises SealError when a part is missing or superfluous.
    """
    if set(parts) != set(policy["parts"]):
        raise SealError("lid-parts", f"the policy asks for exactly {policy['parts']}")
    entries, secrets = [], {}
    for part in policy["parts"]:
        entry, secrets[part] = seal_part(policy, part, parts[part], Path(out_dir) / f"{part}.age")
        entries.append(entry)
    lid = build_lid(policy, entries, seq, prev, box_secret)
    # a lid the box would refuse must not leave the house
    check_lid(lid, policy)
    return lid, secrets


def rescue_entries(lid: Mapping[str, Any], secrets: Mapping[str, PartSecret]) -> list[dict[str, str | None]]:
    """The bidder's own way to open, as kept in its keyring: [{"lid", "part", "S", "S_B"}] in hex; S_B may be None."""
    return [
        {"lid": lid["id"], "part": part, "S": kept.secret.hex(), "S_B": kept.bshare.hex() if kept.bshare else None}
        for part, kept in secrets.items()
    ]
