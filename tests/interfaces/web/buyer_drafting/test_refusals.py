"""Bad input, other people, two officers at once: a clear answer, and nothing half-done."""

import io
import re
from datetime import timedelta

import pytest

from sunshine.domain.sourcing.models import Document, Item, Lot, Project
from sunshine.flows import manage_members, plan
from sunshine.flows.draft import draft
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player, member
from tests.interfaces.web.buyer_drafting.conftest import LOT_FORM, Door, draft_url, timetable, typed, workbook

pytestmark = pytest.mark.django_db
HEADINGS = ["序号", "名称", "分类编码", "数量", "计量单位", "规格与要求"]


def test_the_money_of_a_lot_is_refused_at_its_field_with_the_article(drafted: play.Played, door: Door) -> None:
    client, url = door(drafted.cast["officer"]), draft_url(drafted, "lots")
    wrong = {
        "estimate_fen": ("100.123", "两位小数"),
        "bid_bond_fen": ("20000.01", "招标投标法实施条例 第二十六条"),
        "price_cap_basis": ("", "招标投标法实施条例 第二十七条"),
        "mandatory_basis": ("", "这个字段是必填项"),
        "title": ("长" * 81, "80"),
    }
    for field, (value, words) in wrong.items():
        answer = client.post(url, LOT_FORM | {field: value})
        assert answer.status_code == 422
        assert words in answer.content.decode(), field
    assert Lot.objects.count() == 1


def test_a_deadline_under_the_legal_minimum_is_told_while_typing_and_blocks_the_submission(
    drafted: play.Played, door: Door
) -> None:
    play.with_trustees(drafted)
    client, lawful = door(drafted.cast["officer"]), play.lawful_deadline()
    early = timetable(lawful - timedelta(days=1))
    beside = client.get(draft_url(drafted, "timetable/law"), early, headers={"HX-Request": "true"}).content.decode()
    assert "招标投标法 第二十四条" in beside and lawful.strftime("%Y-%m-%d") in beside and "不合法" in beside
    assert client.post(draft_url(drafted, "timetable"), early).status_code == 302
    assert "招标投标法 第二十四条" in client.get(draft_url(drafted, "check")).content.decode()
    client.post(draft_url(drafted, "submit"))
    assert Project.objects.get().stage == "draft"
    client.post(draft_url(drafted, "timetable"), timetable(lawful))
    client.post(draft_url(drafted, "submit"))
    assert Project.objects.get().stage == "in_review"


def test_an_impossible_date_is_refused_and_the_rest_is_kept_while_typing(drafted: play.Played, door: Door) -> None:
    client = door(drafted.cast["officer"])
    form = timetable(play.lawful_deadline(), bids_due_at="2026-02-30T09:30", opening_place="三楼开标室")
    assert client.post(draft_url(drafted, "timetable"), form).status_code == 422
    assert Project.objects.get().opening_place == "线上开标大厅"
    answer = client.post(draft_url(drafted, "timetable"), form, headers={"X-Autosave": "1"})
    assert answer.status_code == 422
    project = Project.objects.get()
    assert project.opening_place == "三楼开标室"
    assert project.bids_due_at == play.lawful_deadline()


def test_a_bill_with_faults_imports_nothing_and_names_them_all(drafted: play.Played, door: Door) -> None:
    client, lot = door(drafted.cast["officer"]), Lot.objects.get()
    url, before = f"{draft_url(drafted, 'lots')}{lot.public_id}/items/", list(lot.items.values())
    books = {
        "不接受公式": workbook(HEADINGS, ["1", "泵", "", "=1+1", "台", ""]),
        "合并单元格": workbook(HEADINGS, ["1", "泵", "", 1, "台", ""], merge="A2:B2"),
        "5000": workbook(HEADINGS, *([str(n), "泵", "", 1, "台", ""] for n in range(10_000))),
        "表头不符": workbook(["名称"], ["泵"]),
        "行3 列数量": workbook(HEADINGS, ["1", "泵", "", 1, "台", ""], ["2", "阀", "", "多", "个", ""]),
    }
    for words, book in books.items():
        answer = client.post(url, {"by": "sheet", "sheet": book})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    broken = io.BytesIO(b"PK not a workbook")
    broken.name = "清单.xlsx"
    assert client.post(url, {"by": "sheet", "sheet": broken}).status_code == 422
    assert client.post(url, {"by": "sheet"}).status_code == 422
    assert list(lot.items.values()) == before


def test_an_exported_bill_is_imported_again_unchanged(drafted: play.Played, door: Door) -> None:
    client, lot = door(drafted.cast["officer"]), Lot.objects.get()
    home = f"{draft_url(drafted, 'lots')}{lot.public_id}/"
    before = list(lot.items.values_list("number", "name", "quantity", "unit", "classification"))
    sheet = io.BytesIO(client.get(f"{home}items.xlsx").content)
    sheet.name = "清单.xlsx"
    assert client.post(f"{home}items/", {"by": "sheet", "sheet": sheet}).status_code == 302
    assert list(lot.items.values_list("number", "name", "quantity", "unit", "classification")) == before


def test_items_are_typed_and_pasted_below(drafted: play.Played, door: Door) -> None:
    client, lot = door(drafted.cast["officer"]), Lot.objects.get()
    grid = {
        "item-number": ["1", "", "3"],
        "item-name": ["泵", "", "阀"],
        "item-classification": ["", "", ""],
        "item-quantity": ["12", "", "1,000.5"],
        "item-unit": ["台", "", "个"],
        "item-specification": ["", "", "<script>alert(1)</script>"],
        "pasted": "4\t流量计\t\t20\t套\t",
    }
    home = f"{draft_url(drafted, 'lots')}{lot.public_id}/"
    assert client.post(f"{home}items/", grid).status_code == 302
    assert [item.number for item in Item.objects.filter(lot=lot)] == ["1", "3", "4"]
    assert "<script>alert" not in client.get(home).content.decode()


def test_wrong_files_are_named_and_the_right_ones_kept(drafted: play.Played, door: Door) -> None:
    client = door(drafted.cast["officer"])
    files = []
    for name, content in (("空.pdf", b""), ("程序.exe", b"MZ" + b"\0" * 200), ("假.pdf", b"no pdf at all")):
        one = io.BytesIO(content)
        one.name = name
        files.append(one)
    good = io.BytesIO(b"%PDF-1.7\n%%EOF\n")
    good.name = "补充.pdf"
    before = Document.objects.count()
    answer = client.post(draft_url(drafted, "files"), {"files": [*files, good]})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert all(name in text for name in ("空.pdf", "程序.exe", "假.pdf"))
    assert Document.objects.count() == before + 1


def test_a_scheme_that_does_not_add_up_or_draws_lots_is_refused(drafted: play.Played, door: Door) -> None:
    client, url, before = door(drafted.cast["officer"]), draft_url(drafted, "scheme"), Project.objects.get().scheme
    form = {"row-TOTAL_FORMS": "1", "row-INITIAL_FORMS": "0", "price_mark": "30", "decimals": "2", "mode": "half-up"}
    form |= {"row-0-key": "plan", "row-0-name": "方案", "row-0-kind": "subjective", "row-0-full_mark": "60"}
    form |= {"aggregation": "mean", "tie_2": "price", "tie_3": "", "tie_4": "", "tie_last": "received"}
    assert "应为 100 分" in client.post(url, form).content.decode()
    whole = form | {"row-0-full_mark": "70"}
    assert client.post(url, whole | {"tie_last": "draw"}).status_code == 422
    assert "不能重复" in client.post(url, whole | {"tie_3": "price"}).content.decode()
    assert "大于零的数" in client.post(url, whole | {"row-0-full_mark": "七十"}).content.decode()
    assert Project.objects.get().scheme == before
    golden = client.get(f"{url}example/", whole, headers={"HX-Request": "true"}).content.decode()
    assert all(score in golden for score in ("29.24", "28.80", "27.43", "25.71", "30.00"))


def test_two_officers_do_not_overwrite_each_other_unseen(drafted: play.Played, door: Door) -> None:
    cast = drafted.cast
    second = member(cast["admin"], "王二", "second@yunling.example", "buyer-officer")
    first, url = door(cast["officer"]), draft_url(drafted, "timetable")
    page = first.get(url).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    due = play.lawful_deadline()
    draft(drafted.project, by=second.actor(), fields={"opening_place": "二号开标室"})
    form = timetable(due, opening_place="一号开标室", seen=seen)
    answer = first.post(url, form)
    text = answer.content.decode()
    shown = re.sub(r"</?(?:ins|del)>", "", text)
    assert answer.status_code == 409
    assert "王二" in shown and "二号开标室" in shown and "一号开标室" in shown
    assert first.post(url, form, headers={"X-Autosave": "1"}).status_code == 409
    assert Project.objects.get().opening_place == "二号开标室"
    again = text.partition('name="seen" value="')[2].partition('"')[0]
    assert first.post(url, form | {"seen": again}).status_code == 302
    assert Project.objects.get().opening_place == "一号开标室"


def test_another_section_saved_meanwhile_is_no_conflict(drafted: play.Played, door: Door) -> None:
    cast = drafted.cast
    second = member(cast["admin"], "王二", "second@yunling.example", "buyer-officer")
    client, url = door(cast["officer"]), draft_url(drafted, "timetable")
    seen = client.get(url).content.decode().partition('name="seen" value="')[2].partition('"')[0]
    draft(drafted.project, by=second.actor(), fields={"contact_name": "王二"})
    assert client.post(url, timetable(play.lawful_deadline(), seen=seen)).status_code == 302


def test_the_author_of_a_plan_sees_a_grey_button_with_the_reason(cast: play.Cast, door: Door) -> None:
    """One person with two posts: an officer of the subsidiary who approves in the group."""
    both = cast["officer"]
    manage_members.add_member(
        by=cast["group"].actor(), email=both.email, name=both.name, phone="", roles=["buyer-approver"], password="x"
    )
    made = plan.plan(
        by=both.actor(),
        buyer=cast.organisations["buyer"],
        year=2026,
        title="计划",
        purpose="目的",
        category="设备",
        budget_fen=1_000_00,
        funding="自筹",
        investment="",
    )
    approver = Player(both.name, both.email, both.person, cast.organisations["group"])
    page = door(approver).get(f"/buyer/plans/{made.subject_id}/").content.decode()
    assert "编制人不能批准自己的计划" in page and 'aria-disabled="true"' in page


def test_the_history_and_the_acts_of_others_are_told_on_the_project_page(announced: play.Played, door: Door) -> None:
    page = door(announced.cast["reviewer"]).get(f"/buyer/projects/{announced.project}/").content.decode()
    assert "由其他角色办理" in page and "公告发布与定标人" in page
    assert "王审" in page and "符合法律法规与公平竞争要求" in page


def test_members_get_roles_and_duties_that_must_be_apart_stay_apart(cast: play.Cast, door: Door) -> None:
    client = door(cast["admin"])
    form = {"name": "王新", "email": "new@yunling.example", "phone": "", "password": "qing-tian-2026"}
    clash = client.post("/buyer/members/new/", form | {"roles": ["buyer-officer", "buyer-approver"]})
    assert clash.status_code == 422 and "不能由同一人担任" in clash.content.decode()
    weak = client.post("/buyer/members/new/", form | {"password": "1234567890", "roles": ["buyer-officer"]})
    assert weak.status_code == 422
    assert client.post("/buyer/members/new/", form | {"roles": ["buyer-officer"]}).status_code == 302
    assert "王新" in client.get("/buyer/members/").content.decode()
    officer = cast["officer"].person.public_id
    assert client.post(f"/buyer/members/{officer}/", {"roles": ["buyer-reader"]}).status_code == 302
    assert client.post(f"/buyer/members/{officer}/end/").status_code == 302
    assert client.get(f"/buyer/members/{officer}/").status_code == 404
    assert door(cast["reviewer"]).get("/buyer/members/new/").status_code == 404


def test_a_mandate_needs_a_verified_agency_and_a_span(cast: play.Cast, door: Door) -> None:
    client, now = door(cast["admin"]), clock.now()
    form = {"code": "91999999000000000X", "scope": "全过程代理", "valid_from": typed(now)}
    form["valid_to"] = typed(now - timedelta(days=1))
    page = client.post("/buyer/members/mandates/new/", form)
    assert page.status_code == 422 and "失效时间必须晚于生效时间" in page.content.decode()


def test_a_mandate_is_ended_from_the_page_of_members(cast: play.Cast, door: Door) -> None:
    play.house(cast, "agency", "agency", "云岭招标代理有限公司（虚构）", "代理", "agent", "agency.example")
    client, now = door(cast["admin"]), clock.now()
    given = {"agency": cast.organisations["agency"], "scope": "全过程", "valid_from": now}
    made = manage_members.give_mandate(by=cast["admin"].actor(), valid_to=now + timedelta(days=9), **given)
    end = f"/buyer/members/mandates/{made.facts['mandate']}/end/"
    assert end in client.get("/buyer/members/").content.decode()
    assert end not in door(cast["officer"]).get("/buyer/members/").content.decode()
    page = client.post(end, follow=True).content.decode()
    assert "委托已终止" in page and "已失效" in page and end not in page
    assert client.post(end).status_code == 404


def test_the_way_of_sealing_is_chosen_with_the_timetable_and_an_odd_one_changes_nothing(
    drafted: play.Played, door: Door
) -> None:
    client, url = door(drafted.cast["officer"]), draft_url(drafted, "timetable")
    page = client.get(url).content.decode()
    assert "持有人共同开启" in page and "投标人参与解密" in page and "投标人自己开启" in page
    assert Project.objects.get().sealing == "T" and "其投标无法挽救" in page
    due = play.lawful_deadline()
    assert client.post(url, timetable(due, sealing="D", decrypt_hours="4")).status_code == 302
    kept = Project.objects.get()
    assert (kept.sealing, kept.decrypt_window) == ("D", timedelta(hours=4))
    for wrong in ({"sealing": "A"}, {"sealing": "\0"}, {"decrypt_hours": "73"}, {"decrypt_hours": "0"}):
        assert client.post(url, timetable(due, **wrong)).status_code == 422
    assert client.post(url, timetable(due)).status_code == 302
    assert Project.objects.get().sealing == "D"
    assert client.post(url, timetable(due, sealing="B")).status_code == 302
    assert Project.objects.get().sealing == "B" and list(Project.objects.get().holes()) == []
    page = client.get(draft_url(drafted, "trustees")).content.decode()
    assert "最迟在公布抽取之前指定" in page
