"""The log as programs fetch it and as people read it."""

import pytest
from django.test import Client

from sunshine.foundation.audit.models import Event
from sunshine.foundation.tlog import queries
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import play
from sunshine_proof.logaudit import audit_log

pytestmark = pytest.mark.django_db


def test_a_stranger_reads_the_whole_log_over_http_and_it_holds(announced: play.Played, client: Client) -> None:
    sequence.catch_up()

    def fetch(path: str) -> bytes | None:
        answer = client.get(f"/log/{path}")
        return answer.content if answer.status_code == 200 else None

    found = audit_log(fetch, log_vkey())
    assert found.checkpoint.size >= Event.objects.count()


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_never(announced: play.Played, client: Client) -> None:
    sequence.catch_up()
    head, tile = client.get("/log/checkpoint"), client.get("/log/tile/0/000.p/16")
    assert head["Content-Type"] == "text/plain; charset=utf-8" and head["Cache-Control"] == "no-cache"
    assert tile["Content-Type"] == "application/octet-stream" and "immutable" in tile["Cache-Control"]
    for answer in (head, tile):
        assert answer["Access-Control-Allow-Origin"] == "*" and "Vary" not in answer and not answer.cookies


def test_what_the_log_does_not_have_is_not_there(client: Client) -> None:
    assert client.get("/log/checkpoint").status_code == 404
    assert "还没有条目" in client.get("/log/").content.decode()
    for path in ("tile/0/000", "tile/0/000.p/16", "tile/0/0", "tile/entries/x/000", "tile/9/%00", "entries/0/"):
        assert client.get(f"/log/{path}").status_code == 404


def test_the_page_explains_the_newest_checkpoint_in_few_queries(
    announced: play.Played, client: Client, django_assert_max_num_queries
) -> None:
    sequence.catch_up()
    newest = queries.newest()
    assert newest is not None
    with django_assert_max_num_queries(5):
        page = client.get("/log/").content.decode()
    assert f"{newest.size:,}" in page and log_vkey().replace("+", "&#x2B;") in page.replace("+", "&#x2B;")


def test_an_entry_is_looked_up_by_its_number(announced: play.Played, client: Client) -> None:
    sequence.catch_up()
    place = queries.place_of(Event.objects.order_by("pk").first())  # type: ignore[arg-type]
    assert place is not None
    answer = client.get("/log/", {"entry": str(place.index)})
    assert answer.status_code == 302 and answer["Location"] == f"/log/entries/{place.index}/"
    page = client.get(answer["Location"]).content.decode()
    entry = queries.entry(place.index)
    assert entry is not None and entry.hex() in page
    for wrong in ("x", "-1", "1.5", "٣", "9" * 30):
        page = client.get("/log/", {"entry": wrong}).content.decode()
        assert "请填一个整数序号" in page
    assert client.get(f"/log/entries/{queries.size()}/").status_code == 404


def test_the_verification_page_judges_a_proof(announced: play.Played, client: Client) -> None:
    sequence.catch_up()
    event = Event.objects.filter(tag="project:announce").get()
    place = queries.place_of(event)
    assert place is not None
    page = client.post("/verify/", {"proof": place.proof.replace("\n", "\r\n")}).content.decode()
    assert "证明成立" in page and "project:announce" in page and f"/log/entries/{place.index}/" in page
    wrong = place.proof.replace(f"index {place.index}\n", f"index {place.index + 1}\n")
    for text, why in ((wrong, "不在日志的那个位置上"), (place.proof[:200], "原样粘贴")):
        page = client.post("/verify/", {"proof": text}).content.decode()
        assert "证明不成立" in page and why in page
