"""A party of a draw in the browser: what it seals Python opens, and it reveals only under a checkpoint that holds it."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.agefile import decrypt_bytes, identity_of, new_secret, recipient_of
from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, encode_vkey, sign_note
from sunshine_proof.draw import checkpoint_hash, commitment
from sunshine_proof.entry import entry_of
from sunshine_proof.eventproof import write_event_proof
from sunshine_proof.lid import check_lid
from sunshine_proof.opening import open_part, open_share
from sunshine_proof.policy import box_policy, policy_id
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

pytestmark = pytest.mark.whole
Run = Callable[..., Any]
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
VKEY = encode_vkey("log.example", KEY.public_key().public_bytes_raw())
MOMENT = "2026-03-23T01:30:00Z"


def policy(secrets: list[bytes]) -> dict[str, Any]:
    """A draw's policy for these trustees; their signatures are not asked about here."""
    trustees = [
        {"i": i, "role": f"席位{i}", "recipient": recipient_of(s), "cert_sha256": f"{i:064x}", "sig": "AAAA"}
        for i, s in enumerate(secrets, 1)
    ]
    log = {"log_origin": "log.example", "log_vkey": VKEY}
    times = {"deadline": MOMENT, "open_not_before": MOMENT}
    return box_policy(tender="P-1", lot="L-1", k=3, parts=["random"], trustees=trustees, **times, **log)


def test_a_number_sealed_in_the_browser_is_opened_by_any_three_trustees_and_is_the_one_committed_to(
    engine: Run,
) -> None:
    secrets = [new_secret() for _ in range(4)]
    sealed, r = policy(secrets), bytes(range(32))
    made = engine(
        "return L.party.makeCommitment({ ...given, r: L.bytes.fromHex(given.r) });",
        draw="DR-1",
        p=2,
        policy=sealed,
        r=r.hex(),
    )
    assert made["commit"] == commitment("DR-1", 2, r)
    check_lid(made["lid"], sealed)
    part, body, pid = made["lid"]["parts"][0], base64.b64decode(made["body"]), policy_id(sealed)
    assert hashlib.sha256(body).hexdigest() == part["sha256"] and len(body) == part["size"]
    for chosen in ((1, 2, 3), (1, 2, 4), (2, 3, 4)):
        shares = {i: open_share(pid, part, i, identity_of(secrets[i - 1])) for i in chosen}
        opened = open_part(sealed, pid, part, shares)
        assert opened.identity is not None and decrypt_bytes(opened.identity, body) == r


PROVE = """
    return given.asked.map((asked) => {
      try { return L.party.provenCheckpoint({ ...given.about, ...asked }); } catch (failure) { return failure.code; }
    });
"""


def test_the_browser_reveals_only_for_a_checkpoint_above_its_own_commitment(engine: Run) -> None:
    commits = [commitment("DR-1", p, bytes([p]) * 32) for p in (1, 2, 3)]
    events = [
        {"tag": "draw:commit-draw", "subject": "draw/DR-1", "facts": {"p": p, "commit": commit}}
        for p, commit in enumerate(commits, 1)
    ]
    events += [events[1] | {"subject": "draw/DR-2"}, events[1] | {"tag": "draw:reveal-draw"}]
    payloads = [jcs(event) for event in events]
    leaves = [leaf_hash(entry_of(payload, bytes([n]) * 32)) for n, payload in enumerate(payloads)]

    def note(size: int) -> str:
        return sign_note(checkpoint_text(Checkpoint("log.example", size, root_of(leaves[:size]))), "log.example", KEY)

    def proof(n: int, size: int = 5) -> str:
        path = inclusion_path(leaves[:size], n)
        return write_event_proof(payloads[n], bytes([n]) * 32, n, path, note(size))

    about = {"draw": "DR-1", "p": 2, "commit": commits[1], "checkpoint": note(5), "vkey": VKEY}
    good = [proof(0), proof(1), proof(2)]
    stranger = encode_vkey("log.example", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    asked: list[dict[str, Any]] = [
        {"proofs": good},
        {"proofs": ["", "nonsense", proof(1)]},
        {"proofs": [proof(0), proof(2)]},  # somebody else's only
        {"proofs": [proof(0, 3), proof(1, 3), proof(2, 3)]},  # under an older checkpoint
        {"proofs": [proof(3)]},  # another draw's
        {"proofs": [proof(4)]},  # not a commitment
        {"proofs": good, "commit": commits[0]},
        {"proofs": good, "p": 1},
        {"proofs": good, "vkey": stranger},
        {"proofs": []},
    ]
    told = engine(PROVE, about=about, asked=asked)
    assert told == [checkpoint_hash(note(5)).hex()] * 2 + ["not-logged"] * 8
