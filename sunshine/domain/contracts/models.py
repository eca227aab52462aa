"""Candidates, objections, awards, letters, contracts: obligations after the ranking."""

from django.db import models
from django.db.models import Q

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.contracts.lifecycle import CONTRACT, OBJECTION
from sunshine.domain.parties.models import Organisation, acts_for, pair
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField
from sunshine.foundation.money import FenField


class Candidate(models.Model):
    """中标候选人: ranked, at most three."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="candidates")
    rank = models.PositiveSmallIntegerField()
    bid = models.OneToOneField(OpenedBid, models.PROTECT, related_name="candidacy")
    total = models.DecimalField(max_digits=9, decimal_places=2)
    price_fen = FenField(null=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["lot", "rank"], name="candidate_rank_once")]


class Objection(models.Model):
    """异议 to the buyer on the platform. While it is unanswered its target is on hold (条例 22, 54)."""

    class Target(models.TextChoices):
        DOCUMENTS = "documents", "招标文件"
        OPENING = "opening", "开标"
        CANDIDATES = "candidates", "评标结果"

    public_id = PublicIdField(prefix="OJ")
    project = models.ForeignKey(Project, models.PROTECT, related_name="objections")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="objections")
    target = models.TextField(choices=Target)
    objector = models.ForeignKey(Organisation, models.PROTECT, related_name="objections")
    text = models.TextField()
    evidence = models.ForeignKey("files.Blob", models.PROTECT, null=True, related_name="+")
    stage = models.TextField(default=OBJECTION.initial, editable=False)
    raised_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    answer = models.TextField(default="", blank=True)
    effect = models.TextField(default="", blank=True)  # dismissed | upheld
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            pair("answered_at", "answered_by", "objection_answered_pair"),
            models.CheckConstraint(condition=Q(target="documents") | Q(lot__isnull=False), name="objection_has_lot"),
        ]

    def involves(self, actor: Actor, permission: str) -> bool:
        if permission.startswith("supplier:"):
            return actor.active and actor.organisation_pk == self.objector_id
        return self.project.involves(actor, permission)


class Award(models.Model):
    """定标: the decision who wins a lot."""

    public_id = PublicIdField(prefix="A")
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="award")
    bid = models.OneToOneField(OpenedBid, models.PROTECT, related_name="award")
    amount_fen = FenField()
    reason = models.TextField(default="", blank=True)
    awarded_at = models.DateTimeField()
    awarded_by = models.TextField()
    notified_at = models.DateTimeField(null=True)


class Letter(models.Model):
    """中标通知书 to the winner, 中标结果通知书 to the others: same instant, own scores and reasons only."""

    public_id = PublicIdField(prefix="LT")
    award = models.ForeignKey(Award, models.PROTECT, related_name="letters")
    bid = models.OneToOneField(OpenedBid, models.PROTECT, related_name="letter")
    kind = models.TextField()  # award_letter | result_letter
    content = models.JSONField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["award"], condition=Q(kind="award_letter"), name="one_award_letter")
        ]


class Contract(models.Model):
    """合同 of one lot: its terms as data, the text that is signed, and the digest of both."""

    public_id = PublicIdField(prefix="K")
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="contract")
    award = models.OneToOneField(Award, models.PROTECT, related_name="contract")
    buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts_bought")
    supplier = models.ForeignKey(Organisation, models.PROTECT, related_name="contracts_sold")
    amount_fen = FenField()
    delivery_days = models.PositiveIntegerField()
    quality = models.TextField(default="", blank=True)
    terms = models.JSONField(default=dict)
    content = models.JSONField(default=dict)  # contract/1: what is signed
    digest = models.CharField(max_length=64)
    stage = models.TextField(default=CONTRACT.initial, editable=False)
    drafted_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)

    def involves(self, actor: Actor, permission: str) -> bool:
        if permission.startswith("supplier:"):
            return actor.active and actor.organisation_pk == self.supplier_id
        return acts_for(actor, self.buyer, actor.at)


class ContractSignature(models.Model):
    """One party's signature over the contract's digest."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="signatures")
    side = models.TextField()  # buyer | supplier
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    certificate = models.ForeignKey("vault.Certificate", models.PROTECT, related_name="+")
    signature = models.TextField()  # base64 DER
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "side"], name="one_signature_a_side")]
