"""`sunshine-trustee destroy` in an office: its statement comes back over the page, and nobody else's does."""

import json
from pathlib import Path
from typing import Any

import pytest

from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows import seat_trustees
from sunshine.flows.terminate import terminate
from sunshine.foundation.audit.models import Event
from sunshine.interfaces.rehearsal import play
from tests.interfaces.web.trustee.conftest import Door
from tests.interfaces.web.trustee.test_files import Office, send, x509_pem

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
KEPT = "kept on its own machine"


@pytest.fixture
def offices(cast: play.Cast, tmp_path: Path) -> list[Office]:
    return [Office(tmp_path, player) for player in cast.trustees]


def announced(cast: play.Cast, offices: list[Office], door: Door) -> str:
    """A tender whose four keys were made by the command; its number."""
    played = play.a_project(cast)
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    for office, role in zip(offices, seat_trustees.SEATS, strict=True):
        card = office.make_card(played.project, role).read_bytes()
        assert "公钥已公布" in send(door(office.player), f"/trustee/projects/{played.project}/card/", card)
        office.player.trustee_keys[played.project] = KEPT
    play.announced(played)
    return played.project


@pytest.fixture
def tender(cast: play.Cast, offices: list[Office], door: Door) -> str:
    """Announced and terminated: nobody needs its keys any more."""
    project = announced(cast, offices, door)
    terminate(project, by=cast["publisher"].actor(), reason="资金取消")
    return project


def destroy(office: Office, project: str, name: str = "destroyed.json") -> bytes:
    out, key = office.folder / name, office.folder / f"{project}.key"
    assert office.run("destroy", "--key", key, "--out", out, "--yes") == 0
    assert not key.exists()
    return out.read_bytes()


def gone(project: str) -> int:
    return TrusteeSeat.objects.filter(project__public_id=project, destroyed_at__isnull=False).count()


def test_the_statement_of_the_command_is_taken_once_and_logged(tender: str, offices: list[Office], door: Door) -> None:
    office, url = offices[0], f"/trustee/projects/{tender}/destroyed-file/"
    client = door(office.player)
    page = client.get(f"/trustee/projects/{tender}/").content.decode()
    assert url in page and f"sunshine-trustee destroy --key {tender}.key" in page
    said = destroy(office, tender)
    told = send(client, url, said)
    assert "销毁声明已收下" in told and "您已声明销毁本项目的开标密钥" in told and url not in told
    [event] = Event.objects.filter(tag="project:destroy-key")
    assert event.facts["statement"] == json.loads(said)["statement"]
    assert "您已声明销毁这把密钥" in send(client, url, said) and gone(tender) == 1


def test_nobody_brings_the_statement_of_another_seat_or_of_another_tender(
    tender: str, cast: play.Cast, offices: list[Office], door: Door
) -> None:
    one, two = offices[:2]
    url = f"/trustee/projects/{tender}/destroyed-file/"
    foreign = destroy(two, tender)
    assert "与您在本项目的密钥不符" in send(door(one.player), url, foreign)
    # the other's certificate under a statement about this seat
    seat = TrusteeSeat.objects.get(project__public_id=tender, i=1)
    taken = json.loads(foreign)
    taken["statement"] |= {"role": seat.role, "recipient": seat.recipient}
    assert "销毁声明已收下" not in send(door(one.player), url, json.dumps(taken).encode())
    other = announced(cast, offices, door)
    elsewhere = destroy(one, other, "other.json")
    assert "与您在本项目的密钥不符" in send(door(one.player), url, elsewhere)
    # its own tender still lives: the word comes too early
    early = send(door(one.player), f"/trustee/projects/{other}/destroyed-file/", elsewhere)
    assert "在此之前密钥可能还要用" in early
    assert gone(tender) == gone(other) == 0
    assert "销毁声明已收下" in send(door(two.player), url, foreign)


def test_altered_statements_and_files_that_are_none_are_refused_with_a_code(
    tender: str, offices: list[Office], door: Door
) -> None:
    url = f"/trustee/projects/{tender}/destroyed-file/"
    client, said = door(offices[0].player), json.loads(destroy(offices[0], tender))

    def altered(**change: Any) -> bytes:
        return json.dumps(said | change).encode()

    later = said["statement"] | {"time": "2031-01-01T00:00:00Z"}
    assert "签名" in send(client, url, altered(statement=later))
    assert "与您在本项目的密钥不符" in send(client, url, altered(statement=said["statement"] | {"more": "x"}))
    assert "与您在本项目的密钥不符" in send(client, url, altered(signature="%%%"))
    assert "没有登记这张证书" in send(client, url, altered(certificate=x509_pem()))
    twice = json.dumps(said)[:-1].encode() + b',"signature":"AA=="}'
    broken = {b"{}": "file", b"[]": "file", b"\xff": "not-json", b"1.5": "not-json", twice: "not-json"}
    broken |= {altered(statement=[]): "destroyed-shape", altered(certificate="x"): "certificate-missing"}
    for data, code in broken.items():
        told = send(client, url, data)
        assert "没有采用" in told and code in told, data[:80]
    assert "文件太大" in send(client, url, b" " * 70_000)
    assert "请先选择文件" in client.post(url, follow=True).content.decode()
    assert gone(tender) == 0 and not Event.objects.filter(tag="project:destroy-key").exists()
