"""A tender in which each bidder alone opens its bid, in the browsers of those who take part: sealed, opened, missed, drawn."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from sunshine.flows.decrypt_bid import settle_window
from sunshine.flows.open_bids import open_bids
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import keepsakes, papers, play
from tests.stories.people import PATIENCE, House

SECOND = timedelta(seconds=1)
TITLE = "城北水厂加药泵采购"


@dataclass
class Scene:
    """One tender in mode B; the second and third supplier have bid, the first does so in its browser."""

    house: House
    played: play.Played
    bids: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def lot(self) -> str:
        return self.played.lots[0]


@pytest.fixture(scope="module")
def scene(house: House) -> Scene:
    cast = house.cast
    made = Scene(house, play.announced(play.a_project(cast, sealing="B", title=TITLE)))
    for n in (1, 2):
        made.bids[n] = play.bid(made.played, made.lot, cast.suppliers[n], total_fen=900_000_00 + n * 1_000_00)
    keepsakes.keep([cast])
    return made


def test_a_bid_is_sealed_for_nobody_but_its_bidder(scene: Scene, enter: Any, tmp_path: Path) -> None:
    visitor = enter("").open(f"/projects/{scene.played.project}/")
    visitor.sees("密钥只在投标人手里").sees_not("位密钥持有人").shot("alone-public")
    first = enter("supplier1").enrol().open(f"/supplier/lots/{scene.lot}/bid/").unlock()
    first.sees("本项目由您自己开启投标", "投标人自己").sees_not("分别加密给四位持有人")
    first.shot("alone-prepare", live=True, again=lambda one: one.unlock())
    (tmp_path / "技术方案.pdf").write_bytes(papers.pdf("技术方案", "加药泵选型与服务承诺"))
    for price in first.page.locator("[id^=seal-price-]").all():
        price.fill("1200")
    first.give(tax_rate="0.13", delivery_days="55", quality="质保三十六个月", project_leader="苏望舒")
    first.give(tech=[str(tmp_path / "技术方案.pdf")])
    first.page.locator("[data-ref=submit]").click()
    expect(first.page.locator("[data-ref=receipt]")).to_be_visible(timeout=PATIENCE)
    first.sees("核对密封规则：没有持有人，只有您能开启", "投标已送达，回执已存入您的密钥簿。")


def test_at_the_opening_whoever_comes_is_opened_from_keyring_or_rescue_file(scene: Scene, enter: Any) -> None:
    assert scene.played.bids_due_at is not None
    play.until(scene.played.bids_due_at + SECOND)
    open_bids(scene.played.project, by=scene.house.cast["officer"].actor())
    hall = f"/buyer/projects/{scene.played.project}/opening/"
    officer = enter("officer").open(hall).sees("没有份额要释放").sees_not("份密钥份额才能解密")
    officer.shot("alone-hall")
    enter("supplier3").open(f"/supplier/projects/{scene.played.project}/opening/").sees("本项目由投标人自己开启").shot(
        "alone-supplier-hall"
    )
    first = enter("supplier1").open("/supplier/bids/").unlock().sees("正在开标的投标", "请开启您的投标")
    first.shot("alone-open", live=True, again=lambda one: one.unlock())
    first.press("开启我的投标").sees("您的投标已开启。")
    first.shot("alone-opened", live=True)
    second = enter("supplier2").open("/supplier/bids/").unlock()
    row = second.page.locator("[data-ref=bids] tr").filter(has_text=TITLE)
    with second.page.expect_download() as download:
        row.get_by_role("button", name="自救文件").click()
    second.page.locator("[data-ref=aside] summary").click()
    second.page.locator("#bids-rescue-pick").set_input_files(download.value.path())
    second.press("用自救文件打开我的投标").sees("您的投标已开启。")
    officer.open(hall).sees("青禾泵业有限公司", "远川机电设备有限公司").sees_not("明湖水处理技术有限公司")


def test_whoever_does_not_come_is_revoked_and_everybody_reads_why(scene: Scene, enter: Any) -> None:
    play.until(clock.now() + timedelta(hours=2))
    time.sleep(1.1)  # pages look at the clock at most once a second
    settle_window(scene.played.project)
    words = ("视为撤销", "投标人没有开启自己的投标", "投标人自身原因", "规则 d")
    officer = enter("officer").open(f"/buyer/projects/{scene.played.project}/opening/").sees(*words)
    officer.shot("alone-revoked")
    enter("supplier3").open(f"/supplier/projects/{scene.played.project}/opening/").sees(*words)
    officer.confirm("确认开标记录").sees("开标记录已确认并公布。")
    enter("").open(f"/projects/{scene.played.project}/").sees(*words)


def test_trustees_are_named_for_the_draw_after_the_announcement(scene: Scene, enter: Any) -> None:
    cast, project = scene.house.cast, scene.played.project
    officer = enter("officer").open(f"/buyer/projects/{project}/").sees("抽取用的密钥持有人")
    officer.press("指定或更换").sees("谁也不能靠沉默取巧")
    officer.give(**{f"seat-{i}": holder.person.public_id for i, holder in enumerate(cast.trustees, 1)})
    officer.shot("alone-seats", live=True)
    officer.press("确定席位").sees("席位已确定", "等待本人生成")
    third = enter("inspector_keeper").enrol().open(f"/trustee/projects/{project}/").sees("它只用于抽取").unlock()
    third.shot("alone-trustee", live=True, again=lambda one: one.unlock())
