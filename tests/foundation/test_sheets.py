"""Tables: read strictly, every bad cell named at once; written so that nothing in them runs."""

import io
import time
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine.foundation.refusal import Refused
from sunshine.foundation.sheets import Column, read_rows, write_csv, write_rows

COLUMNS = [
    Column("code", "编号", max_length=20),
    Column("name", "名称"),
    Column("unit", "单位", choices=("台", "米")),
    Column("quantity", "数量", "decimal", decimals=3, minimum=0),
    Column("price", "单价", "decimal", decimals=6, required=False),
    Column("count", "件数", "integer", required=False),
    Column("due", "交货日", "date", required=False),
]
GOOD = ["1", "电缆", "米", 12.5, 12.345678, 3, date(2026, 3, 2)]


def sheet(*rows, headings=None, change=None) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.active.append(headings or [column.heading for column in COLUMNS])
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out


def repacked(source: io.BytesIO, **changes: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in changes:
                new.writestr(part, old.read(part))
        for name, content in changes.items():
            new.writestr(name, content)
    return out


def refusal(stream, columns=COLUMNS, **kwargs) -> Refused:
    with pytest.raises(Refused) as refused:
        read_rows(stream, columns, **kwargs)
    return refused.value


def test_good_rows_are_read_exactly():
    rows = read_rows(sheet(GOOD, [], ["2", " 电缆 ", "台", "１，０００．５", None, None, "2026年3月9日"]), COLUMNS)
    assert rows[0]["price"] == Decimal("12.345678") and rows[0]["quantity"] == Decimal("12.5")
    assert rows[0]["due"] == date(2026, 3, 2) and rows[0]["count"] == 3 and rows[0]["code"] == "1"
    assert rows[1] == {
        "code": "2", "name": "电缆", "unit": "台", "quantity": Decimal("1000.5"),
        "price": None, "count": None, "due": date(2026, 3, 9),
    }  # fmt: skip


def test_every_bad_cell_is_named_at_once():
    refused = refusal(
        sheet(
            GOOD,
            ["1", "=SUM(A1:A9)", "箱", "十", "0.1234567", 1.5, "2026-02-30"],
            [None, "x" * 501, "米", -1, True, "NaN", 7],
        )
    )
    assert refused.code == "sheet-invalid"
    assert [(row.field, row.code) for row in refused.rows] == [
        ("行3 列名称", "cell-formula"),
        ("行3 列单位", "cell-choice"),
        ("行3 列数量", "cell-number"),
        ("行3 列单价", "cell-decimals"),
        ("行3 列件数", "cell-integer"),
        ("行3 列交货日", "cell-date"),
        ("行4 列编号", "cell-required"),
        ("行4 列名称", "cell-too-long"),
        ("行4 列数量", "cell-minimum"),
        ("行4 列单价", "cell-number"),
        ("行4 列件数", "cell-number"),
        ("行4 列交货日", "cell-date"),
    ]


@pytest.mark.parametrize("number", ["1e400", "1e-400", "Infinity", "1_000", "٣", "0x10", "1/2", "1,2", "9" * 40])
def test_a_number_is_plain_digits(number):
    refused = refusal(sheet(["1", "电缆", "米", number]))
    assert refused.rows[0].code in ("cell-number", "cell-decimals")


def test_merged_cells_are_refused():
    assert refusal(sheet(GOOD, GOOD, change=lambda b: b.active.merge_cells("A2:A3"))).code == "sheet-merged"


def test_wrong_headings_list_the_expected_ones():
    refused = refusal(sheet(GOOD, headings=["编号", "价格"]))
    assert refused.code == "sheet-headings" and "编号、名称、单位" in str(refused.text) and "价格" in str(refused.text)


def test_content_beside_the_table_is_named():
    assert refusal(sheet([*GOOD, None, "备注"])).rows[0].code == "cell-outside"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04" + bytes(100), b"a,b\n1,2"])
def test_what_is_no_workbook_is_refused(content):
    assert refusal(io.BytesIO(content)).code == "sheet-damaged"


def test_a_hidden_macro_is_refused():
    assert refusal(repacked(sheet(GOOD), **{"xl/vbaProject.bin": b"x"})).code == "sheet-macros"


def test_a_bomb_is_refused_before_it_unfolds():
    bomb = b"<worksheet><sheetData>" + b" " * (201 * 1024**2)
    assert refusal(repacked(sheet(GOOD), **{"xl/worksheets/sheet1.xml": bomb})).code == "sheet-too-large"


def test_entities_never_reach_a_parser():
    evil = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    assert refusal(repacked(sheet(GOOD), **{"xl/worksheets/sheet1.xml": evil})).code == "sheet-damaged"
    wide = "<worksheet/>".encode("utf-16")
    assert refusal(repacked(sheet(GOOD), **{"xl/worksheets/sheet1.xml": wide})).code == "sheet-damaged"


def test_a_sheet_without_rows_and_one_with_too_many_are_refused():
    assert refusal(sheet()).code == "sheet-empty"
    assert refusal(sheet(GOOD, GOOD, GOOD), max_rows=2).code == "sheet-too-many-rows"
    assert len(read_rows(sheet(GOOD, GOOD), COLUMNS, max_rows=2)) == 2


def test_a_false_dimension_neither_hides_rows_nor_makes_endless_ones():
    stream = sheet(GOOD)
    with zipfile.ZipFile(stream) as book:
        xml = book.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:G2"' in xml
    for lie in (b'ref="A1:A1"', b'ref="A1:XFD1048576"'):
        lied = repacked(stream, **{"xl/worksheets/sheet1.xml": xml.replace(b'ref="A1:G2"', lie)})
        assert len(read_rows(lied, COLUMNS)) == 1


def test_ten_thousand_rows_take_less_than_five_seconds():
    rows = [dict(zip([c.key for c in COLUMNS], GOOD, strict=True)) for _ in range(10_000)]
    content = write_rows(COLUMNS, rows, "清单")
    start = time.perf_counter()
    assert len(read_rows(io.BytesIO(content), COLUMNS)) == 10_000
    assert time.perf_counter() - start < 5


def test_a_table_of_nothing_but_errors_stops_early():
    refused = refusal(sheet(*[["", "", "箱", "x"]] * 1000))
    assert len(refused.rows) == 200


@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=30).filter(
        lambda text: text.strip() == text and not text.startswith("'")
    ),
    st.decimals(0, 10**18, places=3),
)
def test_what_is_written_is_read_back(name, quantity):
    rows = [{"code": "=1+1", "name": name, "unit": "米", "quantity": quantity, "price": None}]
    read = read_rows(io.BytesIO(write_rows(COLUMNS, rows, "导出/清单:一")), COLUMNS)
    assert (read[0]["code"], read[0]["name"], read[0]["quantity"]) == ("=1+1", name, quantity)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_text_that_looks_like_a_formula_is_written_as_text(text):
    row = {"code": "1", "name": text, "unit": "米", "quantity": Decimal("-1.50")}
    cell = openpyxl.load_workbook(io.BytesIO(write_rows(COLUMNS, [row], "清单"))).active["B2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)
    line = write_csv(COLUMNS, [row]).decode("utf-8-sig").splitlines()[1]
    assert "'" + text in line and ",-1.50," in line


def test_csv_begins_with_the_mark_excel_needs():
    assert write_csv(COLUMNS, []).startswith(b"\xef\xbb\xbf" + "编号,名称".encode())
