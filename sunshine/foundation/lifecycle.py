"""One table says who may move a subject from where to where, when, and under which rules.

The same table is read by flows (enforcement), buttons (reasons), the API (codes), the audit (tags), the help
(diagram), the database (trigger) and the tests (every verb in every stage).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

BIRTH = ""  # the "stage" before a row exists


class Subject(Protocol):
    """What a lifecycle needs to know of the thing that lives: its stage and its public id."""

    stage: str
    public_id: str


class Rule(Protocol):
    """A reason of the law to refuse a step; its docstring is the rule in plain words."""

    def __call__(self, subject: Any, /, *, by: Actor, at: datetime) -> Refused | None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A row: verb, from, to, permission, rules, notice.

    label   the verb of the law, as it stands on the button
    frozen  whether a hold (异议冻结) stops it
    """

    verb: str
    label: Any
    source: tuple[str, ...]
    target: str
    permission: str
    rules: tuple[Rule, ...] = ()
    notice: str | None = None
    frozen: bool = False


class Lifecycle:
    """The life of one kind of thing.

    name    the subject in event tags ("project"); also the key of the guard trigger
    stages  stage → what people call it; the first is where a life begins
    """

    registry: dict[str, "Lifecycle"] = {}

    def __init__(self, name: str, *, model: str, stages: Mapping[str, Any], steps: Iterable[Step]):
        self.name, self.model, self.stages = name, model, dict(stages)
        self.initial = next(iter(self.stages))
        self.steps = {step.verb: step for step in steps}
        for step in self.steps.values():
            unknown = {*step.source, step.target} - set(self.stages) - {BIRTH}
            if unknown:
                raise ValueError(f"{name}:{step.verb} names unknown stages {sorted(unknown)}")
        Lifecycle.registry[name] = self

    def refusal(self, verb: str, subject: Any, *, by: Actor, at: datetime) -> Refused | None:
        """Why ``by`` may not do ``verb`` to ``subject`` at ``at``; None if it may."""
        step = self.steps[verb]
        if not by.may(step.permission, subject):
            return Refused("forbidden", _("您没有“%(verb)s”的权限。") % {"verb": step.label})
        if subject.stage not in step.source:
            text = _("当前处于“%(stage)s”阶段，不能%(verb)s。") % {
                "stage": self.stages[subject.stage],
                "verb": step.label,
            }
            return Refused("wrong-stage", text)
        if step.frozen and (held := getattr(subject, "hold", "")):
            return Refused(
                "on-hold",
                _("已暂停：%(reason)s。答复或解除后才能继续。") % {"reason": held},
                "条例 第二十二条、第五十四条",
            )
        return next((no for rule in step.rules if (no := rule(subject, by=by, at=at)) is not None), None)

    def possible(self, subject: Any, *, by: Actor, at: datetime) -> list[tuple[Step, Refused | None]]:
        """The steps that start at the subject's stage and belong to this actor's work, each with its refusal."""
        here = [s for s in self.steps.values() if subject.stage in s.source and by.may(s.permission, subject)]
        return [(step, self.refusal(step.verb, subject, by=by, at=at)) for step in here]

    def tag(self, verb: str) -> str:
        return f"{self.name}:{verb}"

    def moves(self) -> list[tuple[str, str, str]]:
        """(step, source, target): drawn as a diagram, mirrored into the table the database trigger reads."""
        born = [(self.tag(step.verb), BIRTH, step.target) for step in self.steps.values() if BIRTH in step.source]
        birth = born or [(self.tag("create"), BIRTH, self.initial)]
        later = [
            (self.tag(step.verb), source, step.target)
            for step in self.steps.values()
            for source in step.source
            if source != BIRTH
        ]
        return birth + later

    def mermaid(self) -> str:
        """The table as a state diagram."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {stage} : {label}" for stage, label in self.stages.items()]
        for tag, source, target in self.moves():
            lines.append(f"    {source or '[*]'} --> {target} : {tag.partition(':')[2]}")
        return "\n".join(lines)


def guard(name: str, table: str) -> str:
    """SQL that puts the guards of lifecycle ``name`` on ``table`` (for a migration's RunSQL).

    BEFORE INSERT/UPDATE: only moves of the mirrored table, and only inside the step that was named.
    At commit: the move's event must have been recorded in the same transaction, so that naming a step by
    hand is not enough to forge a stage.
    """
    moved = "when (old.stage is distinct from new.stage)"
    witness = "execute function stage_moves_leave_an_event"
    return f"""
    create trigger stage_guard_birth before insert on {table}
      for each row execute function stage_moves_only_in_a_step('{name}');
    create trigger stage_guard before update on {table}
      for each row {moved} execute function stage_moves_only_in_a_step('{name}');
    create constraint trigger stage_witness_birth after insert on {table}
      deferrable initially deferred for each row {witness}('{name}');
    create constraint trigger stage_witness after update on {table}
      deferrable initially deferred for each row {moved} {witness}('{name}');
    """


def mirror(**_: Any) -> None:
    """Write every lifecycle's moves into the table that the guard trigger reads."""
    autodiscover_modules("lifecycle")
    rows = [(name, *move) for name, life in Lifecycle.registry.items() for move in life.moves()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("lock table lifecycle_move in exclusive mode")
        cursor.execute("delete from lifecycle_move")
        cursor.executemany("insert into lifecycle_move (lifecycle, step, source, target) values (%s, %s, %s, %s)", rows)


Body = Callable[..., Mapping[str, Any] | None]
