"""A bidder's own book, a `keyring/1` file: box keys, chains of lids, receipts, and the secrets that open its bids."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sunshine_proof import shape
from sunshine_proof.agefile import identity_of
from sunshine_proof.canonical import unhex
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.keyring import BLOB_SIZE, decode_keyring, empty_keyring, encode_keyring
from sunshine_proof.lid import box_key_of, new_box_secret
from sunshine_proof.receipt import verify_receipt

_BID = ("lot", "policy", "box_key", "box_secret", "lids", "rescue")


class BookError(ProofError):
    """The book cannot be read, or the act does not fit what stands in it."""


class Book:
    """The book in one file under one passphrase. What the browser calls the keyring; both read each other's.

    content  keyring/1: {"v", "bids": [bid], "trustee"}; a bid is {"lot", "policy", "box_key", "box_secret", "lids",
             "rescue", "pending"?}
    """

    def __init__(self, path: Path, passphrase: str, content: dict[str, Any]):
        self.path, self._passphrase, self.content = path, passphrase, content

    @classmethod
    @speaking(BookError)
    def open(cls, path: str | Path, passphrase: str, *, create: bool = False) -> "Book":
        """Open the book; with `create` a missing file is an empty book, written by the first save."""
        path = Path(path)
        if create and not path.exists():
            return cls(path, passphrase, empty_keyring())
        with open(path, "rb") as stream:
            content = decode_keyring(stream.read(BLOB_SIZE + 1), passphrase)
        for bid in shape.items(content["bids"], 0, 10_000, "bids"):
            _check_bid(bid)
        return cls(path, passphrase, content)

    @speaking(BookError)
    def save(self) -> None:
        """Write the book, readable by its owner only; the old one stays until the new one is complete."""
        blob = encode_keyring(self.content, self._passphrase)
        draft = self.path.with_name(f".{self.path.name}.{os.urandom(6).hex()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(blob)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, self.path)

    def bid_of(self, lot: str, pid: str) -> dict[str, Any] | None:
        """The entry of this lot under this policy: a new policy means a new box and a fresh chain."""
        return next((bid for bid in self.content["bids"] if (bid["lot"], bid["policy"]) == (lot, pid)), None)

    def ensure(self, lot: str, pid: str) -> dict[str, Any]:
        """The entry, made with a fresh box key where there is none."""
        known = self.bid_of(lot, pid)
        if known is None:
            secret = new_box_secret()
            known = {"lot": lot, "policy": pid, "box_key": box_key_of(secret), "box_secret": secret.hex()}
            known |= {"lids": [], "rescue": []}
            self.content["bids"].append(known)
        return known


def _check_bid(bid: object) -> None:
    # what the browser keeps beside these fields is left as it is
    if not isinstance(bid, Mapping) or not set(_BID) <= set(bid):
        raise BookError("book-shape", f"a bid has {', '.join(_BID)}")
    found = bid
    for field in ("policy", "box_key"):
        unhex(found[field], 32, field)
    if found["box_secret"] != "":
        unhex(found["box_secret"], 32, "box_secret")
    for lid in shape.items(found["lids"], 0, 10_000, "lids"):
        shape.record(lid, ("id", "seq", "kind", "receipt"), "lid")
    shape.items(found["rescue"], 0, 10_000, "rescue")


def rescue_file(bid: Mapping[str, Any], lid: str) -> dict[str, Any]:
    """`rescue/1` of one lid: all that opens this bid and speaks for it; to be kept encrypted, outside the book.

    {"v", "lot", "policy", "box_key", "box_secret", "parts": [{"lid", "part", "S", "S_B", "identity"}]}; `identity` is
    S as age writes it, so that `age -d` opens the body.
    """
    kept = [{key: one[key] for key in ("lid", "part", "S", "S_B")} for one in bid["rescue"] if one["lid"] == lid]
    parts = [{**one, "identity": identity_of(unhex(one["S"], 32, "S"))} for one in kept]
    return {"v": "rescue/1", **{key: bid[key] for key in ("lot", "policy", "box_key", "box_secret")}, "parts": parts}


@speaking(BookError)
def read_rescue(content: object) -> dict[str, Any]:
    """`rescue/1`, ours or the browser's, as an entry of a book without a chain. Raises BookError."""
    found = shape.record(content, ("v", "lot", "policy", "box_key", "box_secret", "parts"), "rescue file")
    if found["v"] != "rescue/1":
        raise BookError("rescue-version", "only rescue/1 is known")
    parts = [
        shape.record(one, ("lid", "part", "S", "S_B", "identity"), "rescue part")
        for one in shape.items(found["parts"], 1, 100, "parts")
    ]
    kept = [{key: one[key] for key in ("lid", "part", "S", "S_B")} for one in parts]
    bid = {key: found[key] for key in ("lot", "policy", "box_key", "box_secret")} | {"lids": [], "rescue": kept}
    _check_bid(bid)
    return bid


def next_link(bid: Mapping[str, Any]) -> tuple[int, str]:
    """(seq, prev) of the next lid or withdrawal."""
    last = bid["lids"][-1] if bid["lids"] else None
    return (last["seq"] + 1, last["id"]) if last else (1, "")


def standing(bid: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The lid that counts now; None when nothing was handed in, or it was withdrawn."""
    last = bid["lids"][-1] if bid["lids"] else None
    return last if last and last["kind"] == "bid" else None


def expect(bid: dict[str, Any], kind: str, record: Mapping[str, Any], rescue: Iterable[Mapping[str, Any]] = ()) -> None:
    """Note what was sealed and not yet receipted; `rescue` from sealing.rescue_entries."""
    bid["pending"] = {"kind": kind, "lid": dict(record)}
    bid["rescue"] += [{**one, "S_B": one["S_B"] or ""} for one in rescue]


def forget(bid: dict[str, Any]) -> None:
    """The sealed package was not and will not be handed in."""
    dropped = bid.pop("pending", None)
    if dropped is not None:
        bid["rescue"] = [one for one in bid["rescue"] if one["lid"] != dropped["lid"]["id"]]


@speaking(BookError)
def confirm(book: Book, receipt: Mapping[str, Any], log_vkey: str) -> dict[str, Any]:
    """Take a receipt into the book; the entry it belongs to. BookError for a forged one, or one of another's bid.

    Secrets of superseded and withdrawn lids go: they are never opened.
    """
    found = verify_receipt(receipt, log_vkey)
    for bid in book.content["bids"]:
        known = next((one for one in bid["lids"] if one["id"] == found["lid"]), None)
        if known is not None:
            known["receipt"] = dict(receipt)
            return dict(bid)
        pending = bid.get("pending")
        if pending is not None and pending["lid"]["id"] == found["lid"]:
            kind, record = pending["kind"], pending["lid"]
            bid["lids"].append({"id": record["id"], "seq": record["seq"], "kind": kind, "receipt": dict(receipt)})
            bid["rescue"] = [one for one in bid["rescue"] if kind == "bid" and one["lid"] == record["id"]]
            del bid["pending"]
            return dict(bid)
    raise BookError("receipt-unknown", "this receipt belongs to no bid of this book")
