"""Third part of the story: the opening, the panel, blind scores, the signed report."""

from datetime import timedelta

from playwright.sync_api import expect

from sunshine.interfaces.rehearsal.play import lawful_deadline
from tests.stories.bidding import PLANTED, everything_kept
from tests.stories.people import Someone
from tests.stories.preparing import TITLE, TRUSTEES, Tale

BIDDERS = ("青禾泵业有限公司", "远川机电设备有限公司", "明湖水处理技术有限公司")
MEMBERS = ("expert1", "expert2", "expert3", "expert4", "expert5", "judge")
# Marks of a member for the three bids: technical plan (40), service (15), references (15, the same for every member).
MARKS = {BIDDERS[0]: ("36", "13", "12"), BIDDERS[1]: ("33.5", "12", "10"), BIDDERS[2]: ("30", "11.5", "8")}


def opened(tale: Tale) -> None:
    """Not a minute early; then lot 2 fails by itself, in public, and lot 1 waits for its keys."""
    officer, visitor = tale.house.enter("officer"), tale.house.enter("")
    hall = f"/buyer/projects/{tale.project}/opening/"
    officer.open(hall).sees("开标")
    expect(officer.page.locator('[data-verb="open-bids"]')).to_have_attribute("aria-disabled", "true")
    tale.wait_until(lawful_deadline(first=tale.announced_on) + timedelta(seconds=1))
    officer.open(hall).confirm("开标").sees("已开标，正在等待密钥份额。", "0 / 9")
    officer.sees_not(*BIDDERS).shot("hall")
    visitor.open("/notices/").sees("流标").press_containing("流标公告").sees("投标人少于3个，不得开标").shot(
        "failure-notice"
    )
    visitor.sees_not(*BIDDERS)


def released(tale: Tale) -> None:
    """Three of four release from their browsers; with the third the bids are open."""
    officer, lot = tale.house.enter("officer"), tale.lots[0]
    for n, key in enumerate(TRUSTEES[:3], 1):
        trustee = tale.house.enter(key).open(f"/trustee/lots/{lot}/").sees("您将要做什么")
        if n == 1:
            trustee.page.locator("form[data-ref=unlock] [data-ref=passphrase]").fill("不是这个口令，绝对不是")
            trustee.page.get_by_role("button", name="打开").click()
            trustee.sees("口令不正确，密钥簿没有打开，没有发送任何内容。")
        trustee.unlock().sees("将释放 3 份投标的 9 个密钥份额。")
        if n == 1:
            trustee.shot("release", live=True, again=Someone.unlock)
        trustee.press("签名并释放份额").sees("已释放 9 个份额。")
        if n == 2:
            officer.open(f"/buyer/projects/{tale.project}/opening/").sees_not(*BIDDERS)
    officer.open(f"/buyer/projects/{tale.project}/opening/").sees(*BIDDERS, "898,800.00", "936,006.00", "952,800.74")
    officer.sees(PLANTED[2], PLANTED[3]).shot("readout")
    supplier = tale.house.enter("supplier2").open(f"/supplier/projects/{tale.project}/opening/")
    supplier.sees(*BIDDERS, "898,800.00").shot("supplier-hall")
    assert any(PLANTED[0].encode() in piece for piece in everything_kept(tale))


def recorded(tale: Tale) -> None:
    """The record, confirmed, is everybody's."""
    officer, visitor = tale.house.enter("officer"), tale.house.enter("")
    officer.open(f"/buyer/projects/{tale.project}/opening/").confirm("确认开标记录").sees("开标记录已确认并公布。")
    visitor.open("/openings/").sees(TITLE).shot("openings")
    visitor.open("/notices/").press_containing("开标记录").sees(*BIDDERS, "898,800.00").shot("opening-record")


def panel_drawn(tale: Tale) -> None:
    """Three parties, three numbers, four experts; one representative joins. Who they are is secret, also to the officer."""
    officer, lot = tale.house.enter("officer"), tale.lots[0]
    officer.open(f"/buyer/lots/{lot}/panel/")
    officer.give(specialty="给排水设备", experts="4")
    officer.page.get_by_label(tale.house.cast["judge"].name).check()
    officer.shot("draw-form").press("公布抽取").sees("抽取已公布", "未承诺").shot("draw-announced")
    parties = [tale.house.enter(key) for key in ("officer", "inspector", "verifier")]
    officer.press("提交承诺").press("生成随机数并提交承诺").sees("您的承诺已提交，等待其他方。")
    draw = officer.here.removesuffix("party/")
    names = [tale.house.cast[key].name for key in MEMBERS]
    tale.house.enter("").open(draw).sees("抽取还没有完成").sees_not(*names)
    for party in parties[1:]:
        party.open("/account/notifications/").sees("已公布抽取")
        party.open(f"{draw}party/").press("生成随机数并提交承诺").sees("承诺已提交")
    officer.sees("第二步：揭示").shot("draw-reveal")
    for party in parties:
        party.open(f"{draw}party/").press("揭示随机数").sees("随机数已揭示")
    officer.open(f"/buyer/lots/{lot}/panel/").sees("待签到").shot("panel")
    officer.sees_not(*(tale.house.cast[key].name for key in MEMBERS if key != "judge"))
    tale.house.enter("").open(draw).sees("本浏览器已从头重算：每一项都相符。").sees_not(*names).shot("draw")
    tale.members = [key for key in MEMBERS if _is_drawn(tale.house.enter(key))]
    assert len(tale.members) == 5 and "judge" in tale.members
    tale.draw = draw


def _is_drawn(expert: Someone) -> bool:
    return expert.open("/expert/").page.get_by_role("link", name="去签到").count() == 1


def scored(tale: Tale) -> None:
    """Each alone: nobody sees another's marks before all have locked, the buyer not even then."""
    for key in tale.members:
        member = tale.house.enter(key)
        member.open("/expert/").sees_not(*BIDDERS).press("去签到")
        member.sees_not(*BIDDERS)
        if key == tale.members[0]:
            member.shot("check-in")
        member.give(no_interest=True).press("签到并声明").sees(*BIDDERS)
        tale.rooms[key] = member.here
        _mark(member)
        if key == tale.members[0]:
            member.shot("scoring")
            member.page.get_by_label(f"{BIDDERS[0]} 技术方案").fill("41")
            member.page.get_by_label(f"{BIDDERS[0]} 售后服务").click()
            member.sees("有未保存的内容")
            member.page.get_by_label(f"{BIDDERS[0]} 技术方案").fill(MARKS[BIDDERS[0]][0])
            member.page.get_by_label(f"{BIDDERS[0]} 售后服务").click()
            member.sees("已保存")
    for key in tale.members:
        member = tale.house.enter(key).open(tale.rooms[key])
        member.press("锁定评分").press("锁定评分").sees("评分已锁定。")
        if key == tale.members[0]:
            member.sees("等待其他评委锁定评分").sees_not("全体评委的评分")
    officer = tale.house.enter("officer").open(f"/buyer/lots/{tale.lots[0]}/evaluation/")
    officer.sees("5 位评委中，5 位已锁定评分。").sees_not("33.5").shot("evaluation-progress")


def _mark(member: Someone) -> None:
    for bidder, marks in MARKS.items():
        for criterion, mark in zip(("技术方案", "售后服务", "类似业绩"), marks, strict=True):
            field = member.page.get_by_label(f"{bidder} {criterion}")
            field.fill(mark)
            with member.page.expect_response(lambda answer: answer.request.method == "POST"):
                field.press("Tab")


def reported(tale: Tale) -> None:
    """The chair ranks; every member signs with a key of their own."""
    chair = next(key for key in tale.members if _chairs(tale.house.enter(key).open(tale.rooms[key])))
    tale.house.enter(chair).shot("overview").press("汇总排序，生成评标报告").sees("评标报告已生成")
    for key in tale.members:
        member = tale.house.enter(key).enrol().open(tale.rooms[key]).sees("签署评标报告", "898,800.00")
        if key == chair:
            member.shot("report")
        member.press("签署评标报告").sees("已签署评标报告。")
    officer = tale.house.enter("officer").open(f"/buyer/lots/{tale.lots[0]}/evaluation/").sees("评标报告", *BIDDERS)
    officer.shot("buyer-report")


def _chairs(member: Someone) -> bool:
    return member.page.get_by_role("button", name="汇总排序，生成评标报告").count() == 1
