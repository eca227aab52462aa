"""The jobs: mail in the reader's language, notices that can be found, windows that end, one hand at a time."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.core.management import call_command

from sunshine.domain.bidding.models import OpenedBid, SealedBid
from sunshine.domain.parties.models import Person
from sunshine.domain.publishing.models import Notification
from sunshine.domain.publishing.tell import tell
from sunshine.flows.open_bids import open_bids
from sunshine.foundation import clock
from sunshine.foundation.outbox.models import Parcel
from sunshine.foundation.tlog import sequencer
from sunshine.foundation.tlog.models import Checkpoint
from sunshine.insight import search
from sunshine.interfaces.jobs import minute
from sunshine.interfaces.rehearsal import play, stage
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path) -> None:
    settings.SEARCH_INDEX = tmp_path / "search"


def test_mail_goes_out_once_in_each_readers_language(cast: play.Cast, mailoutbox: list[Any]) -> None:  # noqa: F811
    Parcel.objects.all().delete()
    Notification.objects.all().delete()
    english = cast["supplier1"].person
    Person.objects.filter(pk=english.pk).update(language="en")
    people = [english.pk, cast["supplier2"].person.pk]
    tell(people, "documents-changed", {"title": "水泵\r\nBcc: evil@x.example"}, url="/projects/P-1/", at=clock.now())
    call_command("run_jobs", "--once")
    call_command("run_jobs", "--once")
    assert len(mailoutbox) == 2
    chinese = next(m for m in mailoutbox if m.to == [cast["supplier2"].person.email])
    assert "招标文件有澄清或修改" in chinese.subject
    assert "\n" not in chinese.subject and chinese.bcc == []
    assert f"{live.PUBLIC_URL}/projects/P-1/" in chinese.body
    foreign = next(m for m in mailoutbox if m.to == [english.email])
    assert "招标文件有澄清或修改" not in foreign.body
    assert not Parcel.objects.filter(done_at=None).exists()


def test_an_announced_notice_can_be_found_by_its_words(cast: play.Cast) -> None:  # noqa: F811
    first = play.announced(play.a_project(cast, title="城西水厂取水泵更新"))
    call_command("run_jobs", "--once")
    second = play.announced(play.a_project(cast, title="办公楼空调清洗服务"))
    call_command("run_jobs", "--once")
    assert first.project != second.project
    assert search.search(live.SEARCH_INDEX, "城西水厂").total == 1
    assert search.search(live.SEARCH_INDEX, "空调清洗").total == 1


def test_the_running_log_names_events_but_no_person_no_fact_and_no_mail(
    cast: play.Cast,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    played = play.announced(play.a_project(cast))
    play.bid(played, played.lots[0], cast["supplier1"])
    with caplog.at_level(logging.INFO, "sunshine.jobs"):
        call_command("run_jobs", "--once")
    text = caplog.text
    assert f"project:announce project/{played.project}#" in text
    assert "bid:" not in text
    for player in cast.players.values():
        assert player.person.public_id + "@" not in text
        assert player.email not in text


def test_shares_that_suffice_are_used_and_a_window_that_ended_is_settled(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast, lots=2))
    first, second = played.lots
    for supplier in cast.suppliers:
        play.bid(played, first, supplier)
        play.bid(played, second, supplier)
    play.until(played.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    open_bids(played.project, by=cast["officer"].actor())
    for i, player in enumerate(cast.trustees[:3], 1):
        stage.release(played, first, player, i)
    for i, player in enumerate(cast.trustees[:2], 1):
        stage.release(played, second, player, i)
    call_command("run_jobs", "--once")
    assert OpenedBid.objects.filter(lot__public_id=first).count() == 3
    assert SealedBid.objects.filter(lot__public_id=second, stage="sealed").count() == 3
    play.until(clock.now() + timedelta(hours=3))
    call_command("run_jobs", "--once")
    rows = SealedBid.objects.filter(lot__public_id=second)
    assert {row.stage for row in rows} == {"deemed_withdrawn"}
    assert {row.outcome["legal"] for row in rows} == {"撤回"}


def test_a_task_that_fails_stops_no_other_and_its_message_stays_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = []

    def broken() -> int:
        raise RuntimeError("password=晴天")

    def working() -> int:
        done.append(1)
        return 1

    with caplog.at_level(logging.INFO, "sunshine.jobs"):
        minute.run((broken, working))
    assert done == [1]
    assert "broken failed: RuntimeError" in caplog.text
    assert "晴天" not in caplog.text


def test_the_checkpoint_under_which_a_box_was_closed_is_kept_for_good(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    for supplier in cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    sequencer.tick()
    play.until(played.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    open_bids(played.project, by=cast["officer"].actor())
    assert minute.pin_closings() == 0  # the list itself waits for its place
    closing = sequencer.tick()
    sequencer.tick(at_least=16)
    assert (minute.pin_closings(), minute.pin_closings()) == (1, 0)
    sequencer.thin(clock.now() + timedelta(days=1))
    assert closing is not None and list(Checkpoint.objects.filter(pinned=True)) == [closing]
