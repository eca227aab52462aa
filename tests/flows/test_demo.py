"""The demonstration obeys the law, because it is played."""

from datetime import timedelta
from pathlib import Path

import pytest

from sunshine.domain.bidding.models import SealPolicy
from sunshine.domain.publishing.queries.evidence import evidence
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries
from sunshine.foundation.tlog.models import Checkpoint
from sunshine.interfaces.rehearsal import demo, keepsakes, play
from sunshine.interfaces.rehearsal.scenes import SCENES
from sunshine_proof.cosignature import quorum
from sunshine_proof.evidence.checks import check_evidence
from tests.cast import START

TODAY = START + timedelta(days=demo.LONGEST)
TWO = "景区综合管控平台建设"
SOME = (
    TWO,
    "城西水厂取水泵更新",
    "轨道几何尺寸检测仪采购",
    "站台门控制器采购",
    "老旧庭院管网改造物资",
    "蒸汽管网保温改造",
)


@pytest.mark.django_db
@pytest.mark.whole
def test_scenes_reach_their_stages_and_the_clock_arrives_at_today(tmp_path: Path) -> None:
    clock.start_rehearsal(START)
    casts = demo.perform(TODAY, scenes=[scene for scene in SCENES if scene.title in SOME], watch=tmp_path / "w")
    assert abs((clock.now() - TODAY).total_seconds()) < 60
    stages = {p.title: p.stage for p in Project.objects.all()}
    assert stages == {
        TWO: "opened",
        "城西水厂取水泵更新": "opened",
        "轨道几何尺寸检测仪采购": "opened",
        "站台门控制器采购": "announced",
        "老旧庭院管网改造物资": "terminated",
        "蒸汽管网保温改造": "in_review",
    }
    _two_envelopes_were_opened_one_after_the_other()
    assert sorted(Lot.objects.filter(project__title=SOME[1]).values_list("stage", flat=True)) == [
        "contract_signed",
        "failed",
    ]
    assert Lot.objects.get(project__title=SOME[2]).hold
    accounts = keepsakes.keep(casts)
    assert "officer@yunling.example" in keepsakes.table(accounts)
    _the_log_was_witnessed_every_evening_on_the_rehearsal_clock()


def _two_envelopes_were_opened_one_after_the_other() -> None:
    lot = Lot.objects.get(project__title=TWO)
    assert lot.stage == "contract_signed" and len(lot.price_opening.lids) == 4 == lot.opened_bids.count() - 1
    found = evidence(lot.project.public_id, clock.now())
    assert found is not None and check_evidence(found).holds


def _the_log_was_witnessed_every_evening_on_the_rehearsal_clock() -> None:
    vkeys = [one.vkey for one in queries.watching()]
    assert len(vkeys) == 3 and all(
        set(vkeys) == set(policy.content["witness_vkeys"]) for policy in SealPolicy.objects.all()
    )
    seen = Checkpoint.objects.filter(cosigned__gt=0)
    assert seen.count() > 20 and seen.last() == queries.newest()
    for head in seen:
        given = quorum(queries.note_of(head), vkeys, 3)
        assert all(0 <= at - int(head.at.timestamp()) <= 60 for _name, at in given), "at another time than the log's"


def test_more_than_forty_projects_in_all_stages_two_of_them_with_real_files() -> None:
    assert len(SCENES) >= 40 and sum(scene.real_files for scene in SCENES) == 2
    assert len({scene.title for scene in SCENES}) == len(SCENES)
    assert {scene.far for scene in SCENES} >= {
        "draft",
        "announced",
        "due",
        "opening",
        "evaluating",
        "candidates",
        "signed",
    }


@pytest.mark.django_db
def test_time_that_has_passed_meanwhile_is_no_error(cast: play.Cast) -> None:
    """The instant asked for may go by between a look at the clock and the step."""
    for _ in range(200):
        play.until(clock.now() + timedelta(microseconds=300))
    with pytest.raises(Refused, match="只能向前"):
        clock.advance(clock.now() - timedelta(seconds=1))
