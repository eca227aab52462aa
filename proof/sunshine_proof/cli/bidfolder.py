"""The folder in which a bid is prepared: `bid.json`, `prices.csv`, one folder of documents for each part."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sunshine_proof import envelopes, shape
from sunshine_proof.bidform import FormError, check_price, check_summary, decimal
from sunshine_proof.canonical import jcs, parse
from sunshine_proof.cli.console import write_json
from sunshine_proof.errors import ProofError
from sunshine_proof.statement import PayloadError, check_names
from sunshine_proof.tender import Tender, read_tender

TENDER, BID, PRICES, README = "tender.json", "bid.json", "prices.csv", "README.txt"
COLUMNS = ("no", "name", "unit", "quantity", "unit_price")
MAX_CSV = 16 << 20
HOW_TO = """阳光采购 投标准备 / A bid in preparation

bid.json    填写投标人、工期、税率等     fill in bidder, delivery, tax rate …
prices.csv  填写 unit_price 一列（元）   fill in the column unit_price (yuan)
{folders}
sunshine-bid check .      检查 / check
sunshine-bid seal . --signer KEY.pem --book BOOK.age --out BID.zip      密封 / seal
"""
TWO_ENVELOPES = """双信封：报价只写在 prices.csv 和 price/ 里；bid.json 和 tech/（含文件名）不得出现报价
two envelopes: prices go into prices.csv and price/ only, never into bid.json or tech/ (nor its file names)
"""
Document = Path | bytes


class FolderError(ProofError):
    """The folder lacks something, or something in it is not as it must be."""


@dataclass(frozen=True)
class Prepared:
    """A folder that was read. `problems` are (code, detail); with none of them it can be sealed.

    documents  {part: {entry name: path or bytes}}, forms included
    total_fen  of the lines; None where a rate is offered, or the prices cannot be read yet
    """

    tender: Tender
    bidder: dict[str, str]
    documents: dict[str, dict[str, Document]]
    total_fen: int | None
    problems: tuple[tuple[str, str], ...]


def prepare(tender: Tender, source: bytes, folder: Path) -> list[str]:
    """Make the folder with forms to fill in; the names of what was made. Nothing that exists is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderError("folder-not-empty", str(folder))
    (folder / TENDER).write_bytes(source)
    content = tender.content
    summary = {"delivery_days": None, "quality": "", "project_leader": "", "validity_days": content["validity_days"]}
    if content["pricing"] == "rate":
        summary["rate"] = ""
    write_json(folder / BID, {"bidder": {"uscc": "", "name": ""}, "summary": summary, "tax_rate": "0.13"})
    with open(folder / PRICES, "x", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        table.writerows([item["no"], item["name"], item["unit"], item["quantity"], ""] for item in content["items"])
    parts, notes = [part for part in tender.policy["parts"] if part != "summary"], ""
    for part in parts:
        (folder / part).mkdir()
    if envelopes.second(tender.policy):
        notes = TWO_ENVELOPES
    folders = notes + "".join(f"{part + '/':<12}放入该分册的文件            documents of this part\n" for part in parts)
    (folder / README).write_text(HOW_TO.format(folders=folders), encoding="utf-8")
    return [TENDER, BID, PRICES, README, *(f"{part}/" for part in parts)]


def read_folder(folder: Path) -> Prepared:
    """Read a prepared folder. Raises ProofError where nothing can be said at all; else what is wrong is listed."""
    tender = read_tender(folder / TENDER)
    form = parse((folder / BID).read_bytes(), limit=1 << 20)
    found = shape.record(form, ("bidder", "summary", "tax_rate"), BID)
    problems: list[tuple[str, str]] = []
    bidder = _bidder(found["bidder"], problems)
    forms, total = _forms(tender, found, folder / PRICES, problems)
    documents: dict[str, dict[str, Document]] = {}
    for part in tender.policy["parts"]:
        documents[part] = {f"{part}.json": forms[part]} if part in forms else {}
        if part != "summary":
            documents[part] |= dict(_files(folder / part))
            _check_files(tender.content["parts"][part], part, documents[part], problems)
    if "tech" in documents and not documents["tech"]:
        problems.append(("no-file", "tech/ is empty"))
    return Prepared(tender, bidder, documents, total, tuple(problems))


def _bidder(value: object, problems: list[tuple[str, str]]) -> dict[str, str]:
    found = shape.record(value, ("uscc", "name"), "bidder")
    if not found["uscc"] or not found["name"]:
        problems.append(("bidder-missing", "uscc and name of the bidder"))
    return {"uscc": str(found["uscc"]), "name": str(found["name"])}


def _forms(
    tender: Tender, form: Mapping[str, Any], prices: Path, problems: list[tuple[str, str]]
) -> tuple[dict[str, bytes], int | None]:
    """({"summary": bytes, "price": bytes}, total in fen) as far as they can be made."""
    given, by_rate = dict(form["summary"]), tender.content["pricing"] == "rate"
    head, total = {"lot": tender.lot}, None
    made: dict[str, bytes] = {}
    try:
        lines = list(_lines(tender, prices))
        price = {**head, "v": "bid-price/1", "total_fen": "0", "tax_rate": form["tax_rate"], "lines": lines}
        total = None if by_rate else check_price(price, tender.lot).lines_fen
        price["total_fen"] = str(total or 0)
        check_price(price, tender.lot)
        made["price"] = jcs(price)
    except ProofError as error:
        problems.append((error.code, f"{PRICES}: {error.detail}"))
    cap = tender.content["cap_fen"]
    if total is not None and cap is not None and total > int(cap):
        problems.append(("over-cap", f"{_yuan(total)} > {_yuan(int(cap))}"))
    if total == 0:
        problems.append(("total-zero", PRICES))
    try:
        rate = given.pop("rate", None) if by_rate else None
        two = bool(envelopes.second(tender.policy))  # the first of them tells no price
        if two and {"rate", "total_fen"} & set(given):
            raise FormError("price-in-first-envelope", "the price goes into prices.csv and price/ only")
        offer = {"rate": rate, "total_fen": None if by_rate or two else str(total or 0)}
        said = {**head, **given, "v": "bid-summary/1", **offer}
        summary = check_summary(said, tender.lot, offer=not two)
        if summary.validity_days < tender.content["validity_days"]:
            problems.append(("validity-short", f"at least {tender.content['validity_days']} days"))
        for word in ("quality", "project_leader"):
            if not said[word].strip():
                problems.append(("form-empty", f"{BID}: {word}"))
        made["summary"] = jcs(said)
    except ProofError as error:
        problems.append((error.code, f"{BID}: {error.detail}"))
    return made, total


def _lines(tender: Tender, prices: Path) -> Iterator[dict[str, Any]]:
    """The price lines in the order of the tender; every item has exactly one."""
    with open(prices, "rb") as stream:
        data = stream.read(MAX_CSV + 1)
    if len(data) > MAX_CSV:
        raise FolderError("prices-too-large", "at most 16 MiB")
    table = csv.DictReader(io.StringIO(_text(data)))
    if not {"no", "unit_price"} <= set(table.fieldnames or ()):
        raise FormError("prices-columns", f"the first line is {','.join(COLUMNS)}")
    typed: dict[str, str] = {}
    for row in table:
        number = (row["no"] or "").strip()
        if number in typed:
            raise FormError("form-lines", f"item {number} appears twice")
        if number:
            typed[number] = (row["unit_price"] or "").strip()
    known = [item["no"] for item in tender.content["items"]]
    if set(typed) != set(known):
        raise FormError("prices-items", "the items are not those of the tender")
    for item in tender.content["items"]:
        price = canonical_price(typed[item["no"]], item["no"])
        yield {"item": item["no"], "unit_price": price, "quantity": item["quantity"], "attributes": {}}


def _text(data: bytes) -> str:
    """Spreadsheets in China write UTF-8 with a mark, or GB 18030."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise FolderError("prices-text", "neither UTF-8 nor GB 18030") from error


def canonical_price(typed: str, item: str) -> str:
    """`1,234.50` → `1234.5`; FormError("form-decimal") with the item's number otherwise."""
    plain = typed.replace(",", "")
    try:
        found = decimal(plain.rstrip("0").rstrip(".") if "." in plain else plain, "unit_price")
    except FormError as error:
        raise FormError("form-decimal", f"item {item}: unit_price must be a plain number, up to 6 decimals") from error
    return format(found, "f")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(entry name, path) of every document below the folder, in order of their names; hidden files are left out."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        relative = path.relative_to(folder)
        if path.is_file() and not any(piece.startswith((".", "~$")) for piece in relative.parts):
            yield f"files/{relative.as_posix()}", path


def _check_files(
    limits: Mapping[str, Any], part: str, documents: Mapping[str, Document], problems: list[tuple[str, str]]
) -> None:
    endings = tuple(ending.strip().lower() for ending in limits["accept"].split(",") if ending.strip())
    try:
        check_names(documents)
    except PayloadError as error:
        problems.append((error.code, f"{part}/: {error.detail}"))
    for name, path in documents.items():
        if isinstance(path, bytes):
            continue
        size = path.stat().st_size
        if size == 0:
            problems.append(("file-empty", f"{part}/{path.name}"))
        if size > limits["max_bytes"]:
            problems.append(("file-too-large", f"{part}/{path.name}: at most {limits['max_bytes']} bytes"))
        if endings and not name.lower().endswith(endings):
            problems.append(("file-kind", f"{part}/{path.name}: one of {' '.join(endings)}"))


def load_json(path: Path, limit: int = 1 << 20) -> Any:
    """Strict JSON of a small file."""
    with open(path, "rb") as stream:
        return parse(stream.read(limit + 1), limit=limit)


def pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
