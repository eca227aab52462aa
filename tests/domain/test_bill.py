"""The bill of quantities: what goes out comes in again, and every wrong cell is named at once."""

import io
from decimal import Decimal

import openpyxl
import pytest

from sunshine.domain.sourcing import bill
from sunshine.foundation.refusal import Refused

HEADINGS = [column.heading for column in bill.COLUMNS]
ITEMS = [
    {
        "number": "1",
        "name": "卧式离心泵",
        "classification": "431",
        "quantity": Decimal("12.000000"),
        "unit": "台",
        "specification": "=1+1 看起来像公式的文字",
    },
    {
        "number": "2",
        "name": '电缆 "YJV"\t带制表符',
        "classification": "",
        "quantity": Decimal("480.125000"),
        "unit": "米",
        "specification": "第一行\n第二行",
    },
]


def sheet(*rows: list[object], merge: str = "") -> io.BytesIO:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(HEADINGS)
    for row in rows:
        page.append(row)
    if merge:
        page.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


def refused(rows: io.BytesIO) -> Refused:
    with pytest.raises(Refused) as caught:
        bill.read(rows)
    return caught.value


def test_an_exported_bill_imports_again_unchanged() -> None:
    again = bill.read(io.BytesIO(bill.write(ITEMS, "清单")))
    assert again == ITEMS


def test_every_bad_cell_is_named_at_once() -> None:
    answer = refused(
        sheet(
            ["1", "泵", "", 1, "台", ""],
            ["", "阀", "", "很多", "个", ""],
            ["3", "", "", "1.2345678", "个", ""],
        )
    )
    assert answer.code == "sheet-invalid"
    assert {row.code for row in answer.rows} == {"cell-required", "cell-number", "cell-decimals"}
    assert len(answer.rows) == 4
    assert all("行" in str(row.field) for row in answer.rows)


def test_a_number_used_twice_and_a_quantity_of_nothing_are_refused() -> None:
    answer = refused(sheet(["1", "泵", "", 1, "台", ""], ["1", "阀", "", 0, "个", ""]))
    assert sorted(row.code for row in answer.rows) == ["cell-quantity", "number-twice"]


def test_a_quantity_larger_than_the_column_is_refused_and_not_an_error_of_the_database() -> None:
    answer = refused(sheet(["1", "泵", "", "1000000000000", "台", ""]))
    assert [row.code for row in answer.rows] == ["cell-quantity"]


def test_a_formula_is_refused_with_its_place() -> None:
    answer = refused(sheet(["1", "泵", "", "=1+1", "台", ""]))
    assert [row.code for row in answer.rows] == ["cell-formula"]


def test_merged_cells_are_refused() -> None:
    assert refused(sheet(["1", "泵", "", 1, "台", ""], merge="A2:B2")).code == "sheet-merged"


def test_ten_thousand_rows_are_refused_with_the_limit() -> None:
    answer = refused(sheet(*([str(n), "泵", "", 1, "台", ""] for n in range(10_000))))
    assert answer.code == "sheet-too-many-rows"
    assert str(bill.MAX_ITEMS) in str(answer.text)


def test_wrong_headings_are_refused_with_the_right_ones() -> None:
    book = openpyxl.Workbook()
    book.active.append(["编号", "名称"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    answer = refused(out)
    assert answer.code == "sheet-headings"
    assert "序号" in str(answer.text)


def test_no_items_make_an_empty_form_to_fill_in() -> None:
    book = openpyxl.load_workbook(io.BytesIO(bill.write([], "空白")))
    assert [cell.value for cell in next(book.active.iter_rows())] == HEADINGS


def test_a_block_copied_from_a_spreadsheet_becomes_items() -> None:
    text = "\t".join(HEADINGS) + '\r\n1\t泵\t431\t12\t台\t"两行\n规格"\r\n2\t阀\t\t1,200.5\t个\r\n'
    items = bill.read_typed(bill.parse_block(text))
    assert [item["quantity"] for item in items] == [Decimal(12), Decimal("1200.5")]
    assert items[0]["specification"] == "两行\n规格"


def test_rows_typed_with_gaps_keep_their_line_numbers() -> None:
    good = {"number": "1", "name": "泵", "quantity": "1", "unit": "台"}
    with pytest.raises(Refused) as caught:
        bill.read_typed([good, {}, {**good, "number": "2", "quantity": "x"}])
    assert [str(row.field) for row in caught.value.rows] == ["行4 列数量"]


def test_nothing_typed_is_no_item() -> None:
    assert bill.read_typed([{}, {"name": "  "}]) == []
