"""One open tender from plan to signed contract, through the flows alone."""

from datetime import timedelta

import pytest

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.interfaces.rehearsal import play, stage
from tests.cast import cast  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_two_lot_tender_runs_from_plan_to_contract_and_one_lot_fails_for_lack_of_bidders(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast, lots=2))
    first, second = played.lots
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, first, supplier, total_fen=900_000_00 + n * 10_000_00)
    play.bid(played, second, cast.suppliers[0])
    play.until(played.bids_due_at + timedelta(seconds=1))
    open_bids(played.project, by=cast["officer"].actor())
    assert Lot.objects.get(public_id=second).stage == "failed"
    stage.release_all(played, first, trustees=3)
    confirm_opening(played.project, by=cast["officer"].actor())
    assert OpenedBid.objects.filter(lot__public_id=first).count() == 3
    stage.evaluated(played, first)
    stage.candidates(played, first)
    stage.awarded(played, first)
    stage.contracted(played, first)
    assert Lot.objects.get(public_id=first).stage == "contract_signed"
    assert Lot.objects.get(public_id=second).stage == "failed"
    assert Project.objects.get(public_id=played.project).stage == "opened"
