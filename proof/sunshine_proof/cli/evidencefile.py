"""`sunshine-verify bundle`: the verdict on one project's evidence, line by line, in Chinese and English."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509

from sunshine_proof.canonical import parse
from sunshine_proof.certificates import X509_ERRORS
from sunshine_proof.errors import ProofError
from sunshine_proof.evidence.bundle import LIMIT
from sunshine_proof.evidence.checks import TITLES, Verdict, check_evidence


def add_bundle(acts: Any) -> None:
    """The `bundle` act and its arguments."""
    bundle = acts.add_parser("bundle", help="a project's public evidence (evidence.json)")
    bundle.add_argument("file", type=Path)
    bundle.add_argument("--key", help="the log's verifier key that you trust; else the file's own is used")
    bundle.add_argument("--root", type=Path, action="append", default=[], help="PEM file of authorities you trust")
    bundle.add_argument("--receipt", type=Path, action="append", default=[], help="a receipt of your own bid")
    bundle.set_defaults(act=judge_bundle)


def judge_bundle(asked: argparse.Namespace) -> dict[str, Any]:
    """{"holds", "project", "rehearsal", "findings", "warnings", "lines"}; ProofError where a file of yours is unfit."""
    data = _bounded(asked.file)
    roots = [root for file in asked.root for root in _roots(file)]
    receipts = [_receipt(file) for file in asked.receipt]
    verdict = check_evidence(data, log_vkey=asked.key, roots=roots, receipts=receipts)
    return shown(verdict)


def shown(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data, and the lines a person reads."""
    findings = [
        {
            "check": one.check,
            "lot": one.lot,
            "holds": one.holds,
            "zh": one.said[0],
            "en": one.said[1],
            **({} if one.holds else {"code": one.code, "detail": one.detail}),
        }
        for one in verdict.findings
    ]
    warnings = [{"zh": zh, "en": en} for zh, en in verdict.warnings]
    kept = {"project": verdict.project, "rehearsal": verdict.rehearsal, "findings": findings, "warnings": warnings}
    return {"holds": verdict.holds, **kept, "said": _verdict(verdict), "lines": _lines(verdict)}


def _verdict(verdict: Verdict) -> tuple[str, str]:
    n, failed = len(verdict.findings), sum(not one.holds for one in verdict.findings)
    real = ("演练：", "REHEARSAL: ") if verdict.rehearsal else ("", "")
    if verdict.holds:
        return (f"{real[0]}{n} 项核对全部成立。", f"{real[1]}all {n} checks hold.")
    return (
        f"{real[0]}{n} 项核对中有 {failed} 项不成立。请保存这个文件，并向监督部门反映。",
        f"{real[1]}{failed} of {n} checks fail. Keep this file, and tell the supervisors.",
    )


def _lines(verdict: Verdict) -> list[str]:
    lines, lot = list[str](), ""
    for one in verdict.findings:
        if one.lot != lot:
            lot = one.lot
            lines.append(f"{lot or '—'}")
        title = TITLES[one.check]
        lines.append(f"  {'✓' if one.holds else '✗'} {title[0]}：{one.said[0]}")
        lines.append(f"    {title[1]}: {one.said[1]}")
        if not one.holds:
            lines.append(f"    {one.code}: {one.detail}")
    return lines + [f"  ! {zh}\n    {en}" for zh, en in verdict.warnings]


def _bounded(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(LIMIT + 1)


def _roots(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except X509_ERRORS as error:
        raise ProofError("root-unreadable", f"{file.name} holds no certificates in PEM") from error


def _receipt(file: Path) -> Mapping[str, Any]:
    found = parse(_bounded(file))
    if not isinstance(found, dict):
        raise ProofError("receipt-unreadable", f"{file.name} is no receipt")
    return found
