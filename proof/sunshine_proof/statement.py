"""`bid-statement/1`: which bid, by whom, with which files; and the names files may have."""

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from sunshine_proof import shape
from sunshine_proof.canonical import unhex
from sunshine_proof.errors import ProofError, speaking

MAX_ENTRIES = 2000
FORMS = ("summary.json", "price.json")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}\Z")
_BLOCK = 1 << 20
_KEYS = ("v", "policy", "bidder", "box_key", "seq", "part", "files")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class PayloadError(ProofError):
    """A payload or statement that does not follow its format."""


@speaking(PayloadError)
def check_name(name: object) -> str:
    """An entry name: `summary.json`, `price.json`, or a relative path under `files/` that stays there.

    Only what endangers a reader is refused. A name that is merely awkward on some system must never cost a bid.
    """
    if name in FORMS:
        return str(name)
    if not isinstance(name, str) or len(name) > 1024 or _CONTROL.search(name):
        raise PayloadError("payload-names", "entry names are text of at most 1024 characters")
    segments = name.split("/")
    if len(segments) < 2 or segments[0] != "files" or len(segments) > 16:
        raise PayloadError("payload-names", "entries are summary.json, price.json and files/…")
    if any(segment in ("", ".", "..") or "\\" in segment or ":" in segment for segment in segments):
        raise PayloadError("payload-names", f"{name[:80]!r} does not stay under files/")
    return name


def check_names(names: Iterable[object]) -> None:
    """Names are clean, few, different, and none is the folder of another."""
    clean = [check_name(name) for name in names]
    # statement.json, statement.p7s and .pad are entries, too
    if len(clean) > MAX_ENTRIES - 3:
        raise PayloadError("payload-bounds", f"at most {MAX_ENTRIES - 3} files")
    if len(set(clean)) != len(clean):
        raise PayloadError("payload-names", "two entries have the same name")
    folders = {"/".join(name.split("/")[:depth]) for name in clean for depth in range(1, name.count("/") + 1)}
    if folders & set(clean):
        raise PayloadError("payload-names", "a file and a folder have the same name")


def file_entry(name: str, stream: IO[bytes]) -> dict[str, Any]:
    """{"name", "size", "sha256"} of a stream read to its end."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return {"name": name, "size": size, "sha256": digest.hexdigest()}


@speaking(PayloadError)
def build_statement(
    *,
    policy: str,
    bidder: Mapping[str, str],
    box_key: str,
    seq: int,
    part: str,
    files: Mapping[str, str | Path | bytes],
) -> dict[str, Any]:
    """The statement over `files` {entry name: path or bytes}; `policy` and `box_key` in hex, bidder {uscc, name}."""
    entries = []
    for name, source in files.items():
        with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as stream:
            entries.append(file_entry(name, stream))
    statement = {
        "v": "bid-statement/1",
        "policy": policy,
        "bidder": dict(bidder),
        "box_key": box_key,
        "seq": seq,
        "part": part,
        "files": entries,
    }
    check_statement(statement)
    return statement


@speaking(PayloadError)
def check_statement(
    statement: object,
    *,
    policy: str | None = None,
    box_key: str | None = None,
    seq: int | None = None,
    part: str | None = None,
    bidder: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The statement, when it is well-formed and says what is given here (None: not compared); or PayloadError.

    After an opening compare all of policy, box_key, seq and part with the lid: else a bidder could seal a payload
    that another one made. `bidder` comes from the signer's certificate or from another part of the same bid.
    """
    found = shape.record(statement, _KEYS, "statement")
    if found["v"] != "bid-statement/1":
        raise PayloadError("statement-version", "only bid-statement/1 is known")
    unhex(found["policy"], 32, "policy")
    unhex(found["box_key"], 32, "box_key")
    shape.whole(found["seq"], 1, 1_000_000, "seq")
    shape.text(found["part"], "part", 32)
    who = shape.record(found["bidder"], ("uscc", "name"), "bidder")
    shape.text(who["name"], "name")
    if not isinstance(who["uscc"], str) or not _USCC.match(who["uscc"]):
        raise PayloadError("statement-bidder", "uscc is not a credit code of 18 characters")
    names = []
    for item in shape.items(found["files"], 0, MAX_ENTRIES, "files"):
        entry = shape.record(item, ("name", "size", "sha256"), "file")
        names.append(entry["name"])
        shape.whole(entry["size"], 0, 1 << 40, "size")
        unhex(entry["sha256"], 32, "sha256")
    check_names(names)
    given = {"policy": policy, "box_key": box_key, "seq": seq, "part": part, "bidder": dict(bidder) if bidder else None}
    for key, value in given.items():
        if value is not None and found[key] != value:
            raise PayloadError("statement-mismatch", f"{key} is not that of the lid or certificate")
    return found
