"""Acting over the API: the same flows, the same refusals, in one shape."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Project
from sunshine.interfaces.api.acts import LOT_ACTS, NOT_OFFERED, PROJECT_ACTS
from sunshine.interfaces.rehearsal import people, play, stage
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
API = "/api/v1"


def at_the_desk_of(player: people.Player) -> Client:
    client = Client()
    client.force_login(player.person, BACKEND)
    return client


def act(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"{API}{path}", body or {}, content_type="application/json")


def test_every_step_is_offered_or_says_why_not() -> None:
    for life, acts in ((PROJECT, PROJECT_ACTS), (LOT, LOT_ACTS)):
        explained = {tag.partition(":")[2] for tag in NOT_OFFERED if tag.startswith(f"{life.name}:")}
        assert set(acts) | explained == set(life.steps)
        assert not set(acts) & explained


def test_a_tender_is_reviewed_announced_and_opened_over_the_api(cast: play.Cast) -> None:  # noqa: F811
    played = play.with_trustees(play.a_project(cast))
    steps = f"/projects/{played.project}/steps"
    done = act(at_the_desk_of(cast["officer"]), f"{steps}/submit-review")
    assert (done.status_code, done.json()["tag"], done.json()["stage"]) == (200, "project:submit-review", "in_review")
    assert act(at_the_desk_of(cast["reviewer"]), f"{steps}/review", {"opinion": "符合要求"}).status_code == 200
    announced = act(at_the_desk_of(cast["publisher"]), f"{steps}/announce").json()
    assert announced["stage"] == "announced"
    early = act(at_the_desk_of(cast["officer"]), f"{steps}/open-bids")
    assert early.status_code == 409
    assert "截止时间未到" in early.json()["text"]
    assert "第三十四条" in early.json()["article"]
    project = Project.objects.get(public_id=played.project)
    moved = (project.bids_due_at + timedelta(days=5)).isoformat()
    changed = act(
        at_the_desk_of(cast["officer"]),
        f"{steps}/clarify",
        {"text": "推迟开标", "affects_preparation": False, "changes": {"bids_due_at": moved}},
    )
    assert changed.status_code == 200
    project.refresh_from_db()
    assert project.bids_due_at.isoformat()[:10] == moved[:10]
    play.until(project.bids_due_at + timedelta(seconds=1))
    opened = act(at_the_desk_of(cast["officer"]), f"{steps}/open-bids")
    assert opened.json()["facts"] == {"effective_lids": {}}
    again = act(at_the_desk_of(cast["officer"]), f"{steps}/open-bids")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-stage")


def test_possible_steps_carry_the_refusal_of_the_grey_button(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    listed = at_the_desk_of(cast["officer"]).get(f"{API}/projects/{played.project}/steps").json()
    by_verb = {step["verb"]: step["refusal"] for step in listed["steps"]}
    assert by_verb["clarify"] is None
    assert "截止时间未到" in by_verb["open-bids"]["text"]
    assert "terminate" not in by_verb  # not this person's work
    supplier = at_the_desk_of(cast["supplier1"]).get(f"{API}/projects/{played.project}/steps")
    assert supplier.status_code == 404  # what is public is read elsewhere
    assert at_the_desk_of(cast["officer"]).get(f"{API}/lots/{played.lots[0]}/steps").status_code == 200


def test_each_kind_of_refusal_has_its_status_and_one_shape(cast: play.Cast) -> None:  # noqa: F811
    played = play.a_project(cast)
    path = f"/projects/{played.project}/steps"
    answers = {
        401: act(Client(), f"{path}/submit-review"),
        403: act(at_the_desk_of(cast["officer"]), f"{path}/review", {"opinion": "x"}),
        404: act(at_the_desk_of(cast["supplier1"]), f"{path}/submit-review"),
        409: act(at_the_desk_of(cast["officer"]), f"{path}/submit-review"),
        422: act(at_the_desk_of(cast["reviewer"]), f"{path}/review", {"opinoin": "x"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status, answer.content
        assert set(answer.json()) == {"code", "text", "article", "field", "rows"}
    fields = {row["field"]: row["code"] for row in answers[422].json()["rows"]}
    assert fields == {"body.body.opinion": "missing", "body.body.opinoin": "extra-forbidden"}
    broken = at_the_desk_of(cast["reviewer"]).post(f"{API}{path}/review", b"{", content_type="application/json")
    assert (broken.status_code, broken.json()["code"]) == (422, "malformed")
    assert Project.objects.get(public_id=played.project).stage == "draft"


def test_a_session_alone_is_not_enough_to_act(cast: play.Cast) -> None:  # noqa: F811
    played = play.with_trustees(play.a_project(cast))
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["officer"].person, BACKEND)
    path = f"{API}/projects/{played.project}/steps/submit-review"
    refused = client.post(path, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf-failed")
    client.get("/accounts/logout/")  # any page with a form sets the cookie
    token = client.cookies["csrftoken"].value
    assert client.post(path, {}, content_type="application/json", headers={"X-CSRFToken": token}).status_code == 200


def test_an_unknown_verb_and_a_lot_of_nobody_are_not_found(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    officer = at_the_desk_of(cast["officer"])
    assert act(officer, f"/projects/{played.project}/steps/explode").status_code == 404
    assert act(officer, "/lots/L-0000000000/steps/retender").status_code == 404
    assert act(officer, "/lots/L-%00/steps/retender").status_code == 422


def test_the_answer_to_a_draw_names_no_expert(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for supplier in cast.suppliers:
        play.bid(played, lot, supplier)
    stage.opened(played)
    body = {"experts": 4, "specialty": "给排水设备", "representatives": [cast["judge"].person.public_id]}
    body |= {"supervisor": cast["inspector"].person.public_id, "operator": cast["verifier"].person.public_id}
    officer = at_the_desk_of(cast["officer"])
    answer = act(officer, f"/lots/{lot}/steps/announce-draw", body)
    assert answer.status_code == 200
    facts = answer.json()["facts"]
    assert set(facts) == {"draw", "purpose", "hash"}
    assert act(officer, f"/lots/{lot}/steps/announce-draw", body).json()["code"] == "draw-exists"
    assert act(officer, f"/lots/{lot}/steps/draw-panel", {}).status_code == 404
    factor = {name: body[name] for name in ("supervisor", "operator")} | {"choices": ["95", "96"]}
    assert act(officer, f"/lots/{lot}/steps/announce-factor", factor).status_code == 200
