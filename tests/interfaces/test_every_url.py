"""Every address of every door with ids of real objects: strangers are refused, the owner is let in, nobody is forgotten."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from sunshine.interfaces.rehearsal import play
from tests.cast import ground  # noqa: F401
from tests.interfaces import addresses
from tests.interfaces.addresses import Case
from tests.interfaces.undoing import undone
from tests.interfaces.world import World, build

pytestmark = pytest.mark.whole
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
REFUSED = {403, 404, 405}
SENT_AWAY = REFUSED | {401, 302}
# outsiders: who they are, and the doors at which they have business of their own
OUTSIDERS = {
    "stranger": (),
    "bystander": ("supplier",),
    "rival_admin": ("buyer",),
    "rival_officer": ("buyer",),
    "rival_publisher": ("buyer",),
    "rival_approver": ("buyer",),
    "rival_auditor": ("supervisor", "buyer"),
    "rival_keeper": ("trustee",),
    "rival_judge": ("expert",),
}


def names(patterns: Any = None, above: str = "") -> Iterator[str]:
    """Every named address, with its namespaces; an address without a name would escape the walk."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{above}{pattern.namespace}:" if pattern.namespace else above
            yield from names(pattern.url_patterns, inside)
        else:
            assert pattern.name, f"{above}{pattern.pattern} has no name"
            yield above + pattern.name


@pytest.fixture(scope="module")
def world(ground: play.Cast, django_db_blocker: Any) -> World:  # noqa: F811
    with django_db_blocker.unblock():
        return build(ground)


class Visitors:
    """One logged-in client for every player, and one for nobody."""

    def __init__(self, world: World):
        self.world, self.clients = world, {"": Client()}
        for who in {*OUTSIDERS, *(case.owner for case in addresses.WORK.values())}:
            self.clients[who] = Client()
            self.clients[who].force_login(world.players[who].person, BACKEND)

    def ask(self, who: str, method: str, url: str, case: Case | None = None) -> Any:
        more: dict[str, Any] = {"headers": {"HX-Request": "true"}} if case and case.htmx else {}
        if method == "post" and ("/api/" in url or (case and case.body)):
            more |= {"data": json.dumps(case.body if case and case.body else {}), "content_type": "application/json"}
        with undone():
            answer = getattr(self.clients[who], method)(url, **more)
            if answer.streaming:
                list(answer.streaming_content)  # read to its end, the file is let go of
            return answer


@pytest.fixture(scope="module")
def everybody(world: World, django_db_blocker: Any) -> Visitors:
    with django_db_blocker.unblock():
        return Visitors(world)


@pytest.fixture
def visitors(everybody: Visitors, db: None) -> Visitors:
    return everybody


def url_of(world: World, name: str, ids: dict[str, str]) -> str:
    return reverse(name, kwargs={argument: world.ids[key] for argument, key in ids.items()})


def test_every_address_stands_in_exactly_one_reviewed_list() -> None:
    there = set(names())
    lists = [set(addresses.PUBLIC), set(addresses.PERSONAL), set(addresses.WORK)]
    listed = set().union(*lists)
    assert sum(map(len, lists)) == len(listed)
    assert there - listed == set(), "an address nobody has decided about"
    assert listed - there == set(), "an address that does not exist any more"


def test_public_addresses_answer_anyone(visitors: Visitors) -> None:
    wrong = {}
    for name, ids in addresses.PUBLIC.items():
        answer = visitors.ask("", "get", url_of(visitors.world, name, ids))
        if answer.status_code not in (200, 302, 405):
            wrong[name] = answer.status_code
    allowed = {"mfa_authenticate": 302, "api-v1:api-root": 404}
    assert {name: status for name, status in wrong.items() if allowed.get(name) != status} == {}


def test_personal_addresses_ask_visitors_to_log_in(visitors: Visitors) -> None:
    wrong = []
    for name, ids in addresses.PERSONAL.items():
        url = url_of(visitors.world, name, ids)
        statuses = {method: visitors.ask("", method, url).status_code for method in ("get", "post")}
        if not set(statuses.values()) <= SENT_AWAY:
            wrong.append((name, statuses))
    assert wrong == []


@pytest.mark.parametrize("name", sorted(addresses.WORK))
def test_strangers_are_refused_where_the_owner_is_let_in(name: str, visitors: Visitors) -> None:
    case, world = addresses.WORK[name], visitors.world
    url = url_of(world, name, case.ids)
    owned = visitors.ask(case.owner, "post" if case.post else "get", url, case)
    welcome = owned.status_code not in {401, *REFUSED} if case.post else owned.status_code == case.answer
    assert welcome, (case.owner, owned.status_code)
    for method in ("get", "post"):
        assert visitors.ask("", method, url, case).status_code in SENT_AWAY, method
    # an address that takes no POST at all takes none from anybody
    methods = [method for method in ("get", "post") if visitors.ask(case.owner, method, url, case).status_code != 405]
    for who, doors in OUTSIDERS.items():
        for method in methods:
            answer = visitors.ask(who, method, url, case)
            if set(doors) & set(case.open_to):
                shows_nothing_of(world, answer, case, who)
            else:
                assert answer.status_code in REFUSED, (who, method, answer.status_code)


def shows_nothing_of(world: World, answer: Any, case: Case, who: str) -> None:
    """A page both may open shows each only their own: no plan, draft, objection or contract of others."""
    private = ("draft", "in_review", "reviewed", "plan", "plan_draft", "objection", "contract", "drafted_contract")
    if answer.streaming:
        return
    text = answer.content.decode("utf-8", "replace")
    asked = set(case.ids.values())
    assert [key for key in private if key not in asked and world.ids[key] in text] == [], who
