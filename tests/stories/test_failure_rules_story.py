"""What goes wrong at an opening, in the browsers of those it happens to: three of four, a lie, an absence, a rescue, mode D.

The tenders, the bids and most shares are played in Python; every act that this story is about is done on the pages.
"""

import json
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from sunshine.domain.bidding.queries.opening import shares_for
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import open_bids
from sunshine.flows.release_share import release_share
from sunshine.flows.terminate import terminate
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import keepsakes, play, remedies, stage
from sunshine_proof.opening import open_share
from sunshine_proof.release import build_release, release_digest
from tests.stories.people import PATIENCE, House, Someone

BIDDERS = ("青禾泵业有限公司", "远川机电设备有限公司", "明湖水处理技术有限公司")
SECOND = timedelta(seconds=1)


@dataclass
class Scene:
    """Two tenders with closed boxes: `common` (mode T, three lots) and `joint` (mode D); bids by (lot, supplier)."""

    house: House
    common: play.Played
    joint: play.Played
    bids: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    def release(self, played: play.Played, lot: str, *numbers: int) -> dict[str, int]:
        for i in numbers:
            stage.release(played, lot, played.cast.trustees[i - 1], i)
        return decrypt_ready(lot)


@pytest.fixture(scope="module")
def scene(house: House) -> Scene:
    cast = house.cast
    common = play.announced(play.a_project(cast, lots=3, title="城东水厂水泵采购"))
    joint = play.announced(play.a_project(cast, sealing="D", title="城南水厂阀门采购"))
    made = Scene(house, common, joint)
    for played in (common, joint):
        for lot in played.lots:
            for n, supplier in enumerate(cast.suppliers):
                made.bids[lot, n] = play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1_000_00)
    mislaid = cast["audit_keeper"].trustee_keys.pop(common.project)  # kept elsewhere: its keyring has the other one
    keepsakes.keep([cast])
    cast["audit_keeper"].trustee_keys[common.project] = mislaid
    assert common.bids_due_at is not None
    play.until(common.bids_due_at + SECOND)
    for played in (common, joint):
        open_bids(played.project, by=cast["officer"].actor())
    return made


def lie(played: play.Played, lot: str, i: int) -> Refused:
    """A crooked program: truthful words, and another share than the one they are about."""
    player = played.cast.trustees[i - 1]
    asked = shares_for(lot, player.actor())
    assert asked is not None
    given, said = [], []
    for lid in asked["lids"]:
        for part in lid["parts"]:
            y = open_share(asked["pid"], part, i, player.trustee_keys[played.project])
            about = {"lid": lid["id"], "part": part["part"]}
            given.append(about | {"y": bytes([y[0] ^ 1, *y[1:]]).hex()})
            said.append(about | {"commit": part["commit"][i - 1]})
    now = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    word = build_release(asked["pid"], i, said, now)
    with pytest.raises(Refused) as caught:
        release_share(lot, by=player.actor(), releases=given, statement=word, **player.sign(release_digest(word)))
    return caught.value


def bids_of(house: House, key: str) -> Someone:
    return house.enter(key).open("/supplier/bids/").unlock().sees("正在开标的投标")


def own(someone: Someone, scene: Scene, lot: str, n: int) -> Any:
    """The card of one bid on its bidder's page."""
    return someone.page.locator(f"#opening-{scene.bids[lot, n]['lid']['id'][:16]}")


def test_three_of_four_open_and_the_third_does_it_in_its_browser(scene: Scene, enter: Any) -> None:
    lot = scene.common.lots[0]
    assert scene.release(scene.common, lot, 1, 2)["waiting"] == 3
    third = enter("inspector_keeper").enrol().open(f"/trustee/lots/{lot}/").unlock()
    third.sees("将释放 3 份投标的 9 个密钥份额。").press("签名并释放份额").sees("已释放 9 个份额。")
    officer = enter("officer").open(f"/buyer/projects/{scene.common.project}/opening/")
    officer.sees(*BIDDERS, "900,000.00").sees_not("解密异常与责任")


def test_a_lying_trustee_is_named_to_everybody_and_stops_nobody(scene: Scene, enter: Any) -> None:
    lot = scene.common.lots[1]
    assert lie(scene.common, lot, 2).code == "release-share"
    officer = enter("officer").open(f"/buyer/projects/{scene.common.project}/opening/")
    officer.sees("9 份份额有误，未采用")
    assert scene.release(scene.common, lot, 1, 3, 4)["opened"] == 3
    officer.open(f"/buyer/projects/{scene.common.project}/opening/")
    named = ("有份额或报告被证明有误，没有采用", "2 号 平台运营机构", "规则 c")
    officer.sees(*named).shot("failure-lie")
    inspector = enter("inspector").open(f"/supervisor/projects/{scene.common.project}/opening/").sees(*named)
    enter("supplier2").open(f"/supplier/projects/{scene.common.project}/opening/").sees(*named)
    link = inspector.page.get_by_role("link", name="下载证据文件").first.get_attribute("href")
    with urllib.request.urlopen(f"{scene.house.url}{link}") as answer:
        told = json.load(answer)
    wrong = [row for row in told["releases"] if row["fault"] == "share-wrong"]
    assert {row["i"] for row in wrong} == {2} and all(row["expected"] != row["got"] for row in wrong)
    assert wrong[0]["statement"]["v"] == "seal-release/1" and "share" not in wrong[0]


def test_one_absent_and_one_lying_leave_it_to_the_rescue_keys(scene: Scene, enter: Any) -> None:
    lot = scene.common.lots[2]
    lie(scene.common, lot, 3)
    scene.release(scene.common, lot, 1, 2)
    fourth = enter("audit_keeper").enrol().open(f"/trustee/lots/{lot}/").unlock()
    fourth.sees("只有其他项目的开标密钥，没有本项目的，没有发送任何内容。")
    first = bids_of(scene.house, "supplier1")
    card = own(first, scene, lot, 0)
    expect(card.get_by_text("持有人的份额还不够")).to_be_visible()
    first.shot("failure-rescue", live=True, again=lambda one: one.unlock())
    card.get_by_role("button", name="用自救密钥打开我的投标").click()
    first.sees("自救成功，您的投标已解密。")
    second = bids_of(scene.house, "supplier2")
    row = second.page.locator("[data-ref=bids] tr").filter(has_text="城东水厂水泵采购 · 3")
    with second.page.expect_download() as download:
        row.get_by_role("button", name="自救文件").click()
    second.page.locator("[data-ref=aside] summary").click()
    second.page.locator("#bids-rescue-pick").set_input_files(download.value.path())
    second.press("用自救文件打开我的投标").sees("自救成功，您的投标已解密。")


def test_in_mode_d_the_bidder_comes_or_its_bid_stays_shut(scene: Scene, enter: Any) -> None:
    lot = scene.joint.lots[0]
    assert scene.release(scene.joint, lot, 1, 2, 3) == {"opened": 0, "failed": 0, "waiting": 3}
    enter("").open(f"/projects/{scene.joint.project}/").sees("持有人全部串通也不能提前打开")
    first = bids_of(scene.house, "supplier1")
    card = own(first, scene, lot, 0)
    expect(card.get_by_text("需要您参与解密")).to_be_visible()
    expect(card.get_by_text("还有 0")).to_be_visible()
    first.shot("failure-joint", live=True, again=lambda one: one.unlock())
    card.get_by_role("button", name="参与解密：释放我的份额").click()
    first.sees("您的份额已释放，投标已解密。")
    remedies.give_share(scene.bids[lot, 1])
    assert decrypt_ready(lot)["opened"] == 1


def test_at_the_end_of_the_window_everybody_reads_the_same_causes(scene: Scene, enter: Any) -> None:
    play.until(clock.now() + timedelta(hours=2))
    time.sleep(1.1)  # pages look at the clock at most once a second
    settle_window(scene.common.project)
    settle_window(scene.joint.project)
    officer = enter("officer")
    absent = ("视为撤回", "有效的密钥份额不足", "开标密钥持有人原因：3 号 纪检监察", "4 号 审计", "赔偿直接损失")
    revoked = ("视为撤销", "投标人没有释放自己的解密份额", "投标人自身原因", "招标投标法实施条例 第三十五条", "规则 d")
    for played, words, shot in ((scene.common, absent, "withdrawn"), (scene.joint, revoked, "revoked")):
        hall = f"/buyer/projects/{played.project}/opening/"
        officer.open(hall).sees(*words).shot(f"failure-{shot}")
        enter("inspector").open(f"/supervisor/projects/{played.project}/opening/").sees(*words)
        enter("supplier3").open(f"/supplier/projects/{played.project}/opening/").sees(*words).sees(*BIDDERS[:2])
        officer.confirm("确认开标记录").sees("开标记录已确认并公布。")
        enter("").open(f"/projects/{played.project}/").sees(*words)
    third = bids_of(scene.house, "supplier3")
    expect(own(third, scene, scene.joint.lots[0], 2)).to_contain_text("视为撤销", timeout=PATIENCE)
    third.shot("failure-told", live=True, again=lambda one: one.unlock())


def test_when_a_tender_is_over_its_keys_are_destroyed_one_by_one(scene: Scene, enter: Any) -> None:
    terminate(scene.joint.project, by=scene.house.cast["publisher"].actor(), reason="需求取消")
    third = enter("inspector_keeper").open("/trustee/").sees("等您销毁密钥").press("去销毁密钥")
    third.unlock().sees("密钥簿里有这把私钥，将被删除。")
    third.shot("destroy-key", live=True, again=lambda one: one.unlock())
    third.page.get_by_label("我已销毁这把密钥的其他备份").check()
    third.press("删除密钥并签名声明").sees("密钥已从密钥簿删除，销毁声明已写入日志。")
    third.open("/trustee/").sees_not("等您销毁密钥")
    enter("").open(f"/projects/{scene.joint.project}/").sees("已声明销毁")
