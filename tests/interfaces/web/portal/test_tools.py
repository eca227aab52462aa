"""The page of tools: the file that is served, its hash, and its place in the log."""

import hashlib
import html
import re
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.publishing.queries.tools import builds
from sunshine.flows.publish_tool import publish_tool
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.pages import tools
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import minute, sequence
from sunshine.interfaces.rehearsal import play
from sunshine_proof.cli import bid, trustee, verify, witness
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.policy import policy_id
from sunshine_proof.tender import read_tender
from tests.cast import cast, ground  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


def test_the_file_served_is_the_one_whose_hash_stands_in_the_log(cast: play.Cast, client: Client) -> None:  # noqa: F811
    assert minute.publish_tools() == 1
    sequence.catch_up()
    served = client.get("/tools/sunshine-bid.html")
    digest = hashlib.sha256(served.content).hexdigest()
    assert "attachment" in served["Content-Disposition"]
    page = client.get("/tools/").content.decode()
    assert digest in page and "下载离线投标网页" in page
    proof = client.get(f"/tools/proofs/{digest}").content.decode()
    event = read_event_proof(proof, log_vkey()).event
    assert event["tag"] == "tool:publish" and event["facts"]["sha256"] == digest


def test_a_build_is_published_once_and_a_newer_one_again(cast: play.Cast) -> None:  # noqa: F811
    assert [minute.publish_tools(), minute.publish_tools()] == [1, 0]
    other = {"name": tools.NAME, "version": "9.9", "sha256": "ab" * 32, "size": 7}
    assert publish_tool(by=CLOCK, **other) and not publish_tool(by=CLOCK, **other)
    assert builds(tools.NAME)[0].version == "9.9"
    assert minute.publish_tools() == 1  # the build of the disk is served after all: that is a fact, too


def test_only_the_clock_and_the_operator_publish_a_tool(cast: play.Cast) -> None:  # noqa: F811
    with pytest.raises(Refused, match="系统"):
        publish_tool(by=cast["supplier1"].actor(), name=tools.NAME, version="1", sha256="ab" * 32, size=1)
    assert builds(tools.NAME) == []


def test_before_its_place_in_the_log_the_proof_is_not_there_yet(cast: play.Cast, client: Client) -> None:  # noqa: F811
    minute.publish_tools()
    known = builds(tools.NAME)[0].sha256
    assert client.get(f"/tools/proofs/{known}").status_code == 202
    assert "正在写入透明日志" in client.get("/tools/").content.decode()
    for unknown in ("0" * 64, "x", "%00"):
        assert client.get(f"/tools/proofs/{unknown}").status_code in (400, 404)


def test_an_installation_without_a_build_says_so(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(tools.finders, "find", lambda _: None)
    assert "还没有提供" in client.get("/tools/").content.decode()
    assert client.get("/tools/sunshine-bid.html").status_code == 404
    assert minute.publish_tools() == 0


def test_the_tender_file_of_a_lot_is_public_and_whole(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    [lot] = played.lots
    answer = client.get(f"/projects/{played.project}/lots/{lot}/tender.json")
    tender = read_tender(answer.content)
    tender.check_seats(played.bids_due_at)
    assert tender.pid == policy_id(played.policies[lot]).hex() and tender.deadline == played.bids_due_at
    assert f"/lots/{lot}/tender.json" in client.get(f"/projects/{played.project}/").content.decode()


def test_a_draft_has_no_tender_file_and_lots_of_other_projects_are_not_found(
    cast: play.Cast,  # noqa: F811
    client: Client,
) -> None:
    played, other = play.announced(play.a_project(cast)), play.a_project(cast)
    [lot] = played.lots
    for project, name in ((other.project, lot), (played.project, "L-0000000000"), (played.project, "x")):
        assert client.get(f"/projects/{project}/lots/{name}/tender.json").status_code == 404


def test_no_page_of_tools_writes_anything(cast: play.Cast, client: Client) -> None:  # noqa: F811
    before = builds(tools.NAME)
    for url in ("/tools/", "/tools/sunshine-bid.html"):
        assert client.get(url).status_code == 200
    assert builds(tools.NAME) == before == []


def test_every_command_on_the_page_is_one_that_the_programs_know(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    page = html.unescape(client.get("/tools/").content.decode())
    shown = set(re.findall(r"(?:<code>|^)(sunshine-\w+) (\w+)", page, re.M))
    assert ("sunshine-verify", "bundle") in shown and ("sunshine-trustee", "destroy") in shown
    programs = {
        "sunshine-bid": bid,
        "sunshine-trustee": trustee,
        "sunshine-verify": verify,
        "sunshine-witness": witness,
    }
    for program, act in sorted(shown):
        with pytest.raises(SystemExit) as left:
            programs[program].main([act, "--help"])
        assert left.value.code == 0, (program, act, capsys.readouterr())
