"""Search: Chinese by pairs, filters, replacement, and nothing lost between two writers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sunshine.insight import search
from sunshine.insight.search import Entry

PUMP = Entry(
    "N-1", "城北水厂离心水泵采购 招标公告", "云岭水务集团 DN100 水泵 十台", 100, "tender-notice", "云岭市", "货物"
)
METRO = Entry(
    "N-2", "轨道交通九号线机电设备采购", "云岭交通投资 通风空调 Phase-II SCADA", 200, "tender-notice", "青石市", "货物"
)
AWARD = Entry("N-3", "城北水厂离心水泵采购 中标结果公告", "中标人 清泉泵业", 300, "award-notice", "云岭市", "货物")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    assert search.build(tmp_path, [PUMP, METRO, AWARD]) == 3
    return tmp_path


def test_chinese_is_found_by_words_that_stand_together(index: Path) -> None:
    assert set(search.search(index, "离心水泵").ids) == {"N-1", "N-3"}
    assert search.search(index, "水厂交通").total == 0
    assert search.search(index, "交通 空调").ids == ("N-2",)


def test_one_character_latin_words_and_full_width_letters_are_found(index: Path) -> None:
    assert set(search.search(index, "泵").ids) == {"N-1", "N-3"}
    assert search.search(index, "scada").ids == ("N-2",)
    assert search.search(index, "ＤＮ１００").ids == ("N-1",)
    assert search.search(index, "N-2").ids == ("N-2",)


def test_filters_and_period_narrow_and_without_words_the_newest_comes_first(index: Path) -> None:
    assert search.search(index, "", {"region": "云岭市"}).ids == ("N-3", "N-1")
    assert search.search(index, "水泵", {"kind": "award-notice"}).ids == ("N-3",)
    assert search.search(index, "", since=200, until=300).ids == ("N-2",)
    assert search.search(index, "", until=200).ids == ("N-1",)


def test_pages_are_cut_and_the_total_counts_all(index: Path) -> None:
    first = search.search(index, "采购", page=1, per_page=2)
    second = search.search(index, "采购", page=2, per_page=2)
    assert (first.total, second.total) == (3, 3)
    assert set(first.ids) | set(second.ids) == {"N-1", "N-2", "N-3"}


def test_an_entry_delivered_twice_stands_once_and_as_it_was_last(index: Path) -> None:
    again = Entry("N-1", "城北水厂加药设备采购 变更公告", "", 400)
    search.add(index, [again])
    search.add(index, [again])
    assert search.search(index, "加药").ids == ("N-1",)
    assert search.search(index, "离心水泵").ids == ("N-3",)


def test_punctuation_query_language_and_html_find_nothing_and_break_nothing(index: Path) -> None:
    for text in ("!!!", "。", '")(*:', "<script>", "title:泵 OR", "' or 1=1 --"):
        search.search(index, text)
    assert search.search(index, "！？").total == 0


def test_an_unknown_filter_and_a_missing_index_are_named(index: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        search.search(index, "泵", {"supplier": "x"})
    with pytest.raises(FileNotFoundError):
        search.search(tmp_path / "nowhere", "泵")


def test_two_writers_wait_for_one_another(index: Path) -> None:
    def write(number: int) -> int:
        return search.add(index, [Entry(f"W-{number}", f"并发公告{number}", "", number)])

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(8))) == 8
    assert search.search(index, "并发公告").total == 8
