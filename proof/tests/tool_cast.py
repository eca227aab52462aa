"""A tender to bid for, a bidder with its key in a file, and trustees with theirs; all fictional."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import proof_cast as cast
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, sign_note
from sunshine_proof.entry import entry_of
from sunshine_proof.eventproof import write_event_proof
from sunshine_proof.receipt import sign_receipt
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

PASSPHRASE = "correct horse battery"
ITEMS = [
    {"no": "1", "name": "水泵", "unit": "台", "quantity": "3"},
    {"no": "2", "name": "阀门，DN80", "unit": "个", "quantity": "2.5"},
]


def pem(person: cast.Person) -> str:
    return person.certificate.public_bytes(Encoding.PEM).decode()


def tender(policy: dict[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    policy = policy or cast.policy()
    return {
        "v": "tender/1",
        "platform": "https://platform.example",
        "project": "P-1",
        "title": "城西水厂取水泵更新",
        "buyer": "云岭水务有限公司（虚构）",
        "lot": {"id": "L-1", "number": 1, "title": "水泵"},
        "policy": policy,
        "extensions": [],
        "ca_roots": [pem(cast.ROOT)],
        "trustee_certificates": [*map(pem, cast.TRUSTEES), pem(cast.INTERMEDIATE)],
        "items": ITEMS,
        "pricing": "total",
        "cap_fen": "1000000",
        "validity_days": 90,
        "parts": {part: {"accept": ".pdf,.txt", "max_bytes": 10_000_000} for part in policy["parts"]},
        **other,
    }


def future() -> dict[str, Any]:
    """A policy whose deadline is far away, whatever the day of the test."""
    return {**cast.policy(), "deadline": "2029-03-01T01:00:00Z", "open_not_before": "2029-03-01T01:00:00Z"}


def signer_file(folder: Path, person: cast.Person = cast.LI, passphrase: str = PASSPHRASE) -> Path:
    """One PEM with key, certificate and issuer; encrypted under the passphrase unless it is empty."""
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    key = person.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()
    path = folder / f"signer-{person.certificate.serial_number}.pem"
    path.write_text(key + pem(person) + pem(cast.INTERMEDIATE))
    return path


def word_file(folder: Path, word: str = PASSPHRASE) -> Path:
    path = folder / "word"
    path.write_text(word + "\n")
    return path


def written_tender(folder: Path, content: dict[str, Any] | None = None) -> Path:
    path = folder / "tender.json"
    path.write_text(json.dumps(content or tender(future()), ensure_ascii=False))
    return path


def filled(folder: Path) -> Path:
    """A prepared folder, filled in as a bidder would."""
    bid = json.loads((folder / "bid.json").read_text())
    bid["bidder"] = cast.BIDDER
    bid["summary"] |= {"delivery_days": 30, "quality": "合格", "project_leader": "李四"}
    (folder / "bid.json").write_text(json.dumps(bid, ensure_ascii=False))
    rows = 'no,name,unit,quantity,unit_price\n1,水泵,台,3,"1,000.333333"\n2,阀门,个,2.5,0.010\n'
    (folder / "prices.csv").write_text(rows, encoding="gb18030")
    (folder / "tech/技术方案.txt").write_text("只在标书里出现的一句话")
    return folder


def receipt(lid: str) -> dict[str, Any]:
    return sign_receipt(lid, "2027-02-01T01:00:00Z", cast.ORIGIN, cast.LOG_KEY)


def closing(
    lids: list[str],
    *,
    lot: str = "L-1",
    at: str = "2027-03-01T01:00:05.000000+00:00",
    tag: str = "",
    facts: dict[str, Any] | None = None,
) -> str:
    """The `.tlog-proof` of the event that fixed the effective lids of a lot; `facts` where it says something else."""
    payload = jcs(
        {
            "v": "event/1",
            "tag": tag or "lot:open-bids",
            "subject": f"lot/{lot}",
            "seq": 3,
            "by": "王",
            "at": at,
            "facts": facts if facts is not None else {"effective_lids": lids},
        }
    )
    salt = bytes(range(32))
    leaves = [leaf_hash(bytes([n]) * 32) for n in range(5)] + [leaf_hash(entry_of(payload, salt))]
    note = sign_note(checkpoint_text(Checkpoint(cast.ORIGIN, len(leaves), root_of(leaves))), cast.ORIGIN, cast.LOG_KEY)
    return write_event_proof(payload, salt, 5, inclusion_path(leaves, 5), note)


def opening(bids: list[Any], i: int = 1, **other: Any) -> dict[str, Any]:
    lids = [bid.lid for bid in bids]
    return {
        "v": "opening-file/1",
        "tender": "P-1",
        "lot": "L-1",
        "policy": bids[0].policy,
        "extensions": [],
        "i": i,
        "lids": lids,
        "released": [],
        "closing": closing(sorted(lid["id"] for lid in lids)),
        **other,
    }


NOW = dt.datetime(2027, 3, 1, 2, tzinfo=dt.UTC)
