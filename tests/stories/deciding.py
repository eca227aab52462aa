"""Last part of the story: candidates, an objection, the award, the contract, and the page that tells it all."""

from datetime import timedelta

from sunshine.domain.contracts.queries.rehearsal import publicity_end
from tests.stories.opening import BIDDERS
from tests.stories.people import Someone
from tests.stories.preparing import METERS, PUMPS, TITLE, Tale

COMPLAINT = "候选人的供货业绩证明材料似有矛盾，请复核。"
ANSWER = "经核对原件，业绩材料真实有效，详见复核记录。"


def candidates_published(tale: Tale) -> None:
    publisher, visitor, lot = tale.house.enter("publisher"), tale.house.enter(""), tale.lots[0]
    publisher.open(f"/buyer/lots/{lot}/candidates/").confirm("公示候选人").sees("候选人已公示。", BIDDERS[0])
    visitor.open("/notices/").press_containing("候选人").sees(BIDDERS[0], "898,800.00").shot("candidates")


def objected(tale: Tale) -> None:
    """A losing bidder objects; everything about lot 1 stands still until the answer; the public never learns who."""
    loser, publisher = tale.house.enter("supplier2"), tale.house.enter("publisher")
    visitor, lot = tale.house.enter(""), tale.lots[0]
    loser.open("/supplier/results/").press(TITLE).sees("我的投标").press("对评标结果提出异议")
    loser.give(text=COMPLAINT).press("提出异议").sees("还没有答复。").shot("objection")
    visitor.open(f"/projects/{tale.project}/").sees("暂停").sees_not(COMPLAINT)
    tale.wait_until(publicity_end(lot) + timedelta(minutes=1))
    publisher.open(f"/buyer/lots/{lot}/award/").sees("答复之前，这个标段的后续环节全部暂停。").shot("hold")
    publisher.open("/buyer/objections/").press_containing(PUMPS).sees(COMPLAINT)
    publisher.give(effect="dismissed", text=ANSWER).press("答复异议").sees("已答复，异议人已收到通知。")
    loser.open(loser.here).sees(ANSWER)


def awarded(tale: Tale) -> None:
    """Award, then all letters at once; each bidder reads its own marks and no other's."""
    publisher, visitor, lot = tale.house.enter("publisher"), tale.house.enter(""), tale.lots[0]
    tale.wait_until(publicity_end(lot) + timedelta(minutes=1))
    publisher.open(f"/buyer/lots/{lot}/award/").press("定标", publisher.page.locator("main form"))
    publisher.sees("尚未发出", BIDDERS[0])
    loser = tale.house.enter("supplier2").open("/supplier/results/").press(TITLE).sees("结果还没有通知")
    publisher.open(f"/buyer/lots/{lot}/award/notify/")
    publisher.shot("notify").press("发出中标通知书").sees("中标通知书").shot("award")
    loser.open(loser.here).sees("未中标", "我的各项得分", "33.5").shot("result")
    loser.sees_not("30.00</td>", "36</td>")
    tale.house.enter("supplier1").open("/supplier/results/").press(TITLE).sees("中标通知书", "898,800.00")
    visitor.open("/results/").sees(BIDDERS[0]).shot("results")


def contracted(tale: Tale) -> None:
    """Drafted from the bid, signed by both in their browsers, published by itself."""
    officer, signatory = tale.house.enter("officer"), tale.house.enter("signatory")
    winner, visitor, lot = tale.house.enter("supplier1"), tale.house.enter(""), tale.lots[0]
    officer.open(f"/buyer/lots/{lot}/contract/").give(amount_fen="898800.01").press("起草合同").sees("不一致")
    officer.give(amount_fen="898800.00").press("起草合同").sees("898,800.00", "待采购人签署")
    page = officer.here
    signatory.enrol().open(page).shot("contract").press("签订合同").sees("采购人已签署，等待中标人签署。")
    winner.open("/supplier/contracts/").press_containing(TITLE).sees("与投标文件逐项比对")
    winner.shot("supplier-contract").press("签订合同").sees("合同已由双方签订")
    visitor.open("/notices/").press_containing("合同").sees(BIDDERS[0], "898,800.00").shot("contract-notice")


def whole_story(tale: Tale) -> None:
    """One public page tells it all; a stranger still learns no more than anybody."""
    visitor: Someone = tale.house.enter("").open(f"/projects/{tale.project}/")
    visitor.sees(TITLE, PUMPS, METERS, "流标", "合同", BIDDERS[0], "898,800.00").shot("project")
    visitor.sees_not(COMPLAINT, *(tale.house.cast[key].name for key in tale.members if key.startswith("expert")))
    visitor.open("/").sees(TITLE).shot("home")
    visitor.open("/register/supplier/").shot("register")
    visitor.open("/verify/").shot("verify")
