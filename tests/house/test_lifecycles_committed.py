"""What only real commits show: the witness trigger, and eight people doing the same thing at once."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from sunshine.domain.sourcing.models import Project
from sunshine.flows.open_bids import open_bids
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play
from tests.cast import real_cast  # noqa: F401

pytestmark = pytest.mark.whole


@pytest.mark.django_db(transaction=True)
def test_naming_a_step_by_hand_without_its_event_is_refused_at_commit(real_cast: play.Cast) -> None:  # noqa: F811
    played = play.a_project(real_cast)
    with pytest.raises(DatabaseError, match="without an event"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('sunshine.step', 'project:submit-review', true)")
        cursor.execute("update sourcing_project set stage = 'in_review' where public_id = %s", [played.project])
    assert Project.objects.get(public_id=played.project).stage == "draft"


@pytest.mark.django_db(transaction=True)
def test_eight_threads_open_the_same_bids_one_opens_seven_are_refused_one_event(
    real_cast: play.Cast,  # noqa: F811
) -> None:
    played = play.announced(play.a_project(real_cast))
    for supplier in real_cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    play.until(played.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    by = real_cast["officer"].actor()
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def officer() -> None:
        try:
            start.wait(timeout=30)
            open_bids(played.project, by=by)
            outcomes.append("opened")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=officer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["opened", *["wrong-stage"] * 7]
    assert Event.objects.filter(tag="project:open-bids").count() == 1
    assert Event.objects.filter(tag="lot:open-bids").count() == 1
