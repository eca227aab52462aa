"""From the candidates to the signed contract: publicity, holds, rank one, letters, and not one fen beside the bid."""

import pytest

from sunshine.domain.contracts.models import Award, Contract, Letter, Objection
from sunshine.domain.sourcing.models import Lot
from sunshine.flows.object import object_
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from tests.interfaces.web.buyer_running.world import enter

pytestmark = pytest.mark.django_db


def tab(played: play.Played, name: str) -> str:
    return f"/buyer/lots/{played.lots[0]}/{name}/"


def lot_of(played: play.Played) -> Lot:
    return Lot.objects.get(public_id=played.lots[0])


def after_publicity(played: play.Played) -> None:
    play.until(stage.publicity_end(played.lots[0]))
    clock._last.clear()


def test_an_award_waits_for_the_publicity_and_for_every_objection(published: play.Played) -> None:
    publisher = enter(published.cast["publisher"])
    page = publisher.get(tab(published, "award")).content.decode()
    assert "候选人公示期不得少于3日" in page and 'aria-disabled="true"' in page
    assert publisher.post(tab(published, "award"), {"rank": "1"}).status_code == 422
    loser = published.cast.suppliers[2]
    event = object_(
        by=loser.actor(), project=published.project, lot=published.lots[0], target="candidates", text="第一名业绩造假"
    )
    after_publicity(published)
    for name in ("candidates", "award", "evaluation"):
        page = publisher.get(tab(published, name)).content.decode()
        assert "异议待答复" in page and 'data-verb="award"' in page and "条例 第二十二条、第五十四条" in page
    assert publisher.post(tab(published, "award"), {"rank": "1"}).status_code == 422
    assert not Award.objects.exists()
    late = publisher.get(f"/buyer/objections/{event.subject_id}/").content.decode()
    assert "第一名业绩造假" in late and "已超过答复期限" in late
    answered = publisher.post(f"/buyer/objections/{event.subject_id}/", {"effect": "dismissed", "text": "经核查属实。"})
    assert answered.status_code == 302 and lot_of(published).hold == ""
    assert publisher.post(tab(published, "award"), {"rank": "1"}).status_code == 302
    assert (
        publisher.post(f"/buyer/objections/{event.subject_id}/", {"effect": "upheld", "text": "x"}).status_code == 409
    )
    assert Objection.objects.get().effect == "dismissed"


def test_another_than_rank_one_needs_a_ground_of_the_law_and_the_facts(published: play.Played) -> None:
    after_publicity(published)
    publisher = enter(published.cast["publisher"])
    assert publisher.post(tab(published, "award"), {"rank": "2"}).status_code == 422
    assert publisher.post(tab(published, "award"), {"rank": "2", "reason": "更喜欢第二名"}).status_code == 422
    assert publisher.post(tab(published, "award"), {"rank": "9"}).status_code == 422
    assert not Award.objects.exists()
    given = {"rank": "2", "ground": "gave-up", "reason": "第一名来函放弃，见附件。"}
    assert publisher.post(tab(published, "award"), given).status_code == 302
    assert Award.objects.get().reason == "排名第一的中标候选人放弃中标：第一名来函放弃，见附件。"


def test_everybody_is_told_at_once_and_the_contract_follows_the_bid_to_the_fen(published: play.Played) -> None:
    after_publicity(published)
    cast = published.cast
    publisher, officer = enter(cast["publisher"]), enter(cast["officer"])
    assert publisher.post(tab(published, "award"), {"rank": "1"}).status_code == 302
    asked = publisher.get(tab(published, "award") + "notify/").content.decode()
    assert asked.count("中标结果通知书（附") == 2
    assert publisher.post(tab(published, "award") + "notify/").status_code == 302
    assert len(set(Letter.objects.values_list("sent_at", flat=True))) == 1
    assert "中标结果通知书" in publisher.get(tab(published, "award")).content.decode()
    award = Award.objects.select_related("bid").get()
    form = officer.get(tab(published, "contract")).content.decode()
    assert f'value="{award.amount_fen / 100:,.2f}"' in form
    good = {
        "amount_fen": f"{award.amount_fen / 100:.2f}",
        "delivery_days": str(award.bid.delivery_days),
        "quality": award.bid.quality,
        "terms": "验收合格后三十日内付款。",
    }
    for wrong in (
        {"amount_fen": f"{award.amount_fen / 100 + 0.01:.2f}"},
        {"delivery_days": "1"},
        {"quality": "差不多"},
    ):
        answer = officer.post(tab(published, "contract"), good | wrong)
        assert answer.status_code == 422 and "招标投标法 第四十六条" in answer.content.decode(), wrong
    assert publisher.post(tab(published, "contract"), good).status_code == 403
    made = officer.post(tab(published, "contract"), good)
    assert made.status_code == 302
    _sign(published, made.url)


def _sign(published: play.Played, url: str) -> None:
    cast = published.cast
    officer, signatory = enter(cast["officer"]), enter(cast["signatory"])
    contract = Contract.objects.get()
    assert "sun-sign" not in officer.get(url).content.decode()
    assert officer.post(url, {"terms": "验收合格后二十日内付款。"}).status_code == 302
    stale = cast["signatory"].sign_document(contract.digest)
    contract.refresh_from_db()
    page = signatory.get(url).content.decode()
    assert contract.digest in page and cast["signatory"].certificate.public_id in page
    signatory.post(url + "sign/", stale)  # a signature over the wording before the change
    contract.refresh_from_db()
    assert contract.stage == "drafted"
    assert officer.post(url + "sign/", stale).status_code == 403
    assert signatory.post(url + "sign/", cast["signatory"].sign_document(contract.digest)).status_code == 302
    contract.refresh_from_db()
    assert contract.stage == "half_signed"
    assert "sun-sign" not in signatory.get(url).content.decode()
    assert officer.post(url, {"terms": "改一改"}).status_code == 409
    listing = officer.get("/buyer/contracts/?stage=half_signed").content.decode()
    assert contract.public_id in listing
    assert "待中标人签署" in officer.get("/buyer/contracts/?export=csv").content.decode("utf-8-sig")
    for key in ("supplier1", "inspector", "expert1"):
        assert enter(cast[key]).get(url).status_code == 404


def test_a_long_list_of_objections_is_paged_and_stays_within_twenty_queries(
    published: play.Played, django_assert_max_num_queries
) -> None:
    by = published.cast.suppliers[2].actor()
    given = {"by": by, "project": published.project, "lot": published.lots[0], "target": "candidates"}
    for n in range(60):
        object_(text=f"第{n}件", **given)
    client = enter(published.cast["publisher"])
    for address in ("?stage=raised&sort=-raised_at", "?page=2", "?sort=nonsense&stage=nonsense&page=x"):
        with django_assert_max_num_queries(20):
            assert client.get("/buyer/objections/" + address).status_code == 200
    with django_assert_max_num_queries(20):
        assert client.get(tab(published, "candidates")).status_code == 200
