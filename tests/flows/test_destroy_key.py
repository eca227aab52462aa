"""Per-tender keys end with the contract: who may say so, when, and how often the others are reminded."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from sunshine.domain.publishing.models import Notification
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows.destroy_key import AGAIN_AFTER, ask_to_destroy, destroy_key
from sunshine.flows.terminate import terminate
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import CLOCK
from sunshine.interfaces.rehearsal import play
from sunshine_proof.agefile import new_secret, recipient_of, secret_of
from sunshine_proof.destroyed import build_destroyed, destroyed_digest
from tests.flows.conftest import again
from tests.flows.crooked import refused

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


@pytest.fixture(scope="module")
def announced_once(ground: play.Cast) -> play.Played:
    return play.announced(play.a_project(ground))


@pytest.fixture
def running(announced_once: play.Played, db: None) -> play.Played:
    return again(announced_once)


@pytest.fixture
def over(running: play.Played) -> play.Played:
    terminate(running.project, by=running.cast["publisher"].actor(), reason="资金取消")
    return running


def word(played: play.Played, i: int, **change: Any) -> dict[str, Any]:
    """The signed statement of trustee i, as its browser makes it."""
    player, now = played.cast.trustees[i - 1], clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    role = TrusteeSeat.objects.get(project__public_id=played.project, i=i).role
    recipient = recipient_of(secret_of(player.trustee_keys[played.project]))
    said = build_destroyed(played.project, role, recipient, now) | change
    return {"statement": said, **player.sign(destroyed_digest(said))}


def destroy(played: play.Played, i: int, **change: Any) -> Any:
    return destroy_key(played.project, by=played.cast.trustees[i - 1].actor(), **word(played, i, **change))


def test_while_a_lot_lives_no_key_is_destroyed_and_nobody_is_asked_to(running: play.Played) -> None:
    assert refused(destroy, running, 1).code == "key-still-needed"
    assert ask_to_destroy(by=CLOCK) == 0


def test_each_holder_says_so_once_and_the_word_is_logged(over: play.Played) -> None:
    event = destroy(over, 1)
    assert event.tag == "project:destroy-key" and event.facts["statement"]["v"] == "key-destroyed/1"
    assert refused(destroy, over, 1).code == "key-already-destroyed"
    assert Event.objects.filter(tag="project:destroy-key").count() == 1
    assert TrusteeSeat.objects.filter(destroyed_at__isnull=False).count() == 1


@pytest.mark.parametrize(
    "change",
    [{"recipient": recipient_of(new_secret())}, {"tender": "P-0"}, {"role": "审计"}, {"v": "x"}, {"time": 5}],
)
def test_a_word_about_something_else_is_refused(over: play.Played, change: dict[str, Any]) -> None:
    assert refused(destroy, over, 1, **change).code == "key-statement-wrong"


def test_nobody_speaks_for_another_holder(over: play.Played) -> None:
    said = word(over, 1)
    assert refused(destroy_key, over.project, by=over.cast.trustees[1].actor(), **said).code == "key-statement-wrong"
    for key in ("officer", "supplier1", "inspector"):
        assert refused(destroy_key, over.project, by=over.cast[key].actor(), **said).code == "not-found"
    forged = said | {"signature": word(over, 2)["signature"]}
    assert refused(destroy_key, over.project, by=over.cast.trustees[0].actor(), **forged).code == "signature-invalid"


def test_the_others_are_reminded_every_week_until_it_is_done(over: play.Played) -> None:
    destroy(over, 1)
    asked = Notification.objects.filter(kind="key-to-destroy")
    assert ask_to_destroy(by=CLOCK) == 3 and asked.count() == 3
    assert ask_to_destroy(by=CLOCK) == 0
    destroy(over, 2)
    play.until(clock.now() + AGAIN_AFTER + timedelta(seconds=1))
    assert ask_to_destroy(by=CLOCK) == 2 and asked.count() == 5
