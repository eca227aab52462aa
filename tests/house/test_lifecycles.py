"""One table per life, and everything that must agree with it: flows, documents, database."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

import sunshine.flows
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows._run import FLOWS
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import BIRTH, Lifecycle
from sunshine.interfaces.rehearsal import play
from tests.cast import cast, ground, real_cast  # noqa: F401
from tools import docs

BASE = Path(__file__).resolve().parent.parent.parent
AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
for _module in iter_modules(sunshine.flows.__path__):
    import_module(f"sunshine.flows.{_module.name}")
LIVES = sorted(Lifecycle.registry.values(), key=lambda life: life.name)
MOVED_ALONG = re.compile(r"\balong\(\s*([A-Z]+), \"([a-z-]+)\"")


def moved_along() -> set[str]:
    """The steps that some flow takes with another subject."""
    texts = [path.read_text("utf-8") for path in (BASE / "sunshine/flows").glob("*.py")]
    return {f"{life.lower()}:{verb}" for text in texts for life, verb in MOVED_ALONG.findall(text)}


def test_every_step_has_a_flow_and_every_flow_a_step() -> None:
    steps = {life.tag(verb) for life in LIVES for verb in life.steps}
    assert set(FLOWS) <= steps
    assert moved_along() <= steps
    assert steps - set(FLOWS) - moved_along() == set()


def test_every_life_is_guarded_in_the_database_and_begins_where_its_table_says() -> None:
    for life in LIVES:
        model = apps.get_model(life.model)
        assert model._meta.get_field("stage").default == life.initial
        births = {target for _tag, source, target in life.moves() if source == BIRTH}
        assert births, life.name


class Unsaved:
    """A subject without a row: enough for whoever reads the table, and it involves everybody."""

    def __init__(self, stage: str, hold: str = ""):
        self.stage, self.hold, self.public_id = stage, hold, "X-0000000000"


def everybody(life: Lifecycle) -> Actor:
    permissions = frozenset(step.permission for step in life.steps.values())
    return Actor(person="U-0000000000", name="王", active=True, permissions=permissions)


def matrix() -> Iterator[Any]:
    for life in LIVES:
        for verb, stage in product(life.steps, life.stages):
            yield pytest.param(life, verb, stage, id=f"{life.tag(verb)}@{stage}")


@pytest.mark.parametrize(("life", "verb", "stage"), list(matrix()))
def test_every_verb_in_every_stage_is_refused_or_reaches_its_rules(life: Lifecycle, verb: str, stage: str) -> None:
    step = life.steps[verb]
    by = everybody(life)
    stranger = Actor(person="U-1", active=True)
    refused = life.refusal(verb, Unsaved(stage), by=stranger, at=AT)
    assert refused is not None and refused.code == "forbidden"
    if stage not in step.source:
        refused = life.refusal(verb, Unsaved(stage), by=by, at=AT)
        assert refused is not None and refused.code == "wrong-stage"
        assert str(life.stages[stage]) in str(refused)
    elif step.frozen:
        refused = life.refusal(verb, Unsaved(stage, hold="异议待答复"), by=by, at=AT)
        assert refused is not None and refused.code == "on-hold"
    elif not step.rules:
        assert life.refusal(verb, Unsaved(stage, hold="异议待答复"), by=by, at=AT) is None


def test_the_documented_lives_are_those_of_the_tables() -> None:
    assert (BASE / "docs/lifecycle.md").read_text("utf-8") == docs.lifecycles()


@pytest.mark.django_db
def test_the_database_mirrors_every_move_of_every_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select lifecycle, step, source, target from lifecycle_move")
        mirrored = set(cursor.fetchall())
    assert mirrored == {(life.name, *move) for life in LIVES for move in life.moves()}


def sql(text: str, *values: Any, step: str = "") -> None:
    """One statement as a forger would send it, with its deferred checks; undone if it is refused."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        if step:
            cursor.execute("select set_config('sunshine.step', %s, true)", [step])
        cursor.execute(text, values)
        cursor.execute("set constraints all immediate")


@pytest.mark.django_db
def test_a_forged_stage_is_refused_by_the_database(cast: play.Cast) -> None:  # noqa: F811
    played = play.a_project(cast)
    lot = Lot.objects.get(project__public_id=played.project)
    for table, public_id in (("sourcing_project", played.project), ("sourcing_lot", lot.public_id)):
        with pytest.raises(DatabaseError, match="no lifecycle step moves"):
            sql(f"update {table} set stage = 'announced' where public_id = %s", public_id)
        with pytest.raises(DatabaseError, match="no lifecycle step moves"):
            sql(f"update {table} set stage = 'opened' where public_id = %s", public_id, step="project:announce")
    columns = [f.column for f in Project._meta.concrete_fields if f.column not in ("id", "public_id", "stage")]
    listed = ", ".join(f'"{name}"' for name in columns)
    copy = f"insert into sourcing_project (public_id, stage, {listed}) select 'P-forged0000', %s, {listed} "
    copy += "from sourcing_project where public_id = %s"
    for stage in ("opened", "announced", "draft"):
        with pytest.raises(DatabaseError, match="no lifecycle step moves"):
            sql(copy, stage, played.project)
    assert not Project.objects.filter(public_id="P-forged0000").exists()
    assert Project.objects.get(public_id=played.project).stage == "draft"


@pytest.mark.django_db
def test_events_and_notices_can_only_be_appended(cast: play.Cast) -> None:  # noqa: F811
    play.announced(play.a_project(cast))
    assert Notice.objects.exists() and Event.objects.exists()
    for table, column in (("audit_event", "facts = '{}'"), ("publishing_notice", "title = 'x'")):
        for text in (f"update {table} set {column}", f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                sql(text)
