"""A supplier's browser, played in Python: gets its token logged in, seals for real, then speaks to the box as nobody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.test import Client

from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.tokens import token_of
from sunshine_proof import lid as lids

BOX = "/box"


@dataclass
class Sealed:
    """One sealed bid: the signed lid, its token and the ciphertexts, not yet handed in."""

    lid: dict[str, Any]
    bodies: dict[str, bytes]
    secret: bytes
    token: dict[str, Any] = field(default_factory=dict)
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
    folder = folder / f"{lot}-{secret.hex()[:8]}-{previous['seq'] + 1 if previous else 1}"
    folder.mkdir()
    lid, kept = play.seal(played, lot, supplier, folder, secret, total_fen=total_fen, previous=previous)
    token = token_of(supplier, lot, played.policies[lot], secret)
    return Sealed(lid, {part: one.body.read_bytes() for part, one in kept.items()}, secret, token)


def post(client: Client, path: str, data: Any, **headers: str) -> Any:
    return client.post(path, json.dumps(data), content_type="application/json", headers=headers)


def patch(client: Client, upload: str, offset: int, body: bytes) -> Any:
    url = f"{BOX}/uploads/{upload}/?offset={offset}"
    return client.patch(url, body, content_type="application/octet-stream")


def about(sealed: Sealed, part: str = "tech") -> dict[str, Any]:
    """What begins an upload."""
    return {"policy": sealed.lid["policy"], "part": part, "box_key": sealed.lid["box_key"], "token": sealed.token}


def begin(client: Client, sealed: Sealed, part: str = "tech") -> str:
    answer = post(client, f"{BOX}/uploads/", about(sealed, part))
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
    return post(client, f"{BOX}/lids/", {"lid": sealed.lid, "uploads": sealed.uploads, "token": sealed.token})


def take_back(client: Client, sealed: Sealed, withdrawal: Mapping[str, Any]) -> Any:
    return post(client, f"{BOX}/withdrawals/", {"withdrawal": withdrawal, "token": sealed.token})
