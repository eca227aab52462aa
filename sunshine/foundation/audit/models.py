"""What happened. Appended in the transaction that made it true; never changed (a trigger refuses)."""

import secrets
from datetime import datetime
from typing import Any

import rfc8785
from django.db import models


def _salt() -> bytes:
    return secrets.token_bytes(32)


class Event(models.Model):
    """One fact: ``tag`` is "subject:verb", e.g. "project:open-bids".

    payload  the canonical (RFC 8785) JSON bytes the transparency log will digest
    salt     32 random bytes that hide the digest until payload and salt are given out (trust.md §2.6)
    seq      the subject's own number, 1, 2, 3 … without gaps
    """

    tag = models.TextField()
    subject = models.TextField()  # "project/P-…": no foreign key, the record outlives its subjects
    seq = models.PositiveIntegerField()
    by = models.TextField()  # "person@organisation", public ids; "" for the clock and the bid box
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    payload = models.BinaryField()
    salt = models.BinaryField(default=_salt)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "seq"], name="event_seq_once")]
        indexes = [models.Index(fields=["tag", "at"])]

    @property
    def subject_id(self) -> str:
        """The subject's public id: "P-…" of "project/P-…"."""
        return self.subject.partition("/")[2]

    def __str__(self) -> str:
        return f"{self.tag} {self.subject}#{self.seq}"


class Access(models.Model):
    """Time, network address and person of an operation (办法 49); kept apart from what goes into the log.

    Never written for the bid box: there it would tell who bids before the opening.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT)
    address = models.GenericIPAddressField(null=True)


def record(
    tag: str, *, subject: str, by: str, at: datetime, facts: dict[str, Any], address: str | None = None
) -> Event:
    """Append one event. The caller holds the subject's lock, so ``seq`` has no gaps and no race.

    facts must be JSON of strings, integers, booleans, lists and objects (no floats: RFC 8785 forbids doubt).
    """
    last = Event.objects.filter(subject=subject).aggregate(last=models.Max("seq"))["last"] or 0
    body = {"v": "event/1", "tag": tag, "subject": subject, "seq": last + 1, "by": by}
    body |= {"at": at.isoformat(timespec="microseconds"), "facts": facts}
    event = Event.objects.create(
        tag=tag, subject=subject, seq=last + 1, by=by, at=at, facts=facts, payload=rfc8785.dumps(body)
    )
    if address:
        Access.objects.create(event=event, address=address)
    return event
