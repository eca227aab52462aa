"""The evaluation room: from the check-in to the signed report, and nobody sees another's scores too early."""

import json

import pytest

from sunshine.domain.evaluation.models import EvaluationReport, PanelMember, Score, Verdict
from sunshine.domain.sourcing.models import Lot
from sunshine.flows.rank import reopen_scoring
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import stage
from tests.interfaces.web.buyer_running.world import enter
from tests.interfaces.web.expert.conftest import Room

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def names(room: Room) -> list[str]:
    return [supplier.actor().organisation_name for supplier in room.played.cast.suppliers]


def test_bidders_are_named_only_after_the_check_in_with_its_declaration(room: Room) -> None:
    client = room.client(0)
    before = client.get("/expert/").content.decode() + client.get(room.seat(0)).content.decode()
    assert not any(name in before for name in names(room))
    refused = client.post(room.seat(0, "check-in/"))
    assert refused.status_code == 422 and "请声明" in refused.content.decode()
    assert not any(name in refused.content.decode() for name in names(room))
    room.check_in(0)
    after = client.get(room.seat(0)).content.decode()
    assert all(name in after for name in names(room))


def test_a_recused_expert_leaves_and_learns_nothing_more_while_the_next_in_order_takes_the_seat(room: Room) -> None:
    room.check_in(0)
    client = room.client(0)
    assert client.post(room.seat(0, "recuse/"), {"reason": " "}).status_code == 422
    assert client.post(room.seat(0, "recuse/"), {"reason": "与一家投标人有亲属关系"}).status_code == 302
    page = client.get(room.seat(0)).content.decode()
    assert not any(name in page for name in names(room))
    assert client.get(room.seat(0, f"bids/{room.bids[0]}/files/1/")).status_code == 404
    assert PanelMember.objects.filter(panel__lot__public_id=room.lot, stage="drawn").count() == 5


def test_a_row_is_saved_through_htmx_and_a_refused_value_is_explained_at_its_cell(room: Room) -> None:
    room.check_in(0)
    client, bid = room.client(0), room.bids[0]
    url = room.seat(0, f"bids/{bid}/")
    answer = client.post(url, {"score-plan": "36", "score-service": "20.5"}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="say-{bid}-plan">分值应在 0 到 35 之间' in page
    kept = {score.criterion: str(score.value) for score in Score.objects.filter(member__person=room.members[0].person)}
    assert kept == {"service": "20.50"}
    answer = client.post(url, {"score-plan": "３５", "score-service": "20.5"}, **HTMX)
    assert answer.status_code == 200 and "已评完" in answer.content.decode()


@pytest.mark.parametrize(
    "bad", ["-1", "NaN", "1e3", "12.345", "<script>alert(1)</script>", "'; drop table x; --", "Infinity"]
)
def test_nonsense_in_a_cell_is_refused_and_escaped(room: Room, bad: str) -> None:
    room.check_in(0)
    answer = room.client(0).post(room.seat(0, f"bids/{room.bids[0]}/"), {"score-plan": bad})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()
    assert not Score.objects.exists()


def test_a_rejection_needs_its_ground_and_its_reason(room: Room) -> None:
    room.check_in(0)
    client, url = room.client(0), room.seat(0, f"bids/{room.bids[0]}/")
    assert client.post(url, {"reason_code": "R51-6"}).status_code == 422
    assert client.post(url, {"reason_code": "R99", "reason": "x"}).status_code == 422
    assert not Verdict.objects.filter(reject=True).exists()
    assert client.post(url, {"reason_code": "R51-6", "reason": "没有响应交货期"}).status_code == 302
    assert Verdict.objects.get().reason_code == "R51-6"


def test_scores_cannot_be_locked_before_every_bid_is_judged_nor_changed_afterwards(room: Room) -> None:
    room.check_in(0)
    client = room.client(0)
    assert "还没有评完" in client.get(room.seat(0, "lock/")).content.decode()
    client.post(room.seat(0, "lock/"))
    assert PanelMember.objects.get(public_id=room.duties[0].member).stage == "present"
    for bid in room.bids:
        room.score(0, bid)
    client.post(room.seat(0, "lock/"))
    assert PanelMember.objects.get(public_id=room.duties[0].member).stage == "locked"
    late = client.post(room.seat(0, f"bids/{room.bids[0]}/"), {"score-plan": "1"}, **HTMX)
    assert late.status_code == 422
    assert set(Score.objects.filter(criterion="plan").values_list("value", flat=True)) == {30}


def test_nobody_sees_anothers_scores_before_all_have_locked(room: Room) -> None:
    room.check_in(0)
    mark = "17.77"
    for bid in room.bids:
        room.score(0, bid, mark)
    room.client(0).post(room.seat(0, "lock/"))
    room.check_in(1)
    other, cast, bid = room.client(1), room.played.cast, room.bids[0]
    own = ["", "scores.csv", "lock/"]
    for tail in own:  # a colleague, on his own pages
        assert mark not in other.get(room.seat(1, tail)).content.decode()
    saved = other.post(room.seat(1, f"bids/{bid}/"), {"score-plan": "20"}, **HTMX)
    assert mark not in saved.content.decode()
    tails = ["", "scores.csv", "report.json", "lock/", "recuse/", f"bids/{bid}/files/1/"]
    buyer = [f"/buyer/lots/{room.lot}/{tab}/" for tab in ("panel", "evaluation", "candidates", "award")]
    exports = [f"/buyer/lots/{room.lot}/evaluation/report.{kind}" for kind in ("json", "csv", "xlsx")]
    strangers = ["officer", "publisher", "verifier", "inspector", "supplier1", "op_keeper"]
    for client in [other, *(enter(cast[key]) for key in strangers)]:
        for tail in tails:  # another member's own address
            assert client.get(room.seat(0, tail)).status_code in (403, 404), tail
        assert client.post(room.seat(0, f"bids/{bid}/"), {"score-plan": "1"}, **HTMX).status_code in (403, 404)
        for act in ("lock/", "rank/", "reopen/", "sign/", "check-in/", "recuse/"):
            assert client.post(room.seat(0, act), {"reason": "x"}).status_code in (403, 404), act
        for page in buyer + exports:
            answer = client.get(page)
            assert mark.encode() not in b"".join(answer.streaming_content if answer.streaming else [answer.content])
    assert all(enter(cast["officer"]).get(page).status_code == 404 for page in exports)
    assert mark in room.client(0).get(room.seat(0, "scores.csv")).content.decode()
    assert room.client(0).post(room.seat(0, "rank/")).status_code == 422


def test_the_panel_ranks_and_signs_together_and_the_report_can_be_recomputed(
    room: Room, django_assert_max_num_queries
) -> None:
    for n in range(5):
        room.lock(n, offset=n)
    for n in range(5):
        client = room.client(n)
        with django_assert_max_num_queries(20):
            page = client.get(room.seat(n)).content.decode()
        assert "5：26" in page  # the fifth member's mark, now visible to all
    assert room.client(1).post(room.seat(1, "rank/")).status_code == 422  # not the chair
    assert room.client(0).post(room.seat(0, "rank/")).status_code == 302
    client = room.client(2)
    with django_assert_max_num_queries(20):
        page = client.get(room.seat(2)).content.decode()
    assert "可验证" in page and "sun-sign" in page
    content = json.loads(room.client(2).get(room.seat(2, "report.json")).content)
    assert content == EvaluationReport.objects.get().content
    digest = EvaluationReport.objects.get().digest
    for n, player in enumerate(room.members):
        signed = player.sign_document(digest) | {"dissent": "对第二名的方案评价过低，理由如下。" if n == 4 else ""}
        assert room.client(n).post(room.seat(n, "sign/"), signed).status_code == 302
    assert Lot.objects.get(public_id=room.lot).stage == "report_signed"
    assert (
        "对第二名的方案评价过低"
        in enter(room.played.cast["officer"]).get(f"/buyer/lots/{room.lot}/evaluation/").content.decode()
    )


def test_a_signature_of_somebody_else_is_refused(room: Room) -> None:
    for n in range(5):
        room.lock(n)
    room.client(0).post(room.seat(0, "rank/"))
    stolen = room.members[1].sign_document(EvaluationReport.objects.get().digest)
    answer = room.client(0).post(room.seat(0, "sign/"), stolen)
    assert answer.status_code == 422 and "请使用本人的证书" in answer.content.decode()


def test_fewer_than_three_valid_bids_need_the_panels_reasoning(room: Room) -> None:
    for n in range(5):
        room.check_in(n)
        for place, bid in enumerate(room.bids):
            if place == 2:
                given = {"reason_code": "R51-6", "reason": "没有响应实质性要求"}
                assert room.client(n).post(room.seat(n, f"bids/{bid}/"), given).status_code == 302
            else:
                room.score(n, bid)
        room.client(n).post(room.seat(n, "lock/"))
    answer = room.client(0).post(room.seat(0, "rank/"))
    assert answer.status_code == 422 and "1117号" in answer.content.decode()
    assert room.client(0).post(room.seat(0, "rank/"), {"reasons": "两家报价均低于限价，竞争充分。"}).status_code == 302
    report = EvaluationReport.objects.get().content
    assert report["reasons"].startswith("两家") and len(report["rejections"]) == 1


def test_the_chair_sends_back_and_everybody_judges_and_locks_again(room: Room) -> None:
    for n in range(5):
        room.lock(n)
    assert room.client(0).post(room.seat(0, "reopen/"), {"reason": ""}).status_code == 422
    room.client(0).post(room.seat(0, "rank/"))
    assert room.client(1).post(room.seat(1, "reopen/"), {"reason": "重看"}).status_code == 422
    assert room.client(0).post(room.seat(0, "reopen/"), {"reason": "第二名的售后评分有误"}).status_code == 302
    assert set(PanelMember.objects.filter(panel__lot__public_id=room.lot).values_list("stage", flat=True)) == {
        "present"
    }
    assert Lot.objects.get(public_id=room.lot).stage == "evaluating"
    room.client(2).post(room.seat(2, "lock/"))
    assert "等待其他评委锁定评分" in room.client(2).get(room.seat(2)).content.decode()


def test_locked_scores_that_cannot_be_ranked_can_be_sent_back_but_not_before_all_have_locked(room: Room) -> None:
    room.lock(0)
    with pytest.raises(Refused, match="还有评委没有锁定"):
        reopen_scoring(room.lot, by=room.members[0].actor(), reason="更正客观分")
    for n in range(1, 5):
        room.lock(n)
    assert "退回评审" in room.client(0).get(room.seat(0)).content.decode()
    assert room.client(0).post(room.seat(0, "reopen/"), {"reason": "客观分项不一致"}).status_code == 302
    assert PanelMember.objects.get(public_id=room.duties[0].member).stage == "present"


def test_bid_files_are_open_to_members_inside_while_they_work_and_to_nobody_else_at_this_door(room: Room) -> None:
    file = f"bids/{room.bids[0]}/files/1/"
    assert room.client(0).get(room.seat(0, file)).status_code == 404  # not checked in
    room.check_in(0)
    client = room.client(0)
    answer = client.get(room.seat(0, file))
    assert answer.status_code == 200 and answer["X-Content-Type-Options"] == "nosniff"
    assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"])
    for n in (0, 999):
        assert client.get(room.seat(0, f"bids/{room.bids[0]}/files/{n}/")).status_code == 404
    assert client.get(room.seat(0, "bids/OB-unknown/files/1/")).status_code == 404
    for key in ("supplier1", "officer", "verifier"):
        assert enter(room.played.cast[key]).get(room.seat(0, file)).status_code in (403, 404)
    for n in range(5):
        if n:
            room.check_in(n)
        for bid in room.bids:
            room.score(n, bid)
        room.client(n).post(room.seat(n, "lock/"))
    room.client(0).post(room.seat(0, "rank/"))
    stage.sign_report(room.played, room.lot, room.members)
    assert client.get(room.seat(0, file)).status_code == 404  # the work is done: nothing is taken out


def test_visitors_log_in_and_people_without_a_seat_get_nothing(room: Room, client) -> None:
    assert client.get(room.seat(0)).url.startswith("/accounts/login/?next=/expert/members/")
    assert enter(room.played.cast["supplier1"]).get("/expert/").status_code == 403
    idle = next(p for p in room.played.cast.experts if p not in room.members)
    assert enter(idle).get("/expert/").status_code == 200
    assert enter(idle).get(room.seat(0)).status_code == 404


def test_the_room_stays_within_twenty_queries_while_scoring(room: Room, django_assert_max_num_queries) -> None:
    room.check_in(0)
    for page in ("/expert/", room.seat(0), room.seat(0, "lock/"), room.seat(0, "recuse/")):
        client = room.client(0)
        with django_assert_max_num_queries(20):
            assert client.get(page).status_code == 200
