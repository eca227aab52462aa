"""The address of a project's public evidence: who gets it, when, and what it never tells."""

import json
from typing import Any

import pytest
from django.test import Client

from sunshine.flows.clarify import clarify
from sunshine.foundation.tlog import sequencer
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof.evidence.checks import check_evidence
from sunshine_proof.lid import new_box_secret

pytestmark = pytest.mark.whole


def address(played: play.Played) -> str:
    return f"/projects/{played.project}/evidence.json"


def test_the_file_comes_once_everything_is_logged_and_is_asked_for_again_cheaply(
    real_cast: play.Cast, client: Client
) -> None:
    played = play.announced(play.a_project(real_cast))
    soon = client.get(address(played), headers={"Accept-Language": "en"})
    assert soon.status_code == 503 and soon["Retry-After"] == "2" and soon["Cache-Control"] == "no-store"
    assert "log" in soon.content.decode() and "刚发生" in client.get(address(played)).content.decode()
    sequencer.tick()
    found = client.get(address(played))
    assert found.status_code == 200 and check_evidence(found.content).holds
    assert found["Content-Type"] == "application/json" and found["Cache-Control"] == "public, no-cache"
    assert found["Content-Disposition"] == f'attachment; filename="{played.project}.evidence.json"'
    again = client.get(address(played), headers={"If-None-Match": found["ETag"]})
    assert again.status_code == 304 and not again.content and again["ETag"] == found["ETag"]
    play.announced(play.a_project(real_cast, title="另一个项目"))
    sequencer.tick()
    assert client.get(address(played), headers={"If-None-Match": found["ETag"]}).status_code == 304
    assert client.get(address(played)).content == found.content
    officer = real_cast["officer"].actor()
    clarify(played.project, by=officer, text="补充安装尺寸图。", affects_preparation=False)
    sequencer.tick()
    assert client.get(address(played), headers={"If-None-Match": found["ETag"]}).status_code == 200


def test_only_projects_that_are_public_have_evidence_and_it_is_only_read(real_cast: play.Cast, client: Client) -> None:
    draft = play.a_project(real_cast)
    assert client.get(address(draft)).status_code == 404
    assert client.get("/projects/P-0000000000/evidence.json").status_code == 404
    played = play.announced(draft)
    assert client.post(address(played)).status_code == 405


def test_before_the_opening_page_and_file_are_the_same_with_seven_bids_as_with_none(
    real_cast: play.Cast, client: Client
) -> None:
    played = play.announced(play.a_project(real_cast, lots=2))
    before = told(client, played)
    for n in range(7):
        lot, secret = played.lots[n % 2], new_box_secret()
        token = unasked_token(lot, played.policies[lot], secret)
        play.bid(played, lot, real_cast[f"supplier{n % 3 + 1}"], box_secret=secret, token=token)
    assert told(client, played) == before


def told(client: Client, played: play.Played) -> Any:
    """What page and file say, without the instant and the log's growth, which everything on the platform moves."""
    sequencer.tick()
    page = client.get(f"/projects/{played.project}/").content.decode()
    proof = page[page.index('id="proof"') : page.index("</section>", page.index('id="proof"'))]
    body = json.loads(client.get(address(played)).content)
    events = [(event["payload"], event["salt"], event["index"]) for event in body["events"]]
    rest = {key: body[key] for key in body if key not in ("events", "head", "issued_at", "sig")}
    return proof, events, rest
