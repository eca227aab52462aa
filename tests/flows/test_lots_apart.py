"""Lots live and die on their own: whatever befalls one, every row of its neighbour stays as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models

from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows import fail as failing
from sunshine.flows import publish_candidates, rank
from sunshine.flows.award import award
from sunshine.flows.object import object_
from sunshine.interfaces.rehearsal import play, stage
from tests.flows.conftest import again
from tests.flows.crooked import refused

pytestmark = [pytest.mark.whole, pytest.mark.django_db]


@pytest.fixture(scope="module")
def opened_once(ground: play.Cast) -> play.Played:
    """Two lots with three bids each, opened and confirmed."""
    played = play.announced(play.a_project(ground, lots=2))
    for lot in played.lots:
        for n, supplier in enumerate(ground.suppliers):
            play.bid(played, lot, supplier, total_fen=900_000_00 + n)
    stage.opened(played)
    return played


@pytest.fixture
def opened(opened_once: play.Played, db: None) -> play.Played:
    return again(opened_once)


def life(lot: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that hangs on a lot, however deep, as the database holds it."""
    found: dict[str, list[dict[str, Any]]] = {}
    seen: set[tuple[str, Any]] = set()
    todo: list[models.Model] = [Lot.objects.get(public_id=lot)]
    while todo:
        row = todo.pop()
        key = (row._meta.label, row.pk)
        if key in seen:
            continue
        seen.add(key)
        found.setdefault(row._meta.label, []).append(
            {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        )
        for relation in row._meta.related_objects:
            owned = relation.related_model._base_manager.filter(**{relation.field.name: row})
            todo.extend(owned)
    return {label: sorted(rows, key=lambda row: row["id"]) for label, rows in sorted(found.items())}


def evaluating(played: play.Played, lot: str) -> None:
    stage.panel(played, lot)


def report_drafted(played: play.Played, lot: str) -> None:
    members = stage.panel(played, lot)
    stage.scored(played, lot, members)
    rank.rank(lot, by=members[0].actor())


def report_signed(played: play.Played, lot: str) -> None:
    stage.evaluated(played, lot)


def candidates_published(played: play.Played, lot: str) -> None:
    report_signed(played, lot)
    publish_candidates.publish_candidates(lot, by=played.cast["publisher"].actor())


def awarded(played: play.Played, lot: str) -> None:
    candidates_published(played, lot)
    play.until(stage.publicity_end(lot))
    award(lot, by=played.cast["publisher"].actor())


def as_opened(played: play.Played, lot: str) -> None:
    """Nothing further."""


DEPTHS = [as_opened, evaluating, report_drafted, report_signed, candidates_published, awarded]


@pytest.mark.parametrize(("which", "depth"), [(n % 2, depth) for n, depth in enumerate(DEPTHS)])
def test_failing_and_retendering_one_lot_changes_no_row_of_the_other(
    opened: play.Played, depth: Callable[[play.Played, str], None], which: int
) -> None:
    one, other = opened.lots[which], opened.lots[1 - which]
    officer = opened.cast["officer"].actor()
    before = life(other)
    assert {"sourcing.Item", "bidding.SealedPart", "bidding.ShareRelease", "bidding.OpenedDocument"} <= set(before)
    depth(opened, one)
    assert life(other) == before
    failing.fail(one, by=officer, reason="投标文件均不满足实质性要求")
    assert life(other) == before
    event = failing.retender(one, by=officer)
    assert life(other) == before
    assert refused(failing.fail, one, by=officer, reason="再一次").code == "wrong-stage"
    again_ = Lot.objects.get(public_id=event.facts["lot"])
    old = Lot.objects.get(public_id=one)
    assert (again_.round, again_.previous_id, old.stage) == (old.round + 1, old.pk, "retendered")
    assert again_.ocid != old.ocid and again_.project.public_id != opened.project
    assert list(again_.items.values_list("name", "quantity")) == list(old.items.values_list("name", "quantity"))
    evaluating(opened, other)  # and the neighbour goes on


@pytest.mark.parametrize("which", [0, 1])
def test_holding_one_lot_leaves_the_other_free(opened: play.Played, which: int) -> None:
    one, other = opened.lots[which], opened.lots[1 - which]
    candidates_published(opened, one)
    before = life(other)
    object_(
        by=opened.cast["supplier1"].actor(), project=opened.project, lot=one, target="candidates", text="请复核评分"
    )
    assert life(other) == before
    assert not Project.objects.get(public_id=opened.project).hold
    assert refused(failing.fail, one, by=opened.cast["officer"].actor(), reason="x").code == "on-hold"
    candidates_published(opened, other)
    awarded_to = Lot.objects.get(public_id=other)
    assert awarded_to.stage == "candidates_published" and not awarded_to.hold
