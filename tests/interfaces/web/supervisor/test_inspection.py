"""The inspectors' key: made by an inspector of a supervising body, in force from then on, and read by nobody else."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.bidding.models import VisitRecord
from sunshine.flows.publish_inspection_key import publish_inspection_key
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import inspection
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import Player, member
from sunshine_proof import agefile
from tests.interfaces.web.box.sealing import hand_in, seal, upload_all
from tests.interfaces.web.trustee.conftest import door

__all__ = ["door"]
pytestmark = [pytest.mark.django_db, pytest.mark.whole]
URL, POST = "/supervisor/inspection/", "/supervisor/inspection/key/"


@pytest.fixture
def pair() -> tuple[str, str]:
    """(identity, recipient) as the browser makes them."""
    secret = agefile.new_secret()
    return agefile.identity_of(secret), agefile.recipient_of(secret)


def post(client: Client, recipient: Any) -> Any:
    return client.post(POST, json.dumps({"recipient": recipient}), content_type="application/json")


def visit_of(lid: str) -> bytes:
    return bytes(VisitRecord.objects.get(bid__lid_id=lid).sealed)


def read(identity: str, sealed: bytes) -> Any:
    return json.loads(agefile.decrypt_bytes(identity, sealed))


def test_a_key_published_in_the_browser_is_the_one_that_the_box_seals_to(
    cast: play.Cast, door: Any, pair: tuple[str, str], tmp_path: Path
) -> None:
    played = play.announced(play.a_project(cast))
    early, late = (seal(played, played.lots[0], one, tmp_path) for one in cast.suppliers[:2])
    assert hand_in(Client(), upload_all(Client(), early)).status_code == 201
    inspector = door(cast["inspector"])
    assert "还没有公布监督密钥" in inspector.get(URL).content.decode()
    assert post(inspector, pair[1]).status_code == 201
    page = inspector.get(URL).content.decode()
    assert pair[1] in page and cast["inspector"].person.name in page and 'data-mine="yes"' in page
    [event] = Event.objects.filter(tag="inspection:publish-key")
    assert event.facts["recipient"] == pair[1]
    assert post(inspector, pair[1]).status_code == 201  # its answer was lost: the same again is no second act
    assert Event.objects.filter(tag="inspection:publish-key").count() == 1
    assert hand_in(Client(), upload_all(Client(), late)).status_code == 201
    assert read(pair[0], visit_of(late.lid["id"]))["lid"] == late.lid["id"]
    with pytest.raises(agefile.AgeError):
        agefile.decrypt_bytes(pair[0], visit_of(early.lid["id"]))
    assert len(visit_of(early.lid["id"])) == len(visit_of(late.lid["id"]))
    url = f"/supervisor/projects/{played.project}/opening/visits.json"
    assert inspector.get(url).status_code == 404  # nothing before the opening, not even how many
    play.bid(played, played.lots[0], cast.suppliers[2])
    stage.opened(played)
    told = {one["lid"]: one for one in inspector.get(url).json()["visits"]}
    mine = told[late.lid["id"]]
    assert mine["bidder"] == cast.suppliers[1].actor().organisation_name
    assert read(pair[0], base64.b64decode(mine["sealed"]))["v"] == "visit/1"
    assert url in inspector.get(f"/supervisor/projects/{played.project}/opening/").content.decode()
    for key in ("officer", "verifier", "supplier1", "keeper"):
        assert door(cast[key]).get(url).status_code == 403


def test_nobody_but_an_inspector_of_a_supervising_body_makes_the_key(
    cast: play.Cast, door: Any, pair: tuple[str, str]
) -> None:
    inside = member(cast["group"], "何察", "inside@yunling.example", "inspector")  # one that is the buyer's own
    others: list[Player] = [cast[key] for key in ("officer", "verifier", "supplier1", "keeper", "auditor")]
    for player in [*others, inside]:
        assert post(door(player), pair[1]).status_code in (403, 404), player.person.name
        with pytest.raises(Refused) as refused:
            publish_inspection_key(by=player.actor(), recipient=pair[1])
        assert refused.value.code == "inspection-not-yours"
    assert post(Client(), pair[1]).status_code == 401
    assert inspection.published() is None


def test_a_newer_key_takes_over_and_an_old_one_never_comes_back(cast: play.Cast, pair: tuple[str, str]) -> None:
    first, second = pair[1], agefile.recipient_of(agefile.new_secret())
    colleague = member(cast["inspection_admin"], "吴二", "second@inspection.example", "inspector")
    publish_inspection_key(by=cast["inspector"].actor(), recipient=first)
    publish_inspection_key(by=colleague.actor(), recipient=second)
    assert inspection.recipient() == second
    for by, old in ((cast["inspector"], first), (cast["inspector"], second), (colleague, first)):
        with pytest.raises(Refused) as refused:
            publish_inspection_key(by=by.actor(), recipient=old)
        assert refused.value.code == "inspection-key-old"
    assert inspection.recipient() == second


@pytest.mark.parametrize("odd", ["", "age1", "x", "AGE-SECRET-KEY-1QQ", "age1\u0000", 7, None, ["age1"]])
def test_what_is_no_recipient_is_refused(cast: play.Cast, door: Any, odd: Any) -> None:
    assert post(door(cast["inspector"]), odd).status_code in (409, 422)
    assert inspection.published() is None


def test_a_key_kept_in_an_office_stays_in_force_and_is_not_replaced_over_the_web(
    cast: play.Cast, door: Any, pair: tuple[str, str], settings: Any
) -> None:
    publish_inspection_key(by=cast["inspector"].actor(), recipient=agefile.recipient_of(agefile.new_secret()))
    settings.INSPECTION_RECIPIENT = pair[1]
    assert inspection.recipient() == pair[1]
    answer = post(door(cast["inspector"]), agefile.recipient_of(agefile.new_secret()))
    assert (answer.status_code, answer.json()["code"]) == (409, "inspection-key-outside")
    page = door(cast["inspector"]).get(URL).content.decode()
    assert "以文件保管" in page and "sun-inspection-key" not in page
    assert read(pair[0], inspection.seal({"address": "203.0.113.77"})) == {"address": "203.0.113.77"}
