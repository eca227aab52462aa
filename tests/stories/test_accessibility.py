"""Every door, for everyone: axe's rules (WCAG 2.1 A and AA), phones 390 px wide, quiet consoles, the strict CSP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from sunshine.domain.contracts.queries.rehearsal import contract_of
from sunshine.domain.evaluation.queries.draws import of_project
from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Lot
from sunshine.flows import object as objecting
from sunshine.flows.open_bids import open_bids
from sunshine.interfaces.rehearsal import drawing, play, stage
from tests.stories.people import DESK, PHONE, House, Someone

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
PAGES = (
    ("", "/"),
    ("", "/notices/"),
    ("", "/notices/?q=水泵"),
    ("", "/notices/{notice}/"),
    ("", "/projects/"),
    ("", "/projects/{contracted}/"),
    ("", "/projects/{announced}/"),
    ("", "/draws/{draw}/"),
    ("", "/draws/{drawing}/"),
    ("", "/results/"),
    ("", "/openings/"),
    ("", "/law/"),
    ("", "/help/"),
    ("", "/help/bid/"),
    ("", "/verify/"),
    ("", "/register/"),
    ("", "/register/supplier/"),
    ("", "/accounts/login/"),
    ("", "/about/"),
    ("officer", "/buyer/"),
    ("officer", "/buyer/plans/"),
    ("officer", "/buyer/plans/new/"),
    ("officer", "/buyer/projects/"),
    ("officer", "/buyer/projects/{contracted}/"),
    ("officer", "/buyer/projects/{draft}/draft/basics/"),
    ("officer", "/buyer/projects/{draft}/draft/lots/{draft_lot}/"),
    ("officer", "/buyer/projects/{draft}/draft/criteria/"),
    ("officer", "/buyer/projects/{draft}/draft/scheme/"),
    ("officer", "/buyer/projects/{draft}/draft/timetable/"),
    ("officer", "/buyer/projects/{draft}/draft/files/"),
    ("officer", "/buyer/projects/{draft}/draft/trustees/"),
    ("officer", "/buyer/projects/{draft}/draft/check/"),
    ("officer", "/buyer/projects/{announced}/clarify/"),
    ("officer", "/buyer/projects/{opening}/opening/"),
    ("officer", "/buyer/lots/{contracted_lot}/panel/"),
    ("officer", "/buyer/lots/{drawing_lot}/panel/"),
    ("officer", "/buyer/lots/{drawing_lot}/factor/"),
    ("inspector", "/draws/{drawing}/party/"),
    ("officer", "/buyer/lots/{contracted_lot}/evaluation/"),
    ("officer", "/buyer/lots/{contracted_lot}/candidates/"),
    ("officer", "/buyer/contracts/{contract}/"),
    ("publisher", "/buyer/lots/{objected_lot}/award/"),
    ("publisher", "/buyer/objections/{objection}/"),
    ("admin", "/buyer/members/"),
    ("supplier1", "/supplier/"),
    ("supplier1", "/supplier/opportunities/"),
    ("supplier1", "/supplier/projects/{announced}/"),
    ("supplier1", "/supplier/lots/{announced_lot}/bid/"),
    ("supplier1", "/supplier/bids/"),
    ("supplier1", "/supplier/results/"),
    ("supplier1", "/supplier/projects/{opening}/opening/"),
    ("supplier2", "/supplier/objections/{objection}/"),
    ("keeper", "/trustee/"),
    ("keeper", "/trustee/projects/{announced}/"),
    ("audit_keeper", "/trustee/lots/{opening_lot}/"),
    ("judge", "/expert/"),
    ("judge", "/expert/members/{seat}/"),
    ("inspector", "/supervisor/"),
    ("inspector", "/supervisor/projects/{contracted}/"),
    ("inspector", "/supervisor/projects/{contracted}/evaluation/"),
    ("verifier", "/operator/"),
    ("verifier", "/operator/organisations/"),
    ("officer", "/account/"),
    ("officer", "/account/certificates/"),
    ("officer", "/account/notifications/"),
)


@dataclass
class Scene:
    """Ids of projects in every state, by the names the addresses above use."""

    house: House
    ids: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, played: play.Played) -> play.Played:
        self.ids[name] = played.project
        self.ids[f"{name}_lot"] = played.lots[0]
        return played


@pytest.fixture(scope="module")
def scene(house: House) -> Iterator[Scene]:
    """Five projects, played to a draft, an announcement, an opening, an evaluation with an objection, a contract."""
    made, cast = Scene(house), house.cast
    contracted = made.keep("contracted", _bid_for(cast, "城北泵站设备更新"))
    objected = made.keep("objected", _bid_for(cast, "城南水厂阀门采购"))
    for played in (contracted, objected):
        stage.opened(played)
        stage.evaluated(played, played.lots[0])
        stage.candidates(played, played.lots[0])
    event = objecting.object_(
        by=cast["supplier2"].actor(),
        project=objected.project,
        target="candidates",
        lot=objected.lots[0],
        text="候选人的业绩证明似有矛盾，请复核。",
    )
    made.ids["objection"] = event.subject_id
    stage.awarded(contracted, contracted.lots[0])
    stage.contracted(contracted, contracted.lots[0])
    made.ids["contract"] = contract_of(contracted.lots[0]).contract
    scored = made.keep("scored", _bid_for(cast, "河西管网监测系统"))
    stage.opened(scored)
    members = stage.panel(scored, scored.lots[0])
    made.ids["seat"] = next(
        duty.member for player, duty in zip(members, duties(scored.lots[0]), strict=True) if player is cast["judge"]
    )
    made.ids["draw"] = of_project(scored.project)[0].public_id
    drawn = made.keep("drawing", _bid_for(cast, "西山加压站改造"))
    stage.opened(drawn)
    judge = [cast["judge"].person.public_id]
    one = drawing.announced(drawn, drawn.lots[0], experts=4, specialty="给排水设备", representatives=judge)
    made.ids["drawing"] = one.draw
    opening = made.keep("opening", _bid_for(cast, "东湖取水口改造"))
    play.until(opening.bids_due_at + timedelta(seconds=1))
    open_bids(opening.project, by=cast["officer"].actor())
    stage.release(opening, opening.lots[0], cast.trustees[0], 1)
    made.keep("announced", play.announced(play.a_project(cast, title="中心水厂加药间改造", lots=2)))
    made.ids["draft"] = play.a_project(cast, title="应急供水车采购").project
    made.ids["draft_lot"] = Lot.objects.filter(project__public_id=made.ids["draft"])[0].public_id
    made.ids["notice"] = Notice.objects.filter(project__public_id=made.ids["announced"])[0].public_id
    yield made


def _bid_for(cast: play.Cast, title: str) -> play.Played:
    played = play.announced(play.a_project(cast, title=title))
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n * 10_000_00)
    return played


@pytest.mark.parametrize(("key", "address"), PAGES)
def test_a_page_serves_everyone(scene: Scene, enter: Callable[[str], Someone], key: str, address: str) -> None:
    someone = enter(key)
    path = address.format(**scene.ids)
    page = someone.page
    page.set_viewport_size(DESK)
    someone.open(path)
    assert _violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert _violations(page, ["color-contrast"]) == []
    page.emulate_media(color_scheme="light")
    assert page.locator("h1").count() == 1
    page.set_viewport_size(PHONE)
    for language in ("zh-hans", "en"):
        someone.speak(language)
        someone.open(path)
        assert _too_wide(page) == [], f"in {language}"
    assert _violations(page) == []
    someone.speak("zh-hans")


def _violations(page: Any, rules: list[str] | None = None) -> list[str]:
    """What axe finds, one line for each rule with the elements it is about."""
    found = Axe().run(page, options={"runOnly": rules} if rules else RULES).response["violations"]
    return [
        f"{one['id']}: {one['help']} — " + "; ".join(node["html"][:160] for node in one["nodes"][:5]) for one in found
    ]


def _too_wide(page: Any) -> list[str]:
    """The elements that make the page scroll sideways, if it does."""
    return list(
        page.evaluate(
            """() => {
              const wide = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= wide) return [];
              return [...document.querySelectorAll("body *")]
                .filter((one) => one.getBoundingClientRect().right > wide + 1)
                .slice(0, 6)
                .map((one) => `${one.tagName}.${one.className} ${Math.round(one.getBoundingClientRect().right)}`);
            }"""
        )
    )
