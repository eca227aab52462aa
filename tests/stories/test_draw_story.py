"""A draw in real browsers: three parties, one of them silent, trustees who open its number, and everybody's replay."""

from collections.abc import Callable
from datetime import timedelta

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import keepsakes, play, stage
from tests.stories.people import House, Someone


def test_a_silent_party_is_opened_by_three_trustees_and_a_visitor_replays_the_draw(
    house: House, enter: Callable[[str], Someone]
) -> None:
    cast = house.cast
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n)
    stage.opened(played)
    keepsakes.keep([cast])
    officer = enter("officer").open(f"/buyer/lots/{lot}/panel/")
    officer.give(specialty="给排水设备", experts="4")
    officer.page.get_by_label(cast["judge"].name).check()
    officer.shot("draw-form").press("公布抽取").sees("抽取已公布", "未承诺").shot("draw-announced")
    officer.press("提交承诺").shot("draw-commit").press("生成随机数并提交承诺").sees("您的承诺已提交，等待其他方。")
    draw = officer.here.removesuffix("party/")
    experts = [player.name for player in cast.experts]
    enter("").open(draw).sees("抽取还没有完成").sees_not(*experts, "本浏览器已从头重算").shot("draw-open")
    for key in ("inspector", "verifier"):
        enter(key).open("/account/notifications/").sees("已公布抽取")
        enter(key).open(f"{draw}party/").press("生成随机数并提交承诺").sees("承诺已提交")
    officer.sees("第二步：揭示").press("揭示随机数").sees("您的随机数已揭示，等待其他方。").shot("draw-revealed")
    enter("verifier").open(f"{draw}party/").press("揭示随机数").sees("随机数已揭示")
    keeper = enter("keeper").open(f"/trustee{draw}")
    keeper.sees("揭示时限未到，各方还可以自己揭示。")
    play.until(clock.now() + timedelta(minutes=31))
    for n, key in enumerate(("keeper", "op_keeper", "audit_keeper")):
        trustee = enter(key).enrol().open("/trustee/").press("去代为开启").sees("您将要做什么")
        trustee.unlock().sees("将释放 1 个随机数的 1 个密钥份额。")
        if n == 0:
            trustee.shot("draw-rescue", live=True, again=Someone.unlock)
        trustee.press("签名并释放份额").sees("已释放 1 个份额。")
    visitor = enter("").open(draw).sees("本浏览器已从头重算：每一项都相符。", "由密钥持有人开启")
    visitor.sees_not(*experts).shot("draw")
    assert visitor.page.locator("[data-check] [data-state=good]:visible").count() == 6
    rows = visitor.page.locator("[data-ref=rows] tr")
    assert rows.count() == 5
    visitor.press("从头重放")
    assert rows.locator("visible=true").count() == 0
    visitor.press("显示下一步").sees("第 1 步：").press("全部显示")
    assert visitor.page.locator("[data-ref=rows] tr:visible").count() == 5
    stage.judged(played, lot)
    stage.candidates(played, lot)
    visitor.open(draw).sees_not(*experts)
    stage.awarded(played, lot)
    visitor.open(draw).sees("盲号的随机数").shot("draw-named")
    assert sum(name in visitor.page.content() for name in experts) == 4
