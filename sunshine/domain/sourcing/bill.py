"""采购清单 (bill of quantities): items of a lot ⇄ an XLSX sheet, a block pasted from a spreadsheet, or typed rows.

One list of columns serves every way in and out, so that an export can always be imported again. The headings are data,
not words of the interface: they are Chinese in every language, or a file made by one officer would not be read by another.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.sheets import MAX_ERRORS, Column, read_rows, write_rows

MAX_ITEMS = 5_000  # of one lot; they all stand in the notice, which people must be able to read
MAX_QUANTITY = Decimal(10) ** 12  # the column holds twelve digits before the point

COLUMNS: tuple[Column, ...] = (
    Column("number", "序号", max_length=40, width=8),
    Column("name", "名称", max_length=200, width=30),
    Column("classification", "分类编码", required=False, max_length=40, width=14),
    Column("quantity", "数量", "decimal", decimals=6, minimum=0, width=12),
    Column("unit", "计量单位", max_length=20, width=10),
    Column("specification", "规格与要求", required=False, max_length=2000, width=60),
)
KEYS = tuple(column.key for column in COLUMNS)
Row = dict[str, Any]


def read(stream: BinaryIO) -> list[Row]:
    """The items of an XLSX file, in the shape the draft flow takes.

    Raises Refused as `sheets.read_rows` does (sheet-damaged, sheet-merged, sheet-headings, sheet-too-many-rows …), and
    sheet-invalid whose ``rows`` name every bad cell, every quantity that is not positive, every number used twice.
    """
    return _checked(read_rows(stream, COLUMNS, max_rows=MAX_ITEMS))


def write(items: Iterable[Mapping[str, Any]], title: str) -> bytes:
    """The XLSX file of these items; `read` gives the same items back. No items make an empty form to fill in."""
    return write_rows(COLUMNS, (_plain(item) for item in items), title)


def read_typed(rows: Sequence[Mapping[str, str]]) -> list[Row]:
    """Items typed into a table, by column key; wholly empty rows are skipped. Raises Refused as `read` does.

    The cells go through the same sheet reader as a file, so that both ways in mean the same, line numbers included.
    """
    if len(rows) > MAX_ITEMS:
        raise Refused("sheet-too-many-rows", _("数据超过 %(max)s 行，请拆分为多个标段。") % {"max": MAX_ITEMS})
    typed = [{key: str(row.get(key, "")).strip() or None for key in KEYS} for row in rows]
    if not any(any(row.values()) for row in typed):
        return []
    return _checked(read_rows(io.BytesIO(write_rows(COLUMNS, typed, "typed")), COLUMNS, max_rows=MAX_ITEMS))


def parse_block(text: str) -> list[dict[str, str]]:
    """Rows of a block copied from a spreadsheet (tab-separated, quoted cells may hold line breaks).

    A heading line is recognised and left out. Columns stand in the order of `COLUMNS`.
    """
    lines = [line for line in csv.reader(io.StringIO(text.strip("\r\n")), dialect="excel-tab") if any(line)]
    if lines and lines[0][:2] == [column.heading for column in COLUMNS[:2]]:
        lines = lines[1:]
    return [dict(zip(KEYS, (cell.strip() for cell in line), strict=False)) for line in lines]


def _plain(item: Mapping[str, Any]) -> Row:
    row = {key: item.get(key) for key in KEYS}
    if isinstance(row["quantity"], Decimal):
        row["quantity"] = row["quantity"].normalize() + 0  # 12.000000 in the column is 12 on the sheet
    return row


def _checked(rows: list[Row]) -> list[Row]:
    """What no single cell can show: quantities above zero and within the column, numbers used once."""
    faults: list[Refused] = []
    seen: set[str] = set()
    for row in rows:
        place = _("序号 %(number)s") % {"number": row["number"]}
        if not 0 < row["quantity"] < MAX_QUANTITY:
            faults.append(Refused("cell-quantity", _("数量应大于 0，且整数部分不超过 12 位。"), field=place))
        if row["number"] in seen:
            faults.append(Refused("number-twice", _("序号重复，同一标段内每个序号只能用一次。"), field=place))
        seen.add(row["number"])
        row["classification"] = row["classification"] or ""
        row["specification"] = row["specification"] or ""
    if faults:
        text = _("表格中有 %(count)s 处需要修改，请按清单改正后重新导入；本次未导入任何数据。") % {"count": len(faults)}
        raise Refused("sheet-invalid", text, rows=faults[:MAX_ERRORS])
    return rows
