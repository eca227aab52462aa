"""双信封: the technical envelope first; prices only when the panel's result is fixed; rejected prices never."""

import pytest

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.sourcing.models import Lot
from sunshine.interfaces.rehearsal import play, stage

pytestmark = pytest.mark.django_db


def test_a_tender_with_two_envelopes_runs_from_the_first_opening_to_the_contract(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two"))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 10_000_00)
    stage.opened(played)
    assert list(OpenedBid.objects.filter(lot__public_id=lot).values_list("total_fen", flat=True)) == [None] * 3
    stage.evaluated(played, lot)
    assert sorted(OpenedBid.objects.values_list("total_fen", flat=True)) == [900_000_00, 910_000_00, 920_000_00]
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    stage.contracted(played, lot)
    assert Lot.objects.get(public_id=lot).stage == "contract_signed"
