"""The evaluation report as its readers see it, and the proof that its ranking follows from its own inputs."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import rfc8785

from sunshine.domain.evaluation.models import EvaluationReport, PanelMember
from sunshine.domain.sourcing.models import Lot
from sunshine_proof import ranking
from sunshine_proof.errors import ProofError


@dataclass(frozen=True)
class Checked:
    """What recomputing found: the stored ranking is what the scheme gives, and the bytes are the signed ones."""

    ranking: bool
    digest: bool

    @property
    def holds(self) -> bool:
        return self.ranking and self.digest


@dataclass(frozen=True)
class Signature:
    number: int
    is_expert: bool
    is_chair: bool
    signed_at: Any
    dissent: str


@dataclass(frozen=True)
class ReportView:
    """One version of the report with its table ready to be drawn: rows by rank, one cell a criterion."""

    report: EvaluationReport
    content: dict[str, Any]
    criteria: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    signatures: list[Signature]
    checked: Checked

    @property
    def valid(self) -> int:
        return len(self.rows)


def closed(lot: Lot) -> ReportView | None:
    """The report all members have signed: what the buyer may read."""
    row = lot.reports.filter(closed_at__isnull=False).order_by("-version").first()
    return _view(lot, row) if row else None


def newest(lot: Lot) -> ReportView | None:
    """The newest report, signed or not: what the panel's own members read."""
    row = lot.reports.order_by("-version").first()
    return _view(lot, row) if row else None


def canonical(report: EvaluationReport) -> bytes:
    """The bytes whose SHA-256 the members signed (RFC 8785)."""
    return rfc8785.dumps(report.content)


def check(report: EvaluationReport) -> Checked:
    """Rank again from the stored scheme and inputs, and hash the stored content again."""
    content = report.content
    try:
        same = ranking.rank(content["scheme"], content["inputs"]) == content["result"]
    except (ProofError, KeyError):
        same = False
    return Checked(same, hashlib.sha256(canonical(report)).hexdigest() == report.digest)


def _padded(value: str, decimals: int) -> str:
    """A score with the decimals of its scheme, so that columns align; more decimals than those are never cut."""
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    return f"{exact:.{decimals}f}" if isinstance(exponent, int) and -exponent <= decimals else value


def _view(lot: Lot, row: EvaluationReport) -> ReportView:
    content = row.content
    numbers = {member["id"]: member["number"] for member in content["panel"]}
    criteria, decimals = content["scheme"]["criteria"], content["scheme"]["rounding"]["decimals"]
    rows = []
    for bid in content["result"]["bids"]:
        cells = []
        for criterion in criteria:
            cell = dict(bid["scores"][criterion["key"]])
            marks = cell.get("members", {}).items()
            cell["marks"] = sorted((numbers.get(member, 0), mark) for member, mark in marks)
            cells.append(cell | {"criterion": criterion, "score": _padded(cell["score"], decimals)})
        bidder = content["bidders"][bid["id"]]
        rows.append(
            {
                **bid,
                "total": _padded(bid["total"], decimals) if bid.get("total") else bid.get("total"),
                "price_fen": int(bid["price"]),
                "bidder": bidder["name"],
                "uscc": bidder["uscc"],
                "cells": cells,
            }
        )
    members = PanelMember.objects.filter(panel__lot=lot).exclude(stage="recused").order_by("number")
    signatures = [Signature(m.number, m.expert_id is not None, m.is_chair, m.signed_at, m.dissent) for m in members]
    return ReportView(row, content, criteria, rows, signatures, check(row))
