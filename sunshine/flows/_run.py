"""How an act runs: lock → check → body → move → event → notice → outbox, in one durable transaction.

The only place that may know notices, events and the outbox together. A flow never calls a flow (the durable
transaction refuses to nest); an act that moves other things with it (opening closes lots) calls ``along``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.apps import apps
from django.db import OperationalError, models, transaction
from psycopg.errors import DeadlockDetected

from sunshine.domain.publishing import notices
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event, record
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import BIRTH, Lifecycle, Step
from sunshine.foundation.outbox.models import send
from sunshine.foundation.refusal import Refused

Result = TypeVar("Result")
Body = Callable[..., Mapping[str, Any] | None]
Born = tuple[models.Model, Mapping[str, Any]] | tuple[models.Model, Mapping[str, Any], Callable[[], None]]
ATTEMPTS = 3  # of an act that met a deadlock
FLOWS: dict[str, Callable[..., Event]] = {}  # "project:announce" → its flow; a test holds this against the tables


class NotFound(Refused):
    """There is no such thing, or this actor may not know of it: the same answer."""

    def __init__(self) -> None:
        super().__init__("not-found", "没有找到您要的内容。")


def flow(lifecycle: Lifecycle, verb: str) -> Callable[[Body], Callable[..., Event]]:
    """Make ``body(subject, *, by, at, **given) -> facts`` the flow of one step of a living subject.

    The flow is called as ``act(public_id, by=actor, **given)`` and returns the event.
    """
    step = lifecycle.steps[verb]

    def decorate(body: Body) -> Callable[..., Event]:
        @wraps(body)
        def run(public_id: str, *, by: Actor, **given: Any) -> Event:
            return _durably(lambda: attempt(public_id, by, given))

        def attempt(public_id: str, by: Actor, given: dict[str, Any]) -> Event:
            subject = _lock(lifecycle, public_id)
            at = clock.enter(lifecycle.tag(verb))
            if refused := lifecycle.refusal(verb, subject, by=by, at=at):
                raise NotFound() if refused.code == "forbidden" and not by.known else refused
            facts = body(subject, by=by, at=at, **given) or {}
            return _finish(lifecycle, step, subject, by=by, at=at, facts=facts)

        FLOWS[lifecycle.tag(verb)] = run
        return run

    return decorate


def birth(lifecycle: Lifecycle, verb: str) -> Callable[[Callable[..., Born]], Callable[..., Event]]:
    """Make ``body(*, by, at, **given) -> (subject, facts[, settle])`` the flow that begins a life.

    The body builds the subject unsaved with everything but its stage; it is saved here, inside the step, and then
    ``settle()`` adds the rows that point to it.
    """
    step = lifecycle.steps[verb]
    if BIRTH not in step.source:
        raise ValueError(f"{lifecycle.tag(verb)} does not begin a life")

    def decorate(body: Callable[..., Born]) -> Callable[..., Event]:
        @wraps(body)
        def run(*, by: Actor, **given: Any) -> Event:
            return _durably(lambda: attempt(by, given))

        def attempt(by: Actor, given: dict[str, Any]) -> Event:
            at = clock.enter(lifecycle.tag(verb))
            if step.permission not in by.permissions:
                raise Refused("forbidden", f"“{step.label}”需要相应权限。")
            subject, facts, *settle = body(by=by, at=at, **given)
            event = _finish(lifecycle, step, subject, by=by, at=at, facts=facts)
            for rows in settle:
                rows()
            return event

        FLOWS[lifecycle.tag(verb)] = run
        return run

    return decorate


def along(
    lifecycle: Lifecycle, verb: str, subject: Any, *, by: Actor, at: datetime, facts: Mapping[str, Any] | None = None
) -> Event:
    """Move another subject with the running act: same transaction and time, its own event and notice.

    The caller has decided that the actor may; the stage is still checked, here and by the database.
    """
    step = lifecycle.steps[verb]
    if getattr(subject, "hold", "") and step.frozen:
        raise Refused("on-hold", subject.hold, "招标投标法实施条例 第二十二条、第五十四条")
    if subject.pk and subject.stage not in step.source:
        raise Refused("wrong-stage", f"{lifecycle.stages[subject.stage]}：不能{step.label}。")
    outer = _current_step()
    clock.enter(lifecycle.tag(verb))
    event = _finish(lifecycle, step, subject, by=by, at=at, facts=facts or {})
    clock.enter(outer)
    return event


def note(subject_name: str, verb: str, public_id: str, *, by: Actor, at: datetime, facts: Mapping[str, Any]) -> Event:
    """Record an act on something that has no stages (a keyring, a membership): an event, and the outbox."""
    event = record(
        f"{subject_name}:{verb}",
        subject=f"{subject_name}/{public_id}",
        by=str(by),
        at=at,
        facts=dict(facts),
        address=by.address,
    )
    send("event", {"event": event.pk, "tag": event.tag}, at=at)
    return event


def act(body: Callable[..., Any]) -> Callable[..., Any]:
    """A durable act without a lifecycle: ``body(*, by, at, **given)`` with the trusted time."""

    @wraps(body)
    def run(*args: Any, by: Actor, **given: Any) -> Any:
        return _durably(lambda: body(*args, by=by, at=clock.enter(f"act:{body.__name__}"), **given))

    return run


def _durably(attempt: Callable[[], Result]) -> Result:
    """One durable transaction. Where two acts wait for each other's rows, PostgreSQL ends one of them, and that one
    is tried again: nobody sees an error because somebody else acted at the same moment."""
    for _ in range(ATTEMPTS - 1):
        try:
            with transaction.atomic(durable=True):
                return attempt()
        except OperationalError as failure:
            if not isinstance(failure.__cause__, DeadlockDetected):
                raise
    with transaction.atomic(durable=True):
        return attempt()


def _current_step() -> str:
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("select current_setting('sunshine.step', true)")
        return str(cursor.fetchone()[0] or "")


def _lock(lifecycle: Lifecycle, public_id: str) -> Any:
    model = apps.get_model(lifecycle.model)
    try:
        return model._default_manager.select_for_update(of=("self",)).get(public_id=public_id)
    except model.DoesNotExist:
        raise NotFound() from None


def _finish(
    lifecycle: Lifecycle, step: Step, subject: Any, *, by: Actor, at: datetime, facts: Mapping[str, Any]
) -> Event:
    """Move, record, publish, put into the outbox."""
    subject.stage = step.target
    if subject.pk:
        subject.save(update_fields=["stage"])
    else:
        subject.save()
    name = f"{lifecycle.name}/{subject.public_id}"
    address = None if lifecycle.name == "bid" else by.address  # the bid box must not tell who bids
    event = record(lifecycle.tag(step.verb), subject=name, by=str(by), at=at, facts=dict(facts), address=address)
    if step.notice:
        notices.publish(step.notice, subject, event)
    send("event", {"event": event.pk, "tag": event.tag}, at=at)
    return event
