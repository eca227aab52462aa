"""First part of the story of a tender: from the plan to the announcement."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sunshine.domain.sourcing import bill
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import papers
from sunshine.interfaces.rehearsal.play import lawful_deadline, until
from tests.stories.people import House, Someone

TITLE = "城西水厂取水泵更新"
PUMPS, METERS = "取水泵组", "监测仪表"
GAUGES = ("流量计", "压力变送器", "余氯分析仪")
TRUSTEES = ("keeper", "op_keeper", "inspector_keeper", "audit_keeper")


@dataclass
class Tale:
    """What the people of the story know by now: addresses they have seen."""

    house: House
    folder: Path
    project: str = ""
    lots: list[str] = field(default_factory=list)
    announced_on: date | None = None
    members: list[str] = field(default_factory=list)  # who sits on the panel
    draw: str = ""  # the address of the panel's draw
    rooms: dict[str, str] = field(default_factory=dict)  # the address of each one's seat

    def wait_until(self, at: datetime) -> None:
        """Let rehearsal time pass; pages look at the clock at most once a second."""
        until(at)
        time.sleep(1.1)


def approved_plan(tale: Tale) -> None:
    """The officer writes a plan; the approver, and only the approver, approves it."""
    officer, approver = tale.house.enter("officer"), tale.house.enter("approver")
    officer.open("/buyer/plans/").press("编制采购计划")
    officer.give(
        title="2026年度水厂设备采购计划",
        purpose="更新老旧设备，保障城区供水安全",
        category="给排水设备",
        budget_fen="500万元",
        funding="企业自有资金",
    )
    officer.press("提交批准").sees("计划已编制，等待批准。", "5,000,000.00")
    officer.sees("您没有“批准计划”的权限。")
    approver.open("/buyer/approvals/").sees("2026年度水厂设备采购计划")
    approver.open(officer.here).press("批准计划").sees("计划已批准。")
    officer.open(officer.here).shot("plan")


def approved_method(tale: Tale) -> None:
    """A project begins; its method is approved with its reason."""
    officer, approver = tale.house.enter("officer"), tale.house.enter("approver")
    officer.press("立项").give(
        title=TITLE,
        budget_fen="300万元",
        method="open_tender",
        reason_code="mandatory",
        method_reason="国有资金占主导地位的工程建设项目重要设备，达到必须招标的规模标准",
        region="云岭市",
    )
    officer.press("立项并送审采购方式").sees("项目已立项，采购方式等待批准。")
    tale.project = officer.here.strip("/").split("/")[-1]
    approver.open(f"/buyer/projects/{tale.project}/method/").sees("批准前请核对")
    approver.press("批准采购方式").sees("采购方式已批准")


def drafted(tale: Tale) -> None:
    """Every section of the documents, each saved on its own."""
    officer = tale.house.enter("officer")
    _basics(tale, officer)
    _lots(tale, officer)
    _rules(tale, officer)
    _timetable(tale, officer)
    _files(tale, officer)
    _seats(tale, officer)
    officer.open(f"/buyer/projects/{tale.project}/draft/check/").sees("必须改正")


def _basics(tale: Tale, officer: Someone) -> None:
    officer.open(f"/buyer/projects/{tale.project}/draft/basics/")
    officer.give(
        contact_name="王办",
        contact_phone="020-0000-0001",
        objection_channel="平台“提出异议”，或致电 020-0000-0001，受理人王办",
        contract_terms="验收合格后三十日内付款；质保二十四个月。",
    )
    officer.press("保存并到下一部分").sees("已保存。")


def _lots(tale: Tale, officer: Someone) -> None:
    """Two lots: the first with its items typed, the second with its items from a spreadsheet."""
    for number, title in ((1, PUMPS), (2, METERS)):
        officer.open(f"/buyer/projects/{tale.project}/draft/lots/")
        if number > 1:
            officer.page.locator("main details summary").last.click()
        lot = papers.lot(number)
        officer.give(
            title=title,
            mandatory="1",
            mandatory_basis=lot["mandatory_basis"],
            estimate_fen="1,000,000.00",
            bid_bond_fen="20000",
            price_cap_fen="105万元",
            price_cap_basis=lot["price_cap_basis"],
            delivery_days="60",
            quality="合格",
        )
        officer.press("添加标段").sees("标段已添加，请填写采购内容。")
        tale.lots.append(officer.here.strip("/").split("/")[-1])
        if number == 1:
            for row, item in enumerate(lot["items"]):
                for key, value in item.items():
                    officer.page.locator(f'[name="item-{key}"]').nth(row).fill(str(value))
            officer.press("保存采购内容").sees(f"采购内容已保存，共 {len(lot['items'])} 行。")
        else:
            _from_a_spreadsheet(tale, officer)
    officer.shot("lot")


def _from_a_spreadsheet(tale: Tale, officer: Someone) -> None:
    """A sheet with a bad cell imports nothing and says where it is bad; the mended one is imported whole."""
    sheet = tale.folder / "监测仪表.xlsx"
    good = [{"number": str(n), "name": name, "quantity": "1", "unit": "套"} for n, name in enumerate(GAUGES, 1)]
    sheet.write_bytes(bill.write([*good[:2], good[2] | {"quantity": "0"}], "监测仪表"))
    officer.give(sheet=str(sheet)).press("导入").sees("数量应大于 0").shot("sheet-refused", live=True)
    sheet.write_bytes(bill.write(good, "监测仪表"))
    officer.give(sheet=str(sheet)).press("导入").sees(f"采购内容已保存，共 {len(good)} 行。")


def _rules(tale: Tale, officer: Someone) -> None:
    """Who may bid, and how bids are judged: the house's proposal adds up to a hundred marks."""
    officer.open(f"/buyer/projects/{tale.project}/draft/criteria/")
    for n, criterion in enumerate(papers.CRITERIA[:2]):
        officer.give(**{f"form-{n}-{name}": value for name, value in criterion.items()})
    officer.press("保存并到下一部分").sees("已保存 2 条资格条件。", "各项满分合计 100 分")
    officer.press("保存并到下一部分").sees("评标办法已保存。")
    officer.open(f"/buyer/projects/{tale.project}/draft/scheme/").shot("scheme")


def _timetable(tale: Tale, officer: Someone) -> None:
    """A deadline too early is answered with its article while typing; the lawful one is saved."""
    due = lawful_deadline()
    officer.open(f"/buyer/projects/{tale.project}/draft/timetable/")
    officer.give(bids_due_at=clock.now().strftime("%Y-%m-%dT17:00"), opening_place="线上开标大厅")
    officer.sees("不合法", "招标投标法 第二十四条").shot("timetable", live=True)
    for name, days in (("bids_due_at", 0), ("documents_to", 2), ("questions_due_at", 11)):
        officer.give(**{name: (due - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")})
    officer.press("保存并到下一部分").sees("已保存。")


def _files(tale: Tale, officer: Someone) -> None:
    officer.open(f"/buyer/projects/{tale.project}/draft/files/")
    officer.give(files=[str(tale.folder / "招标文件.pdf"), str(tale.folder / "采购清单.xlsx")])
    officer.press("上传").sees("已上传 2 个文件。", "招标文件.pdf")


def _seats(tale: Tale, officer: Someone) -> None:
    """Who holds the keys: the buyer, the operator, discipline inspection, audit."""
    officer.open(f"/buyer/projects/{tale.project}/draft/trustees/")
    for n, key in enumerate(TRUSTEES, 1):
        seat = officer.page.locator(f'[name="seat-{n}"]')
        name = tale.house.cast[key].name
        seat.select_option(seat.locator("option", has_text=name).get_attribute("value"))
    officer.press("确定席位").sees("席位已确定", "等待本人生成").shot("seats")


def keys_made(tale: Tale) -> None:
    """Four trustees, each in their own browser: a certificate, a passphrase, a key for this project."""
    for key in TRUSTEES:
        trustee = tale.house.enter(key).enrol()
        trustee.open(f"/trustee/projects/{tale.project}/").unlock()
        trustee.press("生成并公布").sees("开标密钥已公布，私钥保存在您的密钥簿中。")
    trustee.open(f"/trustee/projects/{tale.project}/").sees("您的密钥已生成").shot("trustee-key")


def announced(tale: Tale) -> None:
    """Submitted, reviewed by one, announced by another; not a word is public before."""
    officer, reviewer = tale.house.enter("officer"), tale.house.enter("reviewer")
    publisher, visitor = tale.house.enter("publisher"), tale.house.enter("")
    officer.open(f"/buyer/projects/{tale.project}/draft/check/").sees("没有缺项").shot("check")
    officer.press("提交审查").sees("已提交合规审查。")
    visitor.open(f"/projects/{tale.project}/", 404)
    publisher.open(f"/buyer/projects/{tale.project}/")
    reviewer.open(f"/buyer/projects/{tale.project}/review/")
    reviewer.give(opinion="符合法律法规与公平竞争要求。").press("审查通过").sees("审查通过")
    publisher.open(f"/buyer/projects/{tale.project}/announce/").shot("announce")
    publisher.press("发布公告").sees("公告")
    tale.announced_on = clock.now().date()
    officer.open(f"/buyer/projects/{tale.project}/").shot("buyer-project")
    visitor.open("/notices/").sees(TITLE)
    visitor.open(f"/projects/{tale.project}/").sees(TITLE, PUMPS, METERS, "云岭水务有限公司")
    visitor.sees_not("符合法律法规与公平竞争要求")
