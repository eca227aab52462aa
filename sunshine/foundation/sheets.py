"""Tables out of and into XLSX (and CSV): every bad cell is named at once, and nothing in a cell is ever executed.

Reading is strict on purpose: what a formula or a merged cell shows depends on the program that shows it, and a bid
must mean the same to everybody.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Literal

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from sunshine.foundation.refusal import Refused
from sunshine.foundation.sheet_guard import inspect
from sunshine.foundation.text import half_width

MAX_ERRORS = 200  # more says only that the wrong file was chosen
SAFE_DIGITS = 15  # what spreadsheet programs keep of a number; longer ones travel as text
MAX_DIGITS = 28  # what Decimal arithmetic keeps without being asked
PLAIN_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?", re.ASCII)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # first characters a spreadsheet takes for a formula (OWASP)

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column: `key` in the rows, `heading` on the sheet, and what a cell may hold.

    kind       text → str · integer → int · decimal → Decimal · date → date; an empty optional cell → None
    decimals   most decimal places of a decimal
    minimum    smallest number allowed, or None
    """

    key: str
    heading: str
    kind: Literal["text", "integer", "decimal", "date"] = "text"
    required: bool = True
    max_length: int = 500
    decimals: int = 6
    minimum: int | None = None
    choices: tuple[str, ...] = ()
    width: int = 16


def read_rows(stream: BinaryIO, columns: Sequence[Column], *, max_rows: int = 20_000) -> list[Row]:
    """The rows under the heading line of the first sheet, keyed by `Column.key`; blank rows are skipped.

    Raises Refused: sheet-damaged, sheet-macros, sheet-too-large, sheet-merged, sheet-headings, sheet-too-many-rows,
    sheet-empty; and sheet-invalid whose `rows` name every bad cell (``field`` is "行12 列单价").
    """
    inspect(stream)
    stream.seek(0)
    try:
        book = load_workbook(stream, read_only=True, data_only=False, keep_links=False)
        # The stated size of a sheet is not to be believed: wrong ones hide columns or make a billion empty cells.
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        lines = sheet.iter_rows(max_row=max_rows + 2, max_col=max(len(columns), 1) + 20)
        return _read(lines, columns, max_rows)
    except Refused:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise; all of it means the same to the user
        raise Refused("sheet-damaged", _("无法读取此表格，请用 Excel 或 WPS 另存为 .xlsx 后重试。")) from error


def write_rows(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], title: str) -> bytes:
    """An XLSX file that `read_rows` reads back unchanged. Text stays text whatever it begins with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_title(title))
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    head = [WriteOnlyCell(sheet, column.heading) for column in columns]
    for cell in head:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF4")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.append(head)
    for row in rows:
        sheet.append([_cell(sheet, row.get(column.key)) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV in UTF-8 with a byte-order mark (Excel needs it for Chinese); text that looks like a formula gets a quote."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_inert(column.heading) for column in columns])
    for row in rows:
        writer.writerow([_inert(row.get(column.key)) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _read(lines: Iterator[tuple[Any, ...]], columns: Sequence[Column], max_rows: int) -> list[Row]:
    _check_headings(next(lines, ()), columns)
    rows: list[Row] = []
    errors: list[Refused] = []
    for number, cells in enumerate(lines, start=2):
        if all(_is_blank(cell.value) for cell in cells):
            continue
        if len(rows) == max_rows or number > max_rows + 1:
            text = _("数据超过 %(max)s 行，请拆分后分别导入。") % {"max": max_rows}
            raise Refused("sheet-too-many-rows", text)
        row: Row = {}
        for index, column in enumerate(columns):
            try:
                row[column.key] = _value(cells[index] if index < len(cells) else None, column)
            except Refused as refused:
                errors.append(_at(refused, number, column))
        if any(not _is_blank(cell.value) for cell in cells[len(columns) :]):
            errors.append(Refused("cell-outside", _("表格右侧有多余内容。"), field=_("行%(row)s") % {"row": number}))
        rows.append(row)
        if len(errors) >= MAX_ERRORS:
            break
    if errors:
        problem = _("表格中有 %(count)s 处需要修改，请按清单改正后重新导入；本次未导入任何数据。")
        raise Refused("sheet-invalid", problem % {"count": len(errors)}, rows=errors[:MAX_ERRORS])
    if not rows:
        raise Refused("sheet-empty", _("表格中没有数据行。"))
    return rows


def _check_headings(cells: tuple[Any, ...], columns: Sequence[Column]) -> None:
    found = [str(cell.value).strip() if not _is_blank(cell.value) else "" for cell in cells]
    while found and not found[-1]:
        found.pop()
    expected = [column.heading for column in columns]
    if found != expected:
        text = _("表头不符。应依次为：%(expected)s；实际为：%(found)s。")
        shown = {"expected": "、".join(expected), "found": "、".join(name or _("（空）") for name in found)[:500]}
        raise Refused("sheet-headings", text % shown, field=_("行%(row)s") % {"row": 1})


def _at(refused: Refused, number: int, column: Column) -> Refused:
    place = _("行%(row)s 列%(column)s") % {"row": number, "column": column.heading}
    return Refused(refused.code, refused.text, refused.article, field=place)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(cell: Any, column: Column) -> Any:
    value = cell.value if cell is not None else None
    if cell is not None and cell.data_type == "f":
        raise Refused("cell-formula", _("不接受公式，请粘贴为数值。"))
    if cell is not None and cell.data_type == "e":
        raise Refused("cell-error", _("单元格是错误值 %(value)s。") % {"value": value})
    if _is_blank(value):
        if column.required:
            raise Refused("cell-required", _("必填。"))
        return None
    if column.kind == "text":
        return _text(value, column)
    if column.kind == "date":
        return _date(value)
    return _number(value, column)


def _text(value: Any, column: Column) -> str:
    # A code typed as a number arrives as one: 1001.0 was 1001 on the screen.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > column.max_length:
        raise Refused("cell-too-long", _("最多 %(max)s 个字符。") % {"max": column.max_length})
    if column.choices and text not in column.choices:
        raise Refused("cell-choice", _("只能填写：%(choices)s。") % {"choices": "、".join(column.choices)})
    return text


def _number(value: Any, column: Column) -> int | Decimal:
    not_a_number = Refused("cell-number", _("应为数字。"))
    if isinstance(value, bool | date | datetime):
        raise not_a_number
    if isinstance(value, float):
        number = Decimal(repr(value))  # the shortest text that means it: what the user typed, up to 15 digits
    elif PLAIN_NUMBER.fullmatch(text := half_width(str(value)).strip()):
        number = Decimal(text.replace(",", ""))
    else:
        raise not_a_number
    if not number.is_finite() or len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise not_a_number
    places = max(0, -int(number.normalize().as_tuple().exponent))
    allowed = column.decimals if column.kind == "decimal" else 0
    if places > allowed:
        if allowed == 0:
            raise Refused("cell-integer", _("应为整数。"))
        raise Refused("cell-decimals", _("最多 %(max)s 位小数。") % {"max": allowed})
    if column.minimum is not None and number < column.minimum:
        raise Refused("cell-minimum", _("不能小于 %(min)s。") % {"min": column.minimum})
    return int(number) if column.kind == "integer" else number


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = half_width(str(value)).strip().replace("/", "-").replace(".", "-")
    parts = text.replace("年", "-").replace("月", "-").removesuffix("日").split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        raise Refused("cell-date", _("不是有效日期，应形如 2026-03-02。")) from None


def _cell(sheet: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        short = len(Decimal(value).as_tuple().digits) <= SAFE_DIGITS
        return value if short else _text_cell(sheet, format(value, "f" if isinstance(value, Decimal) else "d"))
    if isinstance(value, date):
        return value.isoformat() if isinstance(value, datetime) else value
    return _text_cell(sheet, str(value))


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767])
    cell.data_type = "s"  # openpyxl takes "=…" for a formula unless told
    if text.startswith(DANGEROUS):
        cell.quotePrefix = True  # and so that editing the cell in Excel does not make it one either
    return cell


def _inert(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(DANGEROUS):
        return "'" + value
    return f"{value:f}" if isinstance(value, Decimal) else value


def _sheet_title(title: str) -> str:
    """Excel allows 31 characters and none of these seven."""
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", "", title).strip("' ")[:31] or "Sheet1"
