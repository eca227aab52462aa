"""Panel, scores, rejections, report; draws stand in ``draws``. A score is visible to its own member only, until all have locked."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.draws import Draw, DrawParty, DrawRelease
from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField

__all__ = [
    "Draw",
    "DrawParty",
    "DrawRelease",
    "EvaluationReport",
    "Panel",
    "PanelMember",
    "PriceVerdict",
    "Score",
    "ScoreQuerySet",
    "Verdict",
]


class Panel(models.Model):
    """评标委员会 of one lot, with the record of how its members were found."""

    public_id = PublicIdField(prefix="PN")
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="panel")
    draw = models.JSONField()  # the draw's id; by experts' ids: pool, exclusions with reasons, drawn order
    formed_at = models.DateTimeField()
    formed_by = models.TextField()


class PanelMember(models.Model):
    """评委: an expert or the buyer's representative, on one panel."""

    public_id = PublicIdField(prefix="M")
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="members")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="panel_seats")
    expert = models.ForeignKey("parties.Expert", models.PROTECT, null=True, related_name="panel_seats")
    is_chair = models.BooleanField(default=False)
    number = models.PositiveSmallIntegerField()
    stage = models.TextField(default=MEMBER.initial, editable=False)
    checked_in_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    dissent = models.TextField(default="", blank=True)
    signature = models.TextField(default="", blank=True)
    certificate = models.ForeignKey("vault.Certificate", models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "person"], name="panel_person_once"),
            models.UniqueConstraint(fields=["panel", "number"], name="panel_number_once"),
        ]

    @property
    def is_expert(self) -> bool:
        return self.expert_id is not None

    def involves(self, actor: Actor, permission: str) -> bool:
        """A member acts for himself; the buyer's officer only draws."""
        return permission == "buyer:panel:draw" or actor.person_pk == self.person_id


class ScoreQuerySet(models.QuerySet["Score"]):
    def visible_to(self, actor: Actor, at: datetime) -> "ScoreQuerySet":
        """Own scores always; others' only once every member has locked. Nobody's before, not even the operator's."""
        open_panel = PanelMember.objects.filter(panel=models.OuterRef("member__panel"), stage__in=["drawn", "present"])
        everyone = ~models.Exists(open_panel)
        return self.filter(Q(member__person_id=actor.person_pk) | everyone)


class Score(models.Model):
    """评分: one member, one criterion, one bid."""

    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="scores")
    bid = models.ForeignKey(OpenedBid, models.PROTECT, related_name="scores")
    criterion = models.TextField()
    value = models.DecimalField(max_digits=7, decimal_places=2)
    reason = models.TextField(default="", blank=True)
    scored_at = models.DateTimeField()

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "bid", "criterion"], name="score_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="score_not_negative"),
        ]


class Verdict(models.Model):
    """初步评审: one member's opinion whether a bid must be rejected, with ground and reason."""

    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="verdicts")
    bid = models.ForeignKey(OpenedBid, models.PROTECT, related_name="verdicts")
    reject = models.BooleanField()
    reason_code = models.TextField(default="", blank=True)  # R51-1 … R51-7
    reason = models.TextField(default="", blank=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "bid"], name="verdict_once"),
            models.CheckConstraint(
                condition=Q(reject=False) | (~Q(reason_code="") & ~Q(reason="")), name="rejection_has_reason"
            ),
        ]


class PriceVerdict(models.Model):
    """商务标评审: one member's rejection of an opened price; no row, no objection. Scores are not touched any more."""

    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="price_verdicts")
    bid = models.ForeignKey(OpenedBid, models.PROTECT, related_name="price_verdicts")
    reason_code = models.TextField()  # R51-1 … R51-7
    reason = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "bid"], name="price_verdict_once"),
            models.CheckConstraint(condition=~Q(reason_code="") & ~Q(reason=""), name="price_rejection_has_reason"),
        ]


class EvaluationReport(models.Model):
    """评标报告: scheme, inputs, every intermediate number, rejections; the digest is what members sign."""

    public_id = PublicIdField(prefix="ER")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical JSON
    drafted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)  # when the last member signed: 条例 54 counts from here

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "version"], name="report_version_once")]
