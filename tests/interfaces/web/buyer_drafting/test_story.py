"""From plan to announcement through the pages alone, and the acts after it."""

import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Plan, Project
from sunshine.flows import ask
from sunshine.flows.seat_trustees import SEATS, make_trustee_key
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import papers, play
from sunshine_proof import agefile
from sunshine_proof.policy import trustee_digest
from tests.interfaces.web.buyer_drafting.conftest import LOT_FORM, Door, timetable, typed, workbook

pytestmark = pytest.mark.django_db


def post(client: Client, url: str, data: dict[str, object] | None = None, *, status: int = 302) -> object:
    answer = client.post(url, data or {})
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))[:1500]
    assert answer.status_code == status, (url, answer.status_code, shown)
    return answer


def a_plan_through_pages(cast: play.Cast, officer: Client, approver: Client) -> Plan:
    form = {
        "buyer": cast.organisations["buyer"],
        "year": "2026",
        "title": "2026年度取水设备采购计划",
        "purpose": "更新老旧水泵，保障供水安全",
        "category": "给排水设备",
        "budget_fen": "300万元",
        "funding": "企业自有资金",
    }
    post(officer, "/buyer/plans/new/", form)
    plan = Plan.objects.get()
    home = f"/buyer/plans/{plan.public_id}/"
    post(approver, f"{home}decide/", {"decision": "return", "reason": ""}, status=422)
    post(approver, f"{home}decide/", {"decision": "return", "reason": "请说明投资批文"})
    assert "请说明投资批文" in officer.get(home).content.decode()
    post(officer, f"{home}edit/", form | {"investment": "云发改投〔2026〕1号"})
    post(approver, f"{home}decide/", {"decision": "approve"})
    plan.refresh_from_db()
    assert (plan.stage, plan.budget_fen) == ("plan_approved", 300_000_000)
    return plan


def filled_through_pages(cast: play.Cast, project: Project, officer: Client) -> None:
    draft = f"/buyer/projects/{project.public_id}/draft/"
    basics = {
        "title": project.title,
        "purpose": project.purpose,
        "region": "云岭市",
        "contact_name": "王办",
        "contact_phone": "020-0000-0001",
        "objection_channel": "平台“提出异议”",
        "consortium_allowed": "0",
        "performance_bond_percent": "10",
        "bid_validity_days": "90",
        "contract_terms": "验收合格后三十日内付款。",
    }
    post(officer, f"{draft}basics/", basics | {"performance_bond_percent": "11"}, status=422)
    post(officer, f"{draft}basics/", basics | {"then": "next"})
    post(officer, f"{draft}lots/", LOT_FORM)
    lot = project.lots.get()
    bill = workbook(
        ["序号", "名称", "分类编码", "数量", "计量单位", "规格与要求"], ["1", "离心泵", "431", 12, "台", ""]
    )
    post(officer, f"{draft}lots/{lot.public_id}/items/", {"by": "sheet", "sheet": bill})
    rows = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    rows |= {"form-0-text": "具有独立承担民事责任的能力", "form-0-kind": "legal", "form-0-evidence": "营业执照"}
    post(officer, f"{draft}criteria/", rows)
    marks = {"row-TOTAL_FORMS": "2", "row-INITIAL_FORMS": "0", "price_mark": "30", "decimals": "2", "mode": "half-up"}
    marks |= {"row-0-key": "plan", "row-0-name": "技术方案", "row-0-kind": "subjective", "row-0-full_mark": "50"}
    marks |= {"row-1-key": "c1", "row-1-name": "业绩", "row-1-kind": "objective", "row-1-full_mark": "20"}
    marks |= {"aggregation": "mean", "tie_2": "price", "tie_3": "criterion:plan", "tie_last": "received"}
    post(officer, f"{draft}scheme/", marks)
    post(officer, f"{draft}timetable/", timetable(play.lawful_deadline()))
    pdf = io.BytesIO(papers.pdf("招标文件", "第一章"))
    pdf.name = "招标文件.pdf"
    post(officer, f"{draft}files/", {"files": pdf})
    seats = {f"seat-{i}": player.person.public_id for i, player in enumerate(cast.trustees, 1)}
    post(officer, f"{draft}trustees/", seats)


def make_keys(cast: play.Cast, project_id: str) -> None:
    for player, role in zip(cast.trustees, SEATS, strict=True):
        recipient = agefile.recipient_of(agefile.new_secret())
        signed = player.sign(trustee_digest(project_id, role, recipient))
        make_trustee_key(project_id, by=player.actor(), recipient=recipient, **signed)


def test_a_tender_goes_from_plan_to_announcement_through_the_pages(cast: play.Cast, door: Door) -> None:
    officer, approver = door(cast["officer"]), door(cast["approver"])
    plan = a_plan_through_pages(cast, officer, approver)
    begin = {"title": "城西水厂取水泵更新", "method": "open_tender", "reason_code": "mandatory"}
    begin |= {"method_reason": "达到必须招标的规模标准", "region": "云岭市", "agency": ""}
    over = post(officer, f"/buyer/plans/{plan.public_id}/initiate/", begin | {"budget_fen": "400万"}, status=422)
    assert "3,000,000.00" in over.content.decode()
    post(officer, f"/buyer/plans/{plan.public_id}/initiate/", begin | {"budget_fen": "200万"})
    project = Project.objects.get()
    home = f"/buyer/projects/{project.public_id}/"
    post(approver, f"{home}method/")
    filled_through_pages(cast, project, officer)
    check = officer.get(f"{home}draft/check/").content.decode()
    assert "尚未生成密钥" in check
    make_keys(cast, project.public_id)
    check = officer.get(f"{home}draft/check/").content.decode()
    assert "没有缺项" in check, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", check))[-1500:]
    post(officer, f"{home}draft/submit/")
    reviewer, publisher = door(cast["reviewer"]), door(cast["publisher"])
    post(reviewer, f"{home}review/", {"decision": "approve", "opinion": ""}, status=422)
    post(reviewer, f"{home}review/", {"decision": "approve", "opinion": "符合要求，未发现排除限制竞争。"})
    page = publisher.get(f"{home}announce/").content.decode()
    assert "离心泵" in page and "先不做，返回" in page
    post(publisher, f"{home}announce/")
    project.refresh_from_db()
    assert project.stage == "announced"
    notice = Notice.objects.get(kind="tender-notice")
    assert notice.content["lots"][0]["items"][0]["name"] == "离心泵"
    assert notice.content["evaluation"]["criteria"][0]["full_mark"] == "30"
    assert notice.content["lots"][0]["bid_bond_fen"] == "2000000"


def test_announcing_twice_makes_one_notice(cast: play.Cast, door: Door) -> None:
    played = play.with_trustees(play.a_project(cast))
    play.drafting.submit_review(played.project, by=cast["officer"].actor())
    play.reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="可以")
    client, url = door(cast["publisher"]), f"/buyer/projects/{played.project}/announce/"
    first, second = client.post(url), client.post(url)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Notice.objects.filter(kind="tender-notice").count() == 1


def test_a_draft_too_near_its_deadline_is_not_announced_and_says_the_article(cast: play.Cast, door: Door) -> None:
    played = play.with_trustees(play.a_project(cast))
    play.drafting.submit_review(played.project, by=cast["officer"].actor())
    play.reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="可以")
    clock.advance(clock.now() + timedelta(days=3))
    answer = door(cast["publisher"]).post(f"/buyer/projects/{played.project}/announce/")
    assert answer.status_code == 409
    assert "招标投标法 第二十四条" in answer.content.decode()
    assert not Notice.objects.exists()


def test_a_clarification_shows_the_extension_before_and_the_difference_after(
    announced: play.Played, door: Door
) -> None:
    client, home = door(announced.cast["officer"]), f"/buyer/projects/{announced.project}/"
    clock.advance(clock.now() + timedelta(days=10))
    before = Project.objects.get().bids_due_at
    form = {"text": "泵的扬程改为 40 米", "affects": "1", "bids_due_at": "", "questions_due_at": ""}
    effect = client.get(f"{home}clarify/effect/", form, headers={"HX-Request": "true"}).content.decode()
    assert "依法自动顺延" in effect
    page = client.post(f"{home}clarify/", form)
    assert page.status_code == 200 and not Notice.objects.filter(kind="amendment-notice").exists()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.content.decode()))
    assert hidden["sure"] == "1"
    promised = re.search(r"依法顺延至 (\S+ \S+ \d\d:\d\d)", page.content.decode())
    post(client, f"{home}clarify/", hidden)
    after = Project.objects.get().bids_due_at
    assert after > before
    assert promised is not None and after.astimezone(clock.BEIJING).strftime("%Y-%m-%d") in promised[1]
    shown = client.get(home).content.decode()
    assert "泵的扬程改为 40 米" in shown and "<ins>" in shown
    assert Notice.objects.filter(kind="amendment-notice").count() == 1


def test_a_clarification_takes_files_only_from_its_own_page(announced: play.Played, door: Door) -> None:
    client, home = door(announced.cast["officer"]), f"/buyer/projects/{announced.project}/"
    form = {"text": "补充图纸", "affects": "0", "sure": "1", "files": "forged"}
    answer = post(client, f"{home}clarify/", form, status=422)
    assert "页面已过期" in answer.content.decode()
    assert not Notice.objects.filter(kind="amendment-notice").exists()


def test_the_deadline_is_never_brought_forward(announced: play.Played, door: Door) -> None:
    due = Project.objects.get().bids_due_at
    form = {"text": "提前截止", "affects": "0", "bids_due_at": typed(due - timedelta(days=1))}
    answer = post(door(announced.cast["officer"]), f"/buyer/projects/{announced.project}/clarify/", form, status=422)
    assert "只能推迟" in answer.content.decode()


def test_a_question_is_answered_once_for_everybody(announced: play.Played, door: Door) -> None:
    asked = ask.ask(announced.project, by=announced.cast.suppliers[0].actor(), text="<b>功率</b>是多少？")
    client, url = door(announced.cast["officer"]), f"/buyer/projects/{announced.project}/questions/"
    page = client.get(url).content.decode()
    assert "&lt;b&gt;功率&lt;/b&gt;" in page and announced.cast.suppliers[0].name not in page
    post(client, url, {"enquiry": asked.public_id, "text": " "}, status=422)
    post(client, url, {"enquiry": asked.public_id, "text": "55 千瓦"})
    again = post(client, url, {"enquiry": asked.public_id, "text": "75 千瓦"}, status=422)
    assert "已答复" in again.content.decode()


def test_a_termination_asks_for_its_reason_then_tells_everything_then_acts(announced: play.Played, door: Door) -> None:
    client, url = door(announced.cast["publisher"]), f"/buyer/projects/{announced.project}/terminate/"
    post(client, url, {"reason": ""}, status=422)
    page = client.post(url, {"reason": "规划调整"})
    assert page.status_code == 200 and Project.objects.get().stage == "announced"
    assert "条例 第三十一条" in page.content.decode()
    post(client, url, {"reason": "规划调整", "sure": "1"})
    post(client, url, {"reason": "规划调整", "sure": "1"})
    assert Project.objects.get().stage == "terminated"
    assert Notice.objects.filter(kind="termination-notice").count() == 1
