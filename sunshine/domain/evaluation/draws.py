"""抽取: a random draw that nobody steers and anybody replays (`draw/1`). Whose name a blind id hides stays in here."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.parties.models import pair
from sunshine.domain.sourcing.models import Lot, TrusteeSeat
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField
from sunshine.foundation.tlog.models import Checkpoint, Leaf

EXPERTS, FACTOR = "experts", "factor"
REVEAL_MINUTES = 30  # a policy number: how long every party has to reveal before the trustees may open


class Draw(models.Model):
    """One draw for one lot: of the panel's experts, or of a random factor.

    announcement     draw/1, public from the start; experts stand in it by blind id
    policy           seal-policy/1 under which every party seals its number to the lot's trustees
    salt, blinded    secret: 32 bytes (hex) behind the blind ids, and blind id → expert, pool and exclusions alike
    representatives  secret: public ids of the buyer's own members of the panel
    checkpoint       the first signed head of the log after the last commitment; pinned, so that it stays
    record           draw-record/1, once everything is known
    """

    public_id = PublicIdField(prefix="DR")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="draws")
    purpose = models.TextField()
    announcement = models.JSONField()
    policy = models.JSONField()
    pid = models.CharField(max_length=64)
    specialty = models.TextField(default="", blank=True)
    salt = models.CharField(max_length=64)
    blinded = models.JSONField(default=dict)
    representatives = models.JSONField(default=list)
    reveal_minutes = models.PositiveSmallIntegerField(default=REVEAL_MINUTES)
    stage = models.TextField(default=DRAW.initial, editable=False)
    announced_at = models.DateTimeField()
    announced_by = models.TextField()
    checkpoint = models.TextField(default="", blank=True)
    checkpoint_size = models.BigIntegerField(null=True)
    pinned_at = models.DateTimeField(null=True)
    record = models.JSONField(default=dict)
    drawn_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True)
    abandoned_by = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "purpose"], condition=~Q(stage="abandoned"), name="one_living_draw_of_a_purpose"
            ),
            pair("abandoned_at", "abandoned_by", "draw_abandoned_pair"),
            models.CheckConstraint(
                condition=Q(pinned_at=None, checkpoint="", checkpoint_size=None)
                | (Q(pinned_at__isnull=False, checkpoint_size__isnull=False) & ~Q(checkpoint="")),
                name="draw_pinned_pair",
            ),
            models.CheckConstraint(
                condition=Q(record={}, drawn_at=None) | (~Q(record={}) & Q(drawn_at__isnull=False)),
                name="draw_record_pair",
            ),
            models.CheckConstraint(condition=Q(purpose__in=["experts", "factor"]), name="draw_purpose"),
        ]

    def involves(self, actor: Actor, permission: str) -> bool:
        """Parties act for themselves; the buyer's officer for the lot; trustees are narrowed by their seat."""
        if permission == "party:draw:join":
            return self.parties.filter(person_id=actor.person_pk).exists()
        return self.lot.project.involves(actor, permission)

    def events(self) -> "models.QuerySet[Event]":
        """The announcement and the commitments in the audit record, in their order."""
        tags = ("draw:announce-draw", "draw:commit-draw")
        return Event.objects.filter(subject=f"draw/{self.public_id}", tag__in=tags).order_by("seq")

    def next_checkpoint(self) -> Checkpoint | None:
        """The first signed head that holds the announcement and every commitment; None while there is none."""
        if self.parties.filter(committed_at=None).exists():
            return None
        places = list(Leaf.objects.filter(event__in=self.events()).values_list("index", flat=True))
        if len(places) != 1 + self.parties.count():
            return None
        return Checkpoint.objects.filter(size__gt=max(places)).order_by("size").first()

    def rescue_from(self) -> datetime | None:
        """From when on the trustees may open the numbers that were not revealed; None before the checkpoint."""
        return self.pinned_at + timedelta(minutes=self.reveal_minutes) if self.pinned_at else None


class DrawParty(models.Model):
    """Who gives randomness: number and role as announced, the person who acts, what was promised and what came.

    lid, body      the number sealed to the trustees: seal/1 lid with one part, and that part's age file (base64)
    r              32 bytes (hex), once revealed or opened
    opened         whether the trustees opened it, because the party did not reveal in time
    """

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="parties")
    number = models.PositiveSmallIntegerField()
    role = models.TextField()
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="draw_parts")
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="draw_parts")
    commit = models.CharField(max_length=64, default="", blank=True)
    lid = models.JSONField(default=dict)
    body = models.TextField(default="", blank=True)
    committed_at = models.DateTimeField(null=True)
    r = models.CharField(max_length=64, default="", blank=True)
    opened = models.BooleanField(default=False)
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "number"], name="draw_party_number_once"),
            models.UniqueConstraint(fields=["draw", "person"], name="draw_party_person_once"),
            models.CheckConstraint(
                condition=Q(committed_at=None, commit="", lid={}, body="")
                | (Q(committed_at__isnull=False) & ~Q(lid={}) & ~Q(commit="") & ~Q(body="")),
                name="draw_party_committed_pair",
            ),
            models.CheckConstraint(
                condition=Q(revealed_at=None, r="", opened=False)
                | (Q(revealed_at__isnull=False, committed_at__lte=F("revealed_at")) & ~Q(r="")),
                name="draw_party_revealed_pair",
            ),
        ]

    @property
    def part(self) -> dict[str, Any]:
        """The one sealed part of the lid."""
        return dict(self.lid["parts"][0])


class DrawRelease(models.Model):
    """What trustee i gave for one party's sealed number: its share, or the fault its client found."""

    party = models.ForeignKey(DrawParty, models.PROTECT, related_name="releases")
    seat = models.ForeignKey(TrusteeSeat, models.PROTECT, related_name="draw_releases")
    share = models.CharField(max_length=64, default="", blank=True)  # y, hex
    fault = models.TextField(default="", blank=True)
    statement = models.JSONField()
    signature = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "seat"], name="draw_release_once"),
            models.CheckConstraint(condition=Q(share="") ^ Q(fault=""), name="draw_share_or_fault"),
        ]
