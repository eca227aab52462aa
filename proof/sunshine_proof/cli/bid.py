"""`sunshine-bid`: prepare, check, seal and keep a bid on one's own machine, without a network.

sunshine-bid key --out KEY.pem --csr KEY.csr --name 李四 --organisation 李氏机电有限公司
sunshine-bid prepare tender.json FOLDER
sunshine-bid check FOLDER
sunshine-bid seal FOLDER --signer KEY.pem --book BOOK.age --out BID.zip
sunshine-bid show BID.zip --tender tender.json
sunshine-bid receipt add receipt.json --book BOOK.age --tender tender.json
sunshine-bid remedy --tender tender.json --book BOOK.age --out remedy.json
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from sunshine_proof import bidbook
from sunshine_proof.agefile import public_of
from sunshine_proof.bidbook import Book
from sunshine_proof.bidpackage import open_package
from sunshine_proof.cli import bidfolder, bidremedy, bidseal
from sunshine_proof.cli.console import Words, command, encrypted, passphrase, run, signer_options, write_private
from sunshine_proof.errors import ProofError
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.policy import opens_alone
from sunshine_proof.receipt import verify_receipt
from sunshine_proof.signer import Signer, new_signing_key, read_signer
from sunshine_proof.tender import Tender, read_tender

BOOK = ("投标簿口令", "passphrase of the bid book")
SIGNER = ("签名密钥口令", "passphrase of the signing key")
WORDS: Words = {
    "not-ready": ("投标还不完整，没有密封。", "The bid is not complete; nothing was sealed."),
    "pending": (
        "这个标段已有一份密封好而没有回执的投标包。已递交的请先登记回执；没有递交的请加 --again 重新密封。",
        "A package of this lot was sealed before and has no receipt. Add its receipt, or seal --again if it was never "
        "handed in.",
    ),
    "folder-not-empty": ("文件夹不是空的，没有改动。", "The folder is not empty; nothing was touched."),
    "trustee-certificate": (
        "缺少开标密钥持有人的证书，没有密封。",
        "A trustee's certificate is missing; nothing was sealed.",
    ),
    "bad-signature": (
        "开标密钥持有人的签名不成立，公钥可能被替换，没有密封。请联系监督部门。",
        "A trustee's signature does not hold; its key may have been replaced. Nothing was sealed.",
    ),
    "no-chain": (
        "开标密钥持有人的证书不是由您信任的认证机构签发，没有密封。",
        "A trustee's certificate leads to none of the authorities you trust. Nothing was sealed.",
    ),
    "receipt-signature": ("回执不是这个平台签的。", "The receipt is not signed by this platform's log."),
    "receipt-unknown": ("这张回执不属于这本投标簿里的任何投标。", "The receipt belongs to no bid of this book."),
    "body-mismatch": ("投标包里的密文与封签不符。", "A body in the package is not that of the lid."),
    **bidremedy.WORDS,
    "nothing-stands": ("没有可撤回的投标。", "There is no bid to withdraw."),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done · 1 refused · 2 the call was wrong."""
    return run(_parser(), WORDS, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sunshine-bid", description=str(__doc__).split(":", 1)[1].split("\n")[0].strip())
    acts = parser.add_subparsers(
        required=True, metavar="key | prepare | check | seal | withdraw | show | receipt | remedy"
    )
    made = command(acts, "key", _key, help="make a signing key and the request for its certificate")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--csr", type=Path, required=True)
    made.add_argument("--name", required=True)
    made.add_argument("--organisation", required=True)
    made.add_argument("--passphrase-file", type=Path)
    made = command(acts, "prepare", _prepare, help="make a folder to fill in from a tender file")
    made.add_argument("tender", type=Path)
    made.add_argument("folder", type=Path)
    made = command(acts, "check", _check, help="say whether a folder can be sealed, and what is missing")
    made.add_argument("folder", type=Path)
    _roots_option(made)
    _seal_parser(acts)
    made = command(acts, "withdraw", _withdraw, help="make a package that withdraws the bid of the book")
    made.add_argument("tender", type=Path)
    _book_options(made)
    made = command(acts, "show", _show, help="check a package and say what is in it")
    made.add_argument("package", type=Path)
    made.add_argument("--tender", type=Path, help="check it against this tender file, too")
    _receipt_parser(command(acts, "receipt", _nothing, help="keep and verify receipts"))
    bidremedy.add_remedy(acts)
    return parser


def _seal_parser(acts: Any) -> None:
    made = command(acts, "seal", _seal, help="seal a folder into a package")
    made.add_argument("folder", type=Path)
    signer_options(made)
    _book_options(made)
    _roots_option(made)
    made.add_argument("--rescue-to", metavar="age1…", help="write OUT.rescue.age for this recipient of yours, too")


def _book_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("--book", type=Path, required=True, help="your bid book: secret, keep copies")
    made.add_argument("--out", type=Path, required=True, help="the package to hand in")
    made.add_argument("--again", action="store_true", help="the package sealed before was never handed in")
    made.add_argument("--passphrase-file", type=Path, help="file with the passphrase of the book")


def _roots_option(made: argparse.ArgumentParser) -> None:
    made.add_argument("--roots", type=Path, help="PEM of the authorities you trust; else those the tender file names")


def _receipt_parser(parent: argparse.ArgumentParser) -> None:
    acts = parent.add_subparsers(required=True, metavar="add | list | verify")
    made = command(acts, "add", _receipt_add, help="check a receipt and keep it in the book")
    made.add_argument("receipt", type=Path)
    made.add_argument("--book", type=Path, required=True)
    made.add_argument("--tender", type=Path, required=True)
    made.add_argument("--passphrase-file", type=Path)
    made = command(acts, "list", _receipt_list, help="all bids of the book with their receipts")
    made.add_argument("--book", type=Path, required=True)
    made.add_argument("--passphrase-file", type=Path)
    made = command(acts, "verify", _receipt_verify, help="check a receipt or a .tlog-proof")
    made.add_argument("file", type=Path)
    made.add_argument("--tender", type=Path, required=True)


def _nothing(asked: argparse.Namespace) -> dict[str, Any]:
    raise AssertionError("argparse asks for a subcommand")


def _key(asked: argparse.Namespace) -> dict[str, Any]:
    secret = passphrase(asked, SIGNER, fresh=True)
    key, request = new_signing_key(secret, name=asked.name, organisation=asked.organisation)
    write_private(asked.out, key.encode())
    with open(asked.csr, "x", encoding="ascii") as stream:
        stream.write(request)
    said = (
        f"签名密钥已写入 {asked.out}。请在平台“数字证书”页上传 {asked.csr} 换取证书，把证书与密钥放在一起。",
        f"The signing key is in {asked.out}. Upload {asked.csr} on the page of certificates and keep the certificate "
        "with the key.",
    )
    return {"said": said, "key": str(asked.out), "csr": str(asked.csr)}


def _prepare(asked: argparse.Namespace) -> dict[str, Any]:
    tender = read_tender(asked.tender)
    made = bidfolder.prepare(tender, asked.tender.read_bytes(), asked.folder)
    said = (f"已建好 {asked.folder}，请按 README.txt 填写。", f"{asked.folder} is ready to fill in; see README.txt.")
    return {
        "lines": [*_about(tender), *(f"  {name}" for name in made)],
        "said": said,
        "made": made,
        "policy": tender.pid,
    }


def _about(tender: Tender) -> list[str]:
    content, policy = tender.content, tender.policy
    roots = [f"CA        {subject} {digest}" for subject, digest in tender.fingerprints()]
    return [
        f"{content['title']} · {content['lot']['number']} {content['lot']['title']} ({tender.lot})",
        f"截止 due   {tender.deadline.isoformat()}",
        f"密封规则 policy {tender.pid}",
        f"开标 open  {_who_opens(policy)}",
        *roots,
    ]


def _who_opens(policy: Mapping[str, Any]) -> str:
    if opens_alone(policy):
        return "投标人自己，须在解密时限内开启，请保管好投标簿 the bidder alone, within the window: keep the bid book"
    return f"{policy['k']} / {len(policy['trustees'])}: {', '.join(one['role'] for one in policy['trustees'])}"


def _roots(asked: argparse.Namespace) -> list[x509.Certificate]:
    if asked.roots is None:
        return []
    try:
        return x509.load_pem_x509_certificates(asked.roots.read_bytes())
    except ValueError as error:
        raise ProofError("unreadable", f"{asked.roots}: no PEM certificates") from error


def _ready(asked: argparse.Namespace) -> bidfolder.Prepared:
    prepared = bidfolder.read_folder(asked.folder)
    # a trustee's certificate must be good when its key is used; whether a bid is late, only the platform's clock says
    prepared.tender.check_seats(min(datetime.now(UTC), prepared.tender.deadline), _roots(asked))
    return prepared


def _check(asked: argparse.Namespace) -> dict[str, Any]:
    prepared = _ready(asked)
    lines = [f"  ✗ {code}: {detail}" for code, detail in prepared.problems]
    total = None if prepared.total_fen is None else f"{prepared.total_fen / 100:,.2f}"
    said = (
        (f"可以密封。投标总价 {total} 元。", f"Ready to be sealed. Total {total} yuan.")
        if not prepared.problems
        else (f"还有 {len(prepared.problems)} 处要改。", f"{len(prepared.problems)} things to put right.")
    )
    found = {"lines": [*_about(prepared.tender), *lines], "said": said, "done": not prepared.problems}
    return {**found, "problems": [list(one) for one in prepared.problems], "total_fen": prepared.total_fen}


def _signer(asked: argparse.Namespace) -> Signer:
    word = passphrase(asked, SIGNER, name="signer_passphrase") if encrypted(asked.signer) else ""
    return read_signer(asked.signer, word)


def _seal(asked: argparse.Namespace) -> dict[str, Any]:
    if asked.rescue_to:
        public_of(asked.rescue_to)
    prepared, signer = _ready(asked), _signer(asked)
    fresh = not asked.book.exists()
    book = Book.open(asked.book, passphrase(asked, BOOK, fresh=fresh), create=True)
    lid = bidseal.seal_folder(prepared, signer, book, asked.out, again=asked.again, progress=_progress(asked))
    bid = book.bid_of(prepared.tender.lot, prepared.tender.pid)
    if asked.rescue_to and bid is not None:
        bidseal.write_rescue(asked.out.with_name(f"{asked.out.name}.rescue.age"), bid, lid, asked.rescue_to)
    said = (
        f"已密封到 {asked.out}。请登录平台，在该标段“准备投标”页递交；投标簿 {asked.book} 请保密并备份。",
        f"Sealed into {asked.out}. Hand it in on the lot's page of the platform; keep {asked.book} secret, and copies.",
    )
    late = bidseal.too_late(prepared.tender, datetime.now(UTC))
    return {
        "lines": [
            f"封签 lid   {lid['id']}",
            *(["! 按本机时钟已过截止时间 / past the deadline by this clock"] if late else []),
        ],
        "said": said,
        "late": late,
        "lid": lid["id"],
        "seq": lid["seq"],
        "signer": signer.name,
    }


def _progress(asked: argparse.Namespace) -> bidseal.Progress:
    if asked.json or not sys.stderr.isatty():
        return lambda _: None
    return lambda part: print(f"… {part}", file=sys.stderr)


def _withdraw(asked: argparse.Namespace) -> dict[str, Any]:
    tender = read_tender(asked.tender)
    book = Book.open(asked.book, passphrase(asked, BOOK))
    record = bidseal.withdraw(tender, book, asked.out, again=asked.again)
    said = (
        f"撤回文件在 {asked.out}，请在截止前递交。",
        f"Hand in {asked.out} before the deadline to withdraw the bid.",
    )
    return {"said": said, "lid": record["id"], "seq": record["seq"]}


def _show(asked: argparse.Namespace) -> dict[str, Any]:
    with open_package(asked.package) as package:
        record = package.record
        if asked.tender:
            package.check(read_tender(asked.tender).policy)
        else:
            package.check_bodies()
        parts = [{key: part[key] for key in ("part", "size", "sha256")} for part in record.get("parts", [])]
    lines = [f"封签 lid   {record['id']}", f"箱 box     {record['box_key']} · {record['seq']}"]
    lines += [f"密文 body  {part['part']:<8} {part['size']:>14,} B  {part['sha256'][:16]}" for part in parts]
    said = ("投标包完好。", "The package is whole.")
    more = {"lid": record["id"], "box_key": record["box_key"], "seq": record["seq"], "parts": parts}
    return {"lines": lines, "said": said, "policy": record["policy"], "withdrawal": package.withdrawal, **more}


def _receipt_add(asked: argparse.Namespace) -> dict[str, Any]:
    tender = read_tender(asked.tender)
    book = Book.open(asked.book, passphrase(asked, BOOK))
    receipt = bidfolder.load_json(asked.receipt)
    bidbook.confirm(book, receipt, tender.policy["log_vkey"])
    book.save()
    said = (
        f"回执成立（{receipt['received_at']}），已记入投标簿。",
        f"A good receipt ({receipt['received_at']}), now in the book.",
    )
    return {"said": said, "lid": receipt["lid"], "received_at": receipt["received_at"]}


def _receipt_list(asked: argparse.Namespace) -> dict[str, Any]:
    book = Book.open(asked.book, passphrase(asked, BOOK))
    found, lines = [], []
    for bid in book.content["bids"]:
        for lid in bid["lids"]:
            at = (lid["receipt"] or {}).get("received_at", "")
            found.append(
                {"lot": bid["lot"], "lid": lid["id"], "seq": lid["seq"], "kind": lid["kind"], "received_at": at}
            )
            lines.append(f"{bid['lot']}  {lid['seq']:>2}  {lid['kind']:<10} {at:<20} {lid['id'][:16]}")
        if "pending" in bid:
            record = bid["pending"]["lid"]
            lines.append(
                f"{bid['lot']}  {record['seq']:>2}  {bid['pending']['kind']:<10} {'—':<20} {record['id'][:16]}"
            )
    said = (f"{len(found)} 张回执。", f"{len(found)} receipts.")
    return {"lines": lines, "said": said, "receipts": found}


def _receipt_verify(asked: argparse.Namespace) -> dict[str, Any]:
    vkey = read_tender(asked.tender).policy["log_vkey"]
    text = asked.file.read_text(encoding="utf-8")
    if text.startswith("c2sp.org/tlog-proof"):
        proof = read_event_proof(text, vkey)
        said = (
            f"证明成立：日志第 {proof.proof.index} 条，{proof.event.get('at')}。",
            f"The proof holds: entry {proof.proof.index} of the log, {proof.event.get('at')}.",
        )
        return {"said": said, "index": proof.proof.index, "event": dict(proof.event)}
    receipt = verify_receipt(bidfolder.load_json(asked.file), vkey)
    said = (f"回执成立：{receipt['received_at']} 送达。", f"The receipt holds: received {receipt['received_at']}.")
    return {"said": said, "lid": receipt["lid"], "received_at": receipt["received_at"]}


if __name__ == "__main__":
    sys.exit(main())
