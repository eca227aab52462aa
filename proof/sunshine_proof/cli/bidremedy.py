"""`sunshine-bid remedy`: the file with which a bidder takes part in decrypting, or rescues its bid."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage

from sunshine_proof import envelopes, shape
from sunshine_proof.bidbook import Book, read_rescue, standing
from sunshine_proof.canonical import parse
from sunshine_proof.cli.console import Words, command, passphrase, write_private
from sunshine_proof.policy import effective_times, opens_alone
from sunshine_proof.remedy import RemedyError, build_remedy
from sunshine_proof.tender import Tender, read_tender

BOOK = ("投标簿口令", "passphrase of the bid book")
RESCUE = ("自救文件口令", "passphrase of the rescue file")
MAX_RESCUE = 1 << 20  # bytes of a rescue file
WORDS: Words = {
    "bid-unknown": (
        "这里没有这个标段的投标，没有写出任何密钥。",
        "There is no bid of this lot in it; no key was written.",
    ),
    "receipt-first": (
        "最后一份投标包还没有登记回执。已递交的请先登记回执；没有递交的，用 --lid 指明已递交的那一份。",
        "The last package has no receipt yet. Add it; if it was never handed in, name the one that was with --lid.",
    ),
    "share-not-asked": (
        "这个项目不需要投标人参与解密；要打开自己的投标，请加 --rescue。",
        "This tender does not ask for the bidder's share; to open your own bid, add --rescue.",
    ),
    "one-envelope": (
        "这个项目没有第二个信封，没有写出任何密钥。",
        "This tender has no second envelope; no key was written.",
    ),
    "clock-early": (
        "按本机时钟还没有到开标时间，没有写出任何密钥。",
        "By this machine's clock the time of the opening has not come; no key was written.",
    ),
    "rescue-passphrase": (
        "自救文件的口令或密钥不对，或者文件被改过。",
        "Passphrase or key of the rescue file is another one, or the file was changed.",
    ),
}


def add_remedy(acts: Any) -> None:
    """The `remedy` act and its arguments."""
    made = command(acts, "remedy", _remedy, help="after the opening: give your share (or with --rescue your key)")
    made.add_argument("--tender", type=Path, required=True, help="the lot's tender file, fetched anew")
    kept = made.add_mutually_exclusive_group(required=True)
    kept.add_argument("--book", type=Path, help="your bid book")
    kept.add_argument("--rescue-file", type=Path, help="or a rescue file kept elsewhere (.age)")
    made.add_argument(
        "--identity", type=Path, help="file with the age identity, for a rescue file made with --rescue-to"
    )
    made.add_argument(
        "--rescue", action="store_true", help="give the key of the bid itself: trustees' shares fell short"
    )
    made.add_argument(
        "--second-envelope", action="store_true", help="two envelopes: the prices are being opened, give their key"
    )
    made.add_argument("--lid", default="", help="the first characters of the lid, where more than one is kept")
    made.add_argument("--out", type=Path, required=True, help="the file to upload: secret until the bid is open")
    made.add_argument("--passphrase-file", type=Path, help="file with the passphrase of the book or the rescue file")
    made.add_argument("--rehearsal", action="store_true", help="the tender lives in simulated time: ignore this clock")


def _remedy(asked: argparse.Namespace) -> dict[str, Any]:
    tender = read_tender(asked.tender)
    not_before = effective_times(tender.policy, tender.content["extensions"])[1]
    # a share given away early helps whoever else wants to look early; the platform's word is not asked for this
    if datetime.now(UTC) < not_before and not asked.rehearsal:
        raise RemedyError("clock-early", f"not before {not_before.isoformat()}")
    rescue = asked.rescue or opens_alone(tender.policy)  # where the bidder alone opens, its key is the ordinary way
    if not rescue and tender.policy["bidder_share"] != "required":
        raise RemedyError("share-not-asked", "the policy has bidder_share none")
    if asked.second_envelope and not envelopes.second(tender.policy):
        raise RemedyError("one-envelope", "the policy has no second envelope")
    bid = _bid(asked, tender)
    act = "rescue" if rescue else "release-share"
    parts = (envelopes.second if asked.second_envelope else envelopes.first)(tender.policy)
    made = build_remedy(bid, _lid(bid, asked.lid), act, shape.instant_text(datetime.now(UTC)), parts)
    write_private(asked.out, json.dumps(made, ensure_ascii=False, indent=1).encode())
    parts = made["statement"]["parts"]
    words = (
        f"{len(parts)} 个分册的密钥已写入 {asked.out}。请在解密时限内到平台“递交解密文件”页上传；上传之前请保密。",
        f"The keys of {len(parts)} parts are in {asked.out}. Upload it inside the decrypt window; until then keep it "
        "secret.",
    )
    lid = made["statement"]["lid"]
    return {"said": words, "lines": [f"封签 lid   {lid}"], "lid": lid, "act": act, "parts": parts}


def _bid(asked: argparse.Namespace, tender: Tender) -> Mapping[str, Any]:
    """The entry of this lot under this policy, from the book or the rescue file."""
    if asked.book is not None:
        bid: Mapping[str, Any] | None = Book.open(asked.book, passphrase(asked, BOOK)).bid_of(tender.lot, tender.pid)
    else:
        bid = read_rescue(_decrypted(asked))
        bid = bid if (bid["lot"], bid["policy"]) == (tender.lot, tender.pid) else None
    if bid is None:
        raise RemedyError("bid-unknown", f"no bid for {tender.lot} under {tender.pid[:16]}")
    return bid


def _decrypted(asked: argparse.Namespace) -> Any:
    with open(asked.rescue_file, "rb") as stream:
        data = stream.read(MAX_RESCUE + 1)
    if len(data) > MAX_RESCUE:
        raise RemedyError("rescue-shape", f"a rescue file has at most {MAX_RESCUE} bytes")
    try:
        if asked.identity is None:
            plain = pyrage.passphrase.decrypt(data, passphrase(asked, RESCUE))
        else:
            plain = pyrage.decrypt(data, [_identity(asked.identity)])
    except pyrage.DecryptError as error:
        raise RemedyError("rescue-passphrase", str(error)) from error
    return parse(plain)


def _identity(path: Path) -> pyrage.x25519.Identity:
    """The key in a file as `age-keygen` writes it: comments, then one line."""
    with open(path, encoding="utf-8") as stream:
        lines = [line.strip() for line in stream.read(65_536).splitlines() if line.startswith("AGE-SECRET-KEY-1")]
    try:
        return pyrage.x25519.Identity.from_str(lines[0])
    except (IndexError, pyrage.IdentityError) as error:
        raise RemedyError("rescue-passphrase", f"{path}: no age identity") from error


def _lid(bid: Mapping[str, Any], asked: str) -> str:
    """Which lid to speak for: the one named, else the one that stands."""
    kept = list(dict.fromkeys(str(one["lid"]) for one in bid["rescue"]))
    if asked:
        found = [lid for lid in kept if lid.startswith(asked)]
    elif "pending" in bid:
        raise RemedyError("receipt-first", f"{bid['pending']['lid']['id'][:16]} has no receipt")
    else:
        # a rescue file keeps no chain: what is in it is what it was made for
        last = standing(bid)
        found = [lid for lid in kept if not bid["lids"] or (last and lid == last["id"])]
    if len(found) != 1:
        raise RemedyError("bid-unknown", f"{len(found)} lids fit: {', '.join(lid[:16] for lid in kept) or 'none kept'}")
    return found[0]
