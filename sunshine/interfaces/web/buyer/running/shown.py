"""How an evaluation is shown, to the buyer after the signatures and to the panel before them: report, bids, sheets."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.queries import buyer_opening
from sunshine.domain.evaluation.queries import reports
from sunshine.foundation import sheets
from sunshine.foundation.files.store import INLINE
from sunshine.interfaces.web.buyer.running import words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

RECOMPUTE = """sha256sum report.json
# {digest}
python3 - <<'PY'
import json
from sunshine_proof.ranking import rank
report = json.load(open("report.json", encoding="utf-8"))
print(rank(report["scheme"], report["inputs"]) == report["result"])
PY"""


def shown_report(view: reports.ReportView | None) -> dict[str, Any]:
    """What the report template needs; also used by the evaluation room."""
    if view is None:
        return {"report": None}
    rejections = [
        row | {"ground": (words.GROUNDS | words.LOST).get(row["reason_code"], row["reason_code"])}
        for row in view.content["rejections"]
    ]
    return {
        "report": view,
        "rejections": rejections,
        "recompute": RECOMPUTE.format(digest=view.report.digest),
    }


def shown_bids(lot: Any, file_url: Callable[[str, int], str]) -> list[dict[str, Any]]:
    """Each opened bid with its documents, numbered as they lie in the bid; `file_url(bid, n)` is their address."""
    found = []
    for bid in buyer_opening.bids(lot):
        files = [
            {
                "name": document.name,
                "part": words.PARTS.get(document.part, document.part),
                "blob": document.blob,
                "url": file_url(bid.public_id, n),
                "image": document.blob.media_type in INLINE and document.blob.media_type.startswith("image/"),
            }
            for n, document in enumerate(sorted(bid.documents.all(), key=lambda d: d.pk), 1)
        ]
        remarks = [words.remark(code) for code in bid.remarks]
        found.append({"bid": bid, "files": files, "remarks": remarks})
    return found


def sheet_of(view: reports.ReportView, kind: str) -> HttpResponse:
    """One row a bid, one column a criterion."""
    marks = [sheets.Column(c["key"], c["name"]) for c in view.criteria]
    head = [sheets.Column("rank", str(_("名次"))), sheets.Column("bidder", str(_("投标人")))]
    tail = [sheets.Column("price", str(_("评标价（分）"))), sheets.Column("total", str(_("总分")))]
    rows = [
        {k: str(row[k]) for k in ("rank", "bidder", "price", "total")}
        | {cell["criterion"]["key"]: cell["score"] for cell in row["cells"]}
        for row in view.rows
    ]
    return sheet([*head, *marks, *tail], rows, name="report", title=str(_("评标报告")), kind=kind)


def sheet(
    columns: list[sheets.Column], rows: list[dict[str, Any]], *, name: str, title: str, kind: str
) -> HttpResponse:
    """A table to take away, as CSV or XLSX."""
    if kind == "csv":
        return attachment(sheets.write_csv(columns, rows), f"{name}.csv", "text/csv; charset=utf-8")
    return attachment(sheets.write_rows(columns, rows, title), f"{name}.xlsx", XLSX)


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Bytes this platform made, to be saved and not shown."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
