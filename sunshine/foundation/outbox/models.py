"""What must leave the building after commit: written in the act's transaction, claimed by conditional update."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from sunshine.foundation import clock

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8

Handler = Callable[[dict[str, Any]], None]


class Parcel(models.Model):
    """One thing to deliver: ``topic`` names the handler, ``content`` is its JSON."""

    topic = models.TextField()
    content = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="parcel_waiting")]


def send(topic: str, content: dict[str, Any], *, at: datetime) -> Parcel:
    """Put a parcel into the box, inside the act's own transaction."""
    return Parcel.objects.create(topic=topic, content=content, created_at=at, due_at=at)


def deliver(handlers: Mapping[str, Handler], *, limit: int = 100, forget: Collection[str] = ()) -> int:
    """Deliver what is due; returns how many were delivered. Safe to run in several processes.

    A parcel is claimed by one conditional UPDATE; a claim older than the lease counts as lost. A handler
    that raises is tried again later (2, 4, 8 … minutes, eight times), its error kept on the row. Of the topics to
    ``forget`` nothing stays: a parcel is deleted when it is delivered or given up, and of an error only its kind is kept.
    """
    at = clock.now()
    Parcel.objects.filter(topic__in=forget, attempts__gte=MAX_ATTEMPTS, claimed_at__lt=at - LEASE).delete()
    free = Q(claimed_at=None) | Q(claimed_at__lt=at - LEASE)
    waiting = Parcel.objects.filter(free, done_at=None, due_at__lte=at, attempts__lt=MAX_ATTEMPTS, topic__in=handlers)
    delivered = 0
    for parcel in waiting.order_by("id")[:limit]:
        claim = Parcel.objects.filter(free, pk=parcel.pk, done_at=None)
        if claim.update(claimed_at=at, attempts=F("attempts") + 1) != 1:
            continue
        try:
            with transaction.atomic():
                handlers[parcel.topic](parcel.content)
        except Exception as error:  # whatever a handler raises belongs on the row, not in the worker
            again = at + timedelta(minutes=2 ** (parcel.attempts + 1))
            secret = parcel.topic in forget
            kept = type(error).__name__ if secret else f"{type(error).__name__}: {error}"[:500]
            Parcel.objects.filter(pk=parcel.pk).update(claimed_at=None, due_at=again, last_error=kept)
            if secret and parcel.attempts + 1 >= MAX_ATTEMPTS:
                Parcel.objects.filter(pk=parcel.pk).delete()
        else:
            if parcel.topic in forget:
                Parcel.objects.filter(pk=parcel.pk).delete()
            else:
                Parcel.objects.filter(pk=parcel.pk).update(done_at=at)
            delivered += 1
    return delivered
