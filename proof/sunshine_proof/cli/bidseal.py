"""From a prepared folder to a package: sign, pad, encrypt, deal, sign the lid, note it in the book."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sunshine_proof.agefile import encrypt_stream, public_of
from sunshine_proof.bidbook import Book, expect, forget, next_link, rescue_file, standing
from sunshine_proof.bidpackage import write_package
from sunshine_proof.cli.bidfolder import FolderError, Prepared
from sunshine_proof.lid import build_lid, build_withdrawal, check_lid
from sunshine_proof.payload import build_statement, write_payload
from sunshine_proof.policy import SealError
from sunshine_proof.sealing import PartSecret, rescue_entries, seal_part
from sunshine_proof.signer import Signer
from sunshine_proof.tender import Tender

Progress = Callable[[str], None]


class PendingError(SealError):
    """A package of this lot was sealed before and has no receipt yet."""


def seal_folder(
    prepared: Prepared,
    signer: Signer,
    book: Book,
    out: Path,
    *,
    again: bool = False,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Seal into the package `out` and note lid and rescue secrets in the book, which is saved; the signed lid.

    again  the package sealed before was not handed in: its place in the chain is used anew
    The book is on disk before the package takes its name: a package without its secrets must not exist.
    """
    if prepared.problems:
        raise FolderError("not-ready", "; ".join(f"{code} {detail}" for code, detail in prepared.problems))
    tender = prepared.tender
    bid = _entry(book, tender, again=again)
    seq, prev = next_link(bid)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".sealing-") as made:
        folder = Path(made)
        entries, secrets = [], dict[str, PartSecret]()
        for part in tender.policy["parts"]:
            progress(part)
            payload = folder / f"{part}.zip"
            _payload(payload, prepared, signer, part, seq, bid["box_key"])
            entry, secrets[part] = seal_part(tender.policy, part, payload, folder / f"{part}.age")
            payload.unlink()  # the plain text has no reason to stay on the disk
            entries.append(entry)
        lid = build_lid(tender.policy, entries, seq, prev, bytes.fromhex(bid["box_secret"]))
        check_lid(lid, tender.policy)
        expect(bid, "bid", lid, rescue_entries(lid, secrets))
        progress("package")
        draft = folder / "package.zip"
        write_package(draft, lid, {part: kept.body for part, kept in secrets.items()})
        book.save()
        _settle(draft, out)
    return lid


def withdraw(tender: Tender, book: Book, out: Path, *, again: bool = False) -> dict[str, Any]:
    """A package with the withdrawal of the bid that stands in the book; the signed withdrawal."""
    bid = _entry(book, tender, again=again)
    if standing(bid) is None:
        raise FolderError("nothing-stands", "the book has no receipted bid for this lot")
    seq, prev = next_link(bid)
    record = build_withdrawal(tender.policy, seq, prev, bytes.fromhex(bid["box_secret"]))
    expect(bid, "withdrawal", record)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".sealing-") as made:
        draft = Path(made) / "package.zip"
        write_package(draft, record, {})
        book.save()
        _settle(draft, out)
    return record


def _settle(draft: Path, out: Path) -> None:
    """Give the file its name without overwriting another one."""
    os.link(draft, out)


def _entry(book: Book, tender: Tender, *, again: bool) -> dict[str, Any]:
    bid = book.ensure(tender.lot, tender.pid)
    if not bid["box_secret"]:
        raise FolderError("book-without-key", "this bid's box key is in another book")
    if "pending" in bid:
        if not again:
            raise PendingError("pending", f"{bid['pending']['lid']['id'][:16]} has no receipt in this book")
        forget(bid)
    return bid


def _payload(out: Path, prepared: Prepared, signer: Signer, part: str, seq: int, box_key: str) -> None:
    files = prepared.documents[part]
    statement = build_statement(
        policy=prepared.tender.pid, bidder=prepared.bidder, box_key=box_key, seq=seq, part=part, files=files
    )
    write_payload(out, statement, files, signer.cms)


def write_rescue(out: Path, bid: Mapping[str, Any], lid: Mapping[str, Any], recipient: str) -> None:
    """`rescue/1` of this lid as an age file to the bidder's own recipient."""
    public_of(recipient)
    content = json.dumps(rescue_file(bid, str(lid["id"])), ensure_ascii=False).encode()
    with tempfile.TemporaryFile() as plain, open(out, "xb") as stream:
        plain.write(content)
        plain.seek(0)
        encrypt_stream(plain, stream, recipient)  # type: ignore[arg-type]


def too_late(tender: Tender, now: datetime) -> bool:
    """Whether the deadline, as far as this file knows it, is over."""
    return now >= tender.deadline
