"""A supplier's browser, played in Python: seals for real, then speaks to the box over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.test import Client

from sunshine.interfaces.rehearsal import papers, play
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof import lid as lids
from sunshine_proof import sealing

BOX = "/supplier/box"


@dataclass
class Sealed:
    """One sealed bid: the signed lid and the ciphertexts, not yet handed in."""

    lid: dict[str, Any]
    bodies: dict[str, bytes]
    secret: bytes
    uploads: dict[str, str] = field(default_factory=dict)


def seal(
    played: play.Played,
    lot: str,
    supplier: Player,
    folder: Path,
    *,
    secret: bytes | None = None,
    previous: Mapping[str, Any] | None = None,
    total_fen: int = 880_000_00,
) -> Sealed:
    """Payloads signed with the supplier's certificate, encrypted and dealt to the trustees."""
    secret = secret or lids.new_box_secret()
    seq, prev = (previous["seq"] + 1, previous["id"]) if previous else (1, "")
    folder = folder / f"{lot}-{secret.hex()[:8]}-{seq}"
    folder.mkdir()
    policy = played.policies[lot]
    parts = {
        part: play._payload(folder, policy, supplier, secret, seq, part, content)
        for part, content in papers.bid_parts(lot, total_fen, {}).items()
    }
    lid, kept = sealing.seal_bid(policy, parts, folder, secret, seq, prev)
    return Sealed(lid, {part: one.body.read_bytes() for part, one in kept.items()}, secret)


def post(client: Client, path: str, data: Any, **headers: str) -> Any:
    return client.post(path, json.dumps(data), content_type="application/json", headers=headers)


def patch(client: Client, upload: str, offset: int, body: bytes) -> Any:
    url = f"{BOX}/uploads/{upload}/?offset={offset}"
    return client.patch(url, body, content_type="application/octet-stream")


def begin(client: Client, sealed: Sealed, part: str = "tech") -> str:
    answer = post(client, f"{BOX}/uploads/", {"policy": sealed.lid["policy"], "part": part})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["upload"])


def upload_all(client: Client, sealed: Sealed) -> Sealed:
    """Every body, in two chunks each."""
    for part, body in sealed.bodies.items():
        upload = sealed.uploads[part] = begin(client, sealed, part)
        half = len(body) // 2
        assert patch(client, upload, 0, body[:half]).json() == {"received": half}
        assert patch(client, upload, half, body[half:]).json() == {"received": len(body)}
    return sealed


def hand_in(client: Client, sealed: Sealed) -> Any:
    return post(client, f"{BOX}/lids/", {"lid": sealed.lid, "uploads": sealed.uploads})
