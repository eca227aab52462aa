"""`evidence/1`: the file of one project's public evidence. One spelling only; no field beyond those named here.

{"v": "evidence/1", "project", "log_vkey", "issued_at",
 "head": signed checkpoint (C2SP note, with the cosignatures of the witnesses named in the policies and no others),
 "certificates": [base64 DER, …], "roots": [base64 DER, …],
 "events": [{"payload": canonical event/1, "salt": hex, "index", "path": [base64, …]}, … by index],
 "lots": [lot, … by id], "sig": hex}

lot = {"id", "policy": seal-policy/1, "extensions": [seal-extension/1, …], "scheme": scheme/1,
       "closing": {"note", "path": [base64, …]} | null, "lids": [lid or withdrawal, … by box key and seq],
       "opened": [{"lid", "part", "secret": hex S, "bshare"?: hex S_B, "body": base64}, … by lid],
       "draws": [{"record": draw-record/1, "path": [base64, …]}, … by draw], "report": evaluation-report/1 | null,
       "price_closing"?: as closing, of the list of the second opening (policies with two envelopes)}

sig = Ed25519 of the log's key over H("sunshine/1 evidence\\n" ‖ JCS without sig): no byte can be changed by anybody
else, and a platform that hands out two different files has signed both. What the platform says is not believed for
that: see checks.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.canonical import h, jcs, parse, unbase64, unhex
from sunshine_proof.certificates import X509_ERRORS
from sunshine_proof.checkpoint import decode_vkey
from sunshine_proof.entry import SIZE, entry_of, read_payload
from sunshine_proof.errors import ProofError, speaking

LIMIT = 256 << 20  # bytes of one file
MAX_EVENTS, MAX_LOTS, MAX_LIDS = 100_000, 1_000, 100_000
KEYS = ("v", "project", "log_vkey", "issued_at", "head", "certificates", "roots", "events", "lots", "sig")
EVENT_KEYS = ("payload", "salt", "index", "path")
LOT_KEYS = ("id", "policy", "extensions", "scheme", "closing", "lids", "opened", "draws", "report")
OPENED_KEYS = ("lid", "part", "secret", "body")


class EvidenceError(ProofError):
    """Not the evidence of a project, or evidence that does not hold."""


@dataclass(frozen=True)
class LoggedEvent:
    """An event with its entry and the path that leads to the head."""

    event: Mapping[str, Any]
    entry: bytes
    index: int
    path: tuple[bytes, ...]

    @property
    def tag(self) -> str:
        return str(self.event.get("tag"))

    @property
    def subject(self) -> str:
        return str(self.event.get("subject"))

    @property
    def facts(self) -> Mapping[str, Any]:
        facts = self.event.get("facts")
        return facts if isinstance(facts, Mapping) else {}


@dataclass(frozen=True)
class Bundle:
    """A file of the right form, signed by the key it names. What it says is still to be checked."""

    project: str
    log_vkey: str
    issued_at: str
    head: str
    certificates: tuple[x509.Certificate, ...]
    roots: tuple[x509.Certificate, ...]
    events: tuple[LoggedEvent, ...]
    lots: tuple[Mapping[str, Any], ...]

    @property
    def rehearsal(self) -> bool:
        """Rehearsal installations call their log so (trust.md §2.6)."""
        return self.log_vkey.startswith("rehearsal.")

    @cached_property
    def _told(self) -> dict[tuple[str, str], list[LoggedEvent]]:
        found: dict[tuple[str, str], list[LoggedEvent]] = {}
        for one in self.events:
            found.setdefault((one.subject, one.tag), []).append(one)
        return found

    def of(self, subject: str, tag: str) -> list[LoggedEvent]:
        """The events of one subject under one tag, in the order of the subject's own numbers."""
        found = self._told.get((subject, tag), [])
        return sorted(found, key=lambda one: int(one.event["seq"]))

    @cached_property
    def arrivals(self) -> dict[str, list[LoggedEvent]]:
        """{lid id: the events that took it in}. Raises EvidenceError for an arrival of a record that is in no lot."""
        known = {str(record.get("id")) for lot in self.lots for record in lot["lids"]}
        found: dict[str, list[LoggedEvent]] = {}
        for event in self.events:
            if event.tag in ("bid:submit-bid", "bid:withdraw-bid"):
                found.setdefault(str(event.facts.get("lid")), []).append(event)
        if set(found) - known:
            raise EvidenceError("lid-missing", "a bid was logged, and its record is not in the file")
        return found


def _digest(body: Mapping[str, Any]) -> bytes:
    return h("sunshine/1 evidence\n", jcs({key: value for key, value in body.items() if key != "sig"}))


def write_bundle(body: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> bytes:
    """The bytes of a file: `body` without v and sig; `sign` gives the log key's 64 bytes over 32."""
    whole = {**body, "v": "evidence/1"}
    return jcs({**whole, "sig": sign(_digest(whole)).hex()})


@speaking(EvidenceError)
def read_bundle(data: bytes, log_vkey: str | None = None) -> Bundle:
    """The bundle in these bytes; EvidenceError otherwise.

    log_vkey  the key the reader trusts; None takes the one the file names, which the verdict must then say
    Codes: not-json, not-canonical, wrong-shape, not-hex, not-base64, evidence-version, evidence-order, evidence-log,
    evidence-signature, evidence-certificate, entry-payload, note-key.
    """
    body = shape.record(parse(data, limit=LIMIT), KEYS, "evidence")
    if jcs(body) != data:
        raise EvidenceError("not-canonical", "not the one spelling of this content")
    if body["v"] != "evidence/1":
        raise EvidenceError("evidence-version", "only evidence/1 is known")
    if log_vkey is not None and body["log_vkey"] != log_vkey:
        raise EvidenceError("evidence-log", "the file is of another log than the one given")
    _check_signature(body)
    shape.instant(body["issued_at"], "issued_at")
    return Bundle(
        shape.text(body["project"], "project", 80),
        body["log_vkey"],
        body["issued_at"],
        _note(body["head"], "head"),
        _certificates(body["certificates"], "certificates"),
        _certificates(body["roots"], "roots"),
        _events(body["events"]),
        _lots(body["lots"]),
    )


def _check_signature(body: Mapping[str, Any]) -> None:
    key = decode_vkey(shape.text(body["log_vkey"], "log_vkey", 400))
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(unhex(body["sig"], 64, "sig"), _digest(body))
    except (InvalidSignature, ValueError) as error:
        raise EvidenceError("evidence-signature", "not signed by the log it names, or changed since") from error


def _note(value: object, what: str) -> str:
    if not isinstance(value, str) or len(value) > 64_000:
        raise EvidenceError("wrong-shape", f"{what} must be a signed note")
    return value


def _ascending(keys: Sequence[Any], what: str) -> None:
    if any(not low < high for low, high in itertools.pairwise(keys)):
        raise EvidenceError("evidence-order", f"{what} are sorted, and none appears twice")


def _certificates(value: object, what: str) -> tuple[x509.Certificate, ...]:
    texts = shape.items(value, 0, 1_000, what)
    raw = [unbase64(text, what) for text in texts]
    _ascending(raw, what)
    try:
        return tuple(x509.load_der_x509_certificate(one) for one in raw)
    except X509_ERRORS as error:
        raise EvidenceError("evidence-certificate", f"one of the {what} cannot be read") from error


def path_of(value: object) -> tuple[bytes, ...]:
    """Hashes of 32 bytes in base64, at most 63."""
    nodes = tuple(unbase64(node, "hash") for node in shape.items(value, 0, 63, "path"))
    if any(len(node) != SIZE for node in nodes):
        raise EvidenceError("wrong-shape", "a hash has 32 bytes")
    return nodes


def _events(value: object) -> tuple[LoggedEvent, ...]:
    found = []
    for item in shape.items(value, 1, MAX_EVENTS, "events"):
        one = shape.record(item, EVENT_KEYS, "event")
        if not isinstance(one["payload"], str):
            raise EvidenceError("wrong-shape", "a payload is text")
        payload, salt = one["payload"].encode(), unhex(one["salt"], SIZE, "salt")
        index, event = shape.whole(one["index"], 0, 1 << 53, "index"), read_payload(payload)
        shape.whole(event.get("seq"), 1, 1 << 53, "seq")
        found.append(LoggedEvent(event, entry_of(payload, salt), index, path_of(one["path"])))
    _ascending([one.index for one in found], "events")
    return tuple(found)


def _lots(value: object) -> tuple[Mapping[str, Any], ...]:
    lots = [shape.record(item, LOT_KEYS, "lot", ("price_closing",)) for item in shape.items(value, 1, MAX_LOTS, "lots")]
    _ascending([shape.text(lot["id"], "lot", 80) for lot in lots], "lots")
    for lot in lots:
        if lot["closing"] is not None:
            _closing(lot["closing"])
        if "price_closing" in lot:
            _closing(lot["price_closing"])
        draws = [
            shape.record(item, ("record", "path"), "draw") for item in shape.items(lot["draws"], 0, 1_000, "draws")
        ]
        _ascending([shape.text(_drawn(item), "draw", 80) for item in draws], "draws")
        lids = [_object(item, "lid") for item in shape.items(lot["lids"], 0, MAX_LIDS, "lids")]
        _ascending([(str(lid.get("box_key")), _seq(lid)) for lid in lids], "lids")
        opened = [
            shape.record(item, OPENED_KEYS, "opened part", ("bshare",))
            for item in shape.items(lot["opened"], 0, MAX_LIDS, "opened")
        ]
        _ascending([(unhex(one["lid"], 32, "lid"), shape.text(one["part"], "part", 32)) for one in opened], "opened")
    return tuple(lots)


def _closing(value: object) -> None:
    closing = shape.record(value, ("note", "path"), "closing")
    _note(closing["note"], "closing")
    path_of(closing["path"])


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EvidenceError("wrong-shape", f"{what} must be an object")
    return value


def _drawn(item: Mapping[str, Any]) -> object:
    path_of(item["path"])
    return _object(_object(item["record"], "record").get("announcement"), "announcement").get("draw")


def _seq(lid: Mapping[str, Any]) -> int:
    return shape.whole(lid.get("seq"), 1, 1 << 53, "seq")
