"""Lies about a tender: a touched file, a file its platform signed anew, a log written anew with a witness in league."""

import copy
import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.canonical import b64, jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, decode_vkey, sign_note
from sunshine_proof.cosignature import cosign, merge
from sunshine_proof.entry import entry_of
from sunshine_proof.errors import ProofError
from sunshine_proof.evidence.bundle import write_bundle
from sunshine_proof.policy import policy_id
from sunshine_proof.ranking import rank, scheme_id
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

Body = dict[str, Any]
Path = tuple[str | int, ...]
LATER = 1_900_000_000  # when the witness in league says it saw the checkpoint
BROKEN = (ProofError, KeyError, TypeError, IndexError, AttributeError, ValueError)


class Liar:
    """One liar with the log's key and a witness's; the same seed tells the same lies."""

    def __init__(self, seed: int, log: Ed25519PrivateKey, witness: Ed25519PrivateKey):
        self.dice, self.log, self.witness = random.Random(seed), log, witness

    def touched(self, data: bytes) -> bytes:
        """Somebody without a key changes bytes."""
        found, at = bytearray(data), self.dice.randrange(len(data))
        kind = self.dice.randrange(4)
        if kind == 0:
            del found[at : at + self.dice.randrange(1, 5)]
        elif kind == 1:
            found.insert(at, self.dice.randrange(256))
        else:
            found[at] ^= 1 << self.dice.randrange(8)
        return bytes(found)

    def signed(self, data: bytes) -> bytes:
        """The platform changes a value and signs the file again; the log it leaves alone."""
        while True:
            body = json.loads(data)
            self._twist(body, list(_places(body)))
            if (found := self._written(body)) is not None and found != data:
                return found

    def logged(self, data: bytes) -> bytes:
        """The platform changes what it says of events and lots, and writes log, checkpoints and digests to match."""
        while True:
            body = json.loads(data)
            for event in body["events"]:
                event["payload"] = json.loads(event["payload"])
            shown = [p for p in _places(body) if len(p) > 1 and p[0] in ("events", "lots") and not _machinery(p)]
            self._twist(body, shown)
            try:
                if self.dice.random() < 0.8:
                    _mended(body)
                self._relog(body)
            except BROKEN:
                continue
            if (found := self._written(body)) is not None:
                return found

    def _written(self, body: Body) -> bytes | None:
        try:
            return write_bundle({key: body[key] for key in body if key not in ("v", "sig")}, self.log.sign)
        except ProofError:
            return None

    def _relog(self, body: Body) -> None:
        name, leaves = decode_vkey(body["log_vkey"]).name, []
        for event in body["events"]:
            payload = jcs(event["payload"])
            event["payload"] = payload.decode()
            leaves.append(leaf_hash(entry_of(payload, bytes.fromhex(event["salt"]))))
        for n, event in enumerate(body["events"]):
            event["index"], event["path"] = n, [b64(node) for node in inclusion_path(leaves, n)]
        text = checkpoint_text(Checkpoint(name, len(leaves), root_of(leaves)))
        line = cosign(text, "w1.example", self.witness, LATER)
        body["head"] = merge(sign_note(text, name, self.log), [line])
        for lot in body["lots"]:
            if lot["closing"]:
                lot["closing"] = {"note": body["head"], "path": []}
            if "price_closing" in lot:
                lot["price_closing"] = {"note": body["head"], "path": []}

    def _twist(self, body: Body, places: list[Path]) -> None:
        where = self.dice.choice(places)
        inside = _at(body, where[:-1])
        others = [found for place in places if isinstance(found := _at(body, place), str) and len(found) < 200]
        inside[where[-1]] = self._other(inside[where[-1]], others)

    def _other(self, value: Any, others: list[str]) -> Any:
        """Something near `value`: one letter, one item, one more, or another value of the file."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.1:
            return dice.choice([None, 0, 1, [], {}, True, "", "0", "1.5", ["a"], {"a": 1}])
        if isinstance(value, str):
            at = dice.randrange(len(value) + 1)
            letters = value[:at] + dice.choice('0aZ7é/+=\n "😀f1') + value[at + dice.randrange(2) :]
            return dice.choice([letters, letters, letters, value[:-1], value + "0", dice.choice(others)])
        if isinstance(value, int):
            return dice.choice([value + 1, value - 1, -value, value * 10, 2**53 - 1, str(value)])
        if isinstance(value, list):
            return self._list(copy.deepcopy(value))
        found = dict(value or {})
        if found and kind < 0.6:
            found.pop(dice.choice(sorted(found)))
        else:
            found[dice.choice(["x", "__proto__", "constructor", "v"])] = dice.choice([1, None, "a", {}])
        return found

    def _list(self, found: list[Any]) -> list[Any]:
        kind = self.dice.randrange(3)
        if found and kind == 0:
            found.pop(self.dice.randrange(len(found)))
        elif found and kind == 1:
            found.insert(self.dice.randrange(len(found)), copy.deepcopy(self.dice.choice(found)))
        else:
            self.dice.shuffle(found)
        return found


def _machinery(place: Path) -> bool:
    """Salts, places and checkpoints: a new log brings its own."""
    return any(step in ("salt", "index", "path", "closing", "price_closing") for step in place)


def _places(value: Any, above: Path = ()) -> Iterator[Path]:
    """The way to everything inside."""
    if above:
        yield above
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*above, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _places(item, (*above, n))


def _at(value: Any, place: Path) -> Any:
    for step in place:
        value = value[step]
    return value


def _mended(body: Body) -> None:
    """Digests and rankings that follow from the lie, so that only what it contradicts can tell."""
    facts = {(e["payload"]["tag"], e["payload"]["subject"]): e["payload"]["facts"] for e in body["events"]}
    announced: dict[str, Any] = next((facts[key] for key in facts if key[0] == "project:announce"), {})
    for lot in body["lots"]:
        announced["policies"][lot["id"]] = policy_id(lot["policy"]).hex()
        announced["scheme"] = scheme_id(lot["scheme"])
        if (report := lot["report"]) is None:
            continue
        report["scheme"] = lot["scheme"]
        report["result"] = rank(report["scheme"], report["inputs"])
        said = facts["lot:publish-candidates", f"lot/{lot['id']}"]
        said["report"] = hashlib.sha256(jcs(report)).hexdigest()
