"""The components, really rendered."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.utils.translation import override

from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Change, Confirm, Empty, Link, Tile, TimelineStep
from sunshine.foundation.refusal import Refused

NOW = datetime(2026, 3, 23, 9, 30, tzinfo=BEIJING)
TOO_EARLY = Refused("too-early", "投标截止时间以前不能开标。", "招标投标法 第三十四条")
NASTY = '<script>alert("1")</script>'


def draw(source: str, **context: Any) -> str:
    with override("zh-hans"):
        return Template("{% load sunshine %}" + source).render(Context({"now": NOW, **context}))


def words(html: str) -> str:
    """What a reader gets: the text without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def test_money_shows_its_unit_once_and_keeps_the_exact_value() -> None:
    html = draw('{% money 123456789 "元" %}')
    assert words(html) == "1,234,567.89 元"
    assert 'value="123456789"' in html
    assert words(draw('{% money 123456789 "万元" bare=True %}')) == "123.456789"
    assert words(draw("{% money nothing %}", nothing=None)) == "—"
    assert "−1.00" in draw("{% money fen %}", fen=-100)


def test_a_moment_is_machine_readable_and_says_how_far_away_it_is() -> None:
    html = draw("{% moment when %}", when=NOW + timedelta(days=3))
    assert '<time class="moment" datetime="2026-03-26T09:30:00+08:00">' in html
    assert words(html) == "2026-03-26 周四 09:30 3 天后"
    assert "天后" not in draw("{% moment when near=False %}", when=NOW + timedelta(days=3))


def test_a_countdown_carries_server_time_and_its_texts() -> None:
    html = draw("{% countdown until %}", until=NOW + timedelta(days=1))
    assert f'data-now="{NOW.isoformat()}"' in html
    assert all(f'<template data-text="{key}">' in html for key in ("days", "hours", "over"))
    assert '<span data-ref="left">还有 1 天 0 小时</span>' in html


@pytest.mark.parametrize("kind", ["neutral", "now", "done", "refused", "hold"])
def test_a_status_has_word_and_shape_and_colour(kind: str) -> None:
    html = draw("{% chip word kind %}", word="流标", kind=kind)
    assert "流标" in html and f'class="chip {kind}"' in html and "<svg" in html


def test_a_status_can_come_from_a_mapping_and_an_unknown_one_fails() -> None:
    states = {"failed": ("流标", "refused")}
    assert words(draw('{% chip "failed" states %}', states=states)) == "流标"
    with pytest.raises(ValueError, match="red"):
        draw('{% chip "流标" "red" %}')


def test_every_status_has_its_own_shape() -> None:
    shapes = {draw("{% shape kind %}", kind=kind) for kind in ("neutral", "now", "done", "refused", "hold", "todo")}
    assert len(shapes) == 6


def test_a_grey_button_says_why_to_everyone() -> None:
    html = draw('{% act_button "open-bids" "开标" "/x/" refusal %}', refusal=TOO_EARLY)
    assert 'aria-disabled="true"' in html and " disabled" not in html  # focusable, so that the reason can be reached
    why = re.search(r'aria-describedby="([^"]+)"', html)
    assert why is not None and f'id="{why[1]}"' in html
    assert 'title="投标截止时间以前不能开标。（招标投标法 第三十四条）"' in html
    assert "现在不能进行：" in words(html) and "招标投标法 第三十四条" in words(html)
    assert "href" not in html and "<form" not in html


def test_two_grey_buttons_of_one_verb_have_two_reasons() -> None:
    html = draw('{% act_button "a" "开标" "/1/" r %}{% act_button "a" "开标" "/2/" r %}', r=TOO_EARLY)
    assert len(set(re.findall(r'aria-describedby="([^"]+)"', html))) == 2


def test_an_allowed_act_is_a_link_to_its_page_or_a_form() -> None:
    assert '<a class="button sun" href="/x/"' in draw('{% act_button "announce" "发布公告" "/x/" primary=True %}')
    html = draw('{% act_button "save" "保存" "/x/" method="post" %}', csrf_token="tok")
    assert '<form class="act" method="post" action="/x/">' in html
    assert 'name="csrfmiddlewaretoken" value="tok"' in html


COLUMNS = (
    Column("title", "项目", "title", sort=True, second="number"),
    Column("cap", "限价", "money", unit="万元"),
    Column("due", "截止", "moment"),
    Column("stage", "阶段", "chip", states={"failed": ("流标", "refused")}),
)
FILTERS = (Filter("q", "查找", find=True), Filter("stage", "阶段", [("failed", "流标")]))
ROW = {"title": NASTY, "url": "/p/1/", "number": "P-1", "cap": 617283500, "due": NOW, "stage": "failed"}


def test_a_table_without_rows_says_what_would_be_here_and_how() -> None:
    empty = Empty("还没有项目", "批准的采购计划会出现在这里。", Link("新建采购计划", "/plans/new/"))
    html = draw("{% grid table %}", table=Grid("项目", COLUMNS, [], 0, empty=empty))
    assert "<table" not in html
    assert words(html) == "还没有项目 批准的采购计划会出现在这里。 新建采购计划"
    assert 'href="/plans/new/"' in html


def test_a_filter_that_matches_nothing_is_not_an_empty_table() -> None:
    asked = ask(QueryDict("stage=failed&q=水"), COLUMNS, FILTERS)
    empty = Empty("还没有项目")
    html = draw("{% grid table %}", table=Grid("项目", COLUMNS, [], 0, asked, filters=FILTERS, empty=empty))
    assert "没有符合条件的记录" in html and "还没有项目" not in html
    assert 'href="?q=%E6%B0%B4"' in html  # the chip that takes the stage away keeps the text
    assert "取消这个条件" in html


def test_a_row_is_escaped_labelled_and_counted() -> None:
    html = draw("{% grid table %}", table=Grid("项目", COLUMNS, [ROW, {**ROW, "cap": 100}], 2))
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert 'data-label="限价 万元"' in html
    assert "617.2835" in html and "0.0001" in html
    assert "共 <strong>2</strong> 条" in html


def test_points_of_a_money_column_stand_under_each_other() -> None:
    html = draw("{% grid table %}", table=Grid("项目", COLUMNS, [ROW, {**ROW, "cap": 1000000}], 2))
    assert "617.2835" in html and "1.0000" in html


def test_a_sorted_column_says_so_and_its_link_turns_the_order_round() -> None:
    html = draw("{% grid table %}", table=Grid("项目", COLUMNS, [ROW], 1, ask(QueryDict("sort=title"), COLUMNS)))
    assert 'aria-sort="ascending"' in html and 'href="?sort=-title"' in html


def test_the_address_is_only_believed_where_a_column_or_filter_knows_it() -> None:
    asked = ask(QueryDict("sort=password&stage=stolen&page=-3&x=1&q=%20"), COLUMNS, FILTERS)
    assert (dict(asked.values), asked.sort, asked.page) == ({}, "", 1)
    assert ask(QueryDict("page=99999999999999"), COLUMNS).page == 1
    assert ask(QueryDict("page=²"), COLUMNS).page == 1


def test_two_hundred_rows_come_in_pages() -> None:
    asked = ask(QueryDict("page=5"), COLUMNS)
    table = Grid("项目", COLUMNS, [ROW] * 20, 200, asked, per_page=20)
    assert table.page_numbers == [1, None, 4, 5, 6, None, 10]
    html = draw("{% grid table %}", table=table)
    assert "第 81–100 条，共 200 条" in html and 'href="?page=6" rel="next"' in html


def test_a_timeline_tells_each_step_its_state_in_words() -> None:
    steps = [TimelineStep("公告", "done", NOW), TimelineStep("开标", "now"), TimelineStep("评标")]
    html = draw("{% timeline steps %}", steps=steps)
    assert "已完成" in html and "进行中" in html and "未到" in html
    assert html.count('aria-current="step"') == 1
    with pytest.raises(ValueError, match="ready"):
        TimelineStep("开标", "ready")


def test_more_than_five_numbers_do_not_matter() -> None:
    assert "怎么算" in draw("{% tiles items %}", items=[Tile("公开率", "99", "%")] * 5)
    with pytest.raises(ValueError, match="five"):
        draw("{% tiles items %}", items=[Tile("公开率", "99", "%")] * 6)


def test_a_diff_marks_what_went_and_what_came() -> None:
    change = Change("资格", f"注册资本 500 万元{NASTY}", "注册资本 300 万元")
    html = draw("{% changes items %}", items=[change])
    assert "<del>500</del>" in html and "<ins>300</ins>" in html and "<script>" not in html


class LotForm(forms.Form):
    price = forms.CharField(label="限价", help_text="公开的上限。")
    basis = forms.ChoiceField(label="必须招标", choices=[("1", "是"), ("0", "否")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False)


def test_a_field_has_label_help_unit_and_error_tied_to_it() -> None:
    html = draw('{% field form "price" unit="元" article="条例 第二十七条" %}', form=LotForm({}))
    assert '<label for="id_price">' in html and 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described is not None and described[1].split() == ["id_price_helptext", "id_price_error"]
    assert all(f'id="{part}"' in html for part in described[1].split())
    assert "元</span>" in html and "条例 第二十七条" in html


def test_optional_fields_say_so_and_choices_are_a_fieldset() -> None:
    assert "选填" in draw('{% field form "note" %}', form=LotForm())
    assert "选填" not in draw('{% field form "price" %}', form=LotForm())
    html = draw('{% field form "basis" %}', form=LotForm())
    assert "<fieldset" in html and "<legend" in html


def test_the_error_list_jumps_to_every_wrong_field() -> None:
    html = draw("{% error_summary form %}", form=LotForm({}))
    assert "有 2 处需要修改" in html
    assert 'href="#id_price"' in html and 'href="#id_basis_0"' in html
    assert draw("{% error_summary form %}", form=LotForm()).strip() == ""


def test_a_final_act_tells_everything_before_its_one_button() -> None:
    confirm = Confirm("发布招标公告", "发布公告", "/go/", "/back/", ["立即生效"], ["216 家供应商"], [], "王敏")
    html = draw("{% confirmation confirm %}", confirm=confirm, csrf_token="tok")
    assert all(
        text in html for text in ("将会发生", "会通知", "会公开", "没有内容因此公开。", "签署人", "提交后不能撤销。")
    )
    assert html.count("button sun") == 1 and 'href="/back/"' in html


def test_a_refused_final_act_has_no_button_but_its_reason() -> None:
    confirm = Confirm("开标", "开标", "/go/", "/back/", refusal=TOO_EARLY)
    html = draw("{% confirmation confirm %}", confirm=confirm)
    assert "<form" not in html and "招标投标法 第三十四条" in html


def test_a_file_shows_size_type_and_the_first_eight_of_its_fingerprint() -> None:
    blob = {"name": "招标文件.pdf", "size": 2345678, "media_type": "application/pdf", "sha256": "9f86d081884c7d65"}
    text = words(draw('{% file blob "/f/" %}', blob=blob))
    assert "PDF" in text and "9f86d081" in text and "884c" not in text and "2.2" in text


def test_a_proof_shows_how_to_check_it_oneself() -> None:
    html = draw('{% proof "日志一致" "比对哈希" "sunshine-verify notice N-1" %}')
    assert "可验证" in html and "sunshine-verify notice N-1" in html and "<details" in html
    assert draw('{% proof url="/verify/" %}').count("<details") == 0
