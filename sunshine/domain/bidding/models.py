"""Sealed bids and what comes out of them. No column here says who bids until a bid has been opened."""

from django.db import models
from django.db.models import Q

from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.parties.models import Organisation
from sunshine.domain.sourcing.models import Lot, TrusteeSeat
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField
from sunshine.foundation.money import FenField


class SealPolicy(models.Model):
    """密封规则 of one lot, published with the announcement and immutable: its id binds every share and lid."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="seal_policy")
    pid = models.CharField(max_length=64, unique=True)
    content = models.JSONField()  # seal-policy/1 or /2, docs/trust.md
    token_key = models.TextField(default="", blank=True)  # of the lot's box tokens: base64 SPKI, the same for everybody


class SealExtension(models.Model):
    """A later deadline of a published policy, signed by the log key (trust.md §1.4); sealed bids stay effective."""

    policy = models.ForeignKey(SealPolicy, models.PROTECT, related_name="extensions")
    seq = models.PositiveSmallIntegerField()
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "seq"], name="extension_seq_once")]


class TokenGrant(models.Model):
    """That an organisation has got its one 投标凭证 in a lot. It knows the blinded number and nothing it turned into.

    No column leads to a lid: neither the box key, nor the token, nor an instant to compare with (the day will do).
    """

    public_id = PublicIdField(prefix="T")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="token_grants")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    blinded = models.TextField()  # base64, as long as the modulus
    answer = models.TextField()  # the blind signature, base64: given again when it was lost on the way
    issued_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "organisation"], name="token_once")]


class SealedBid(models.Model):
    """One lid in one lot's box: lot, box_key, seq and lid, and no supplier (who bids is inside the ciphertext)."""

    public_id = PublicIdField(prefix="B")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="sealed_bids")
    box_key = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    lid = models.JSONField()
    lid_id = models.CharField(max_length=64, unique=True)
    arrived_at = models.DateTimeField()  # at the door: decides lateness
    received_at = models.DateTimeField()  # under the lock: decides order
    is_effective = models.BooleanField(default=False)  # fixed at the opening: the newest valid lid of its box
    stage = models.TextField(default=BID.initial, editable=False)
    outcome = models.JSONField(default=dict)  # computed: code, fault, legal, detail, part, liable, evidence (findings)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lot", "box_key", "seq"], name="bid_seq_once")]

    def involves(self, actor: Actor, permission: str) -> bool:
        return self.lot.project.involves(actor, permission)


class VisitRecord(models.Model):
    """From where a lid came, readable by the inspectors' key alone (an age file of one size; 办法 第四十九条)."""

    bid = models.OneToOneField(SealedBid, models.PROTECT, related_name="visit")
    sealed = models.BinaryField()


class Knock(models.Model):
    """Something has come to the door of the box and is still being looked at: until it is settled no box is closed.

    It says when, and neither what nor for which lot. The arrival decides lateness, however long the rest takes.
    """

    arrived_at = models.DateTimeField(db_index=True)


class SealedPart(models.Model):
    """The ciphertext of one part of one lid."""

    bid = models.ForeignKey(SealedBid, models.PROTECT, related_name="parts")
    part = models.TextField()
    recipient = models.TextField()
    body = models.ForeignKey("files.Blob", models.PROTECT, related_name="+")
    identity = models.TextField(default="", blank=True)  # the age identity, known once the part has been opened
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "part"], name="part_once"),
            models.CheckConstraint(
                condition=Q(opened_at=None, identity="") | (Q(opened_at__isnull=False) & ~Q(identity="")),
                name="part_opened_pair",
            ),
        ]


class ShareRelease(models.Model):
    """What trustee i gave for one part of one lid: its share, or the fault its client found."""

    bid = models.ForeignKey(SealedBid, models.PROTECT, related_name="releases")
    part = models.TextField()
    seat = models.ForeignKey(TrusteeSeat, models.PROTECT, related_name="releases")
    share = models.CharField(max_length=64, default="", blank=True)  # y, hex
    fault = models.TextField(default="", blank=True)
    expected = models.CharField(max_length=64, default="", blank=True)  # of a wrong share: the lid's commitment,
    got = models.CharField(max_length=64, default="", blank=True)  # and the one that the handed share hashes to
    statement = models.JSONField()
    signature = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "part", "seat"], name="release_once"),
            models.CheckConstraint(condition=Q(share="") ^ Q(fault=""), name="share_or_fault"),
        ]


class BidderKey(models.Model):
    """What a bidder itself gave for one part at the opening: S_B (mode D), S (mode B), or both to rescue its own bid.

    Both stay here and go nowhere: the log holds the signed statement alone.
    """

    bid = models.ForeignKey(SealedBid, models.PROTECT, related_name="bidder_keys")
    part = models.TextField()
    bshare = models.CharField(max_length=64, default="", blank=True)  # S_B, hex
    secret = models.CharField(max_length=64, default="", blank=True)  # S, hex
    statement = models.JSONField()  # seal-remedy/1
    signature = models.CharField(max_length=128)  # by the box key
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bid", "part"], name="bidder_key_once"),
            models.CheckConstraint(condition=~Q(bshare="") | ~Q(secret=""), name="bidder_key_holds_something"),
        ]


class OpenedBid(models.Model):
    """The bid as opened: who, how much, when; read from the versioned JSON, never out of a PDF."""

    public_id = PublicIdField(prefix="OB")
    bid = models.OneToOneField(SealedBid, models.PROTECT, related_name="opened")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="opened_bids")
    bidder = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="bids")
    bidder_name = models.TextField()
    bidder_uscc = models.CharField(max_length=18)
    total_fen = FenField(null=True)
    rate = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    delivery_days = models.PositiveIntegerField(default=0)
    quality = models.TextField(default="", blank=True)
    project_leader = models.TextField(default="", blank=True)
    validity_days = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    price = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)  # what checking found: sum differs, duplicate bidder …
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class PriceOpening(models.Model):
    """第二次开标: of two envelopes, whose price is opened, and the technical result that was fixed before (双信封)."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="price_opening")
    lids = models.JSONField()  # of the bids that the panel did not reject; the others stay shut for ever
    technical = models.JSONField()  # technical-result/1: scores and verdicts as they were locked
    digest = models.CharField(max_length=64)  # SHA-256 (hex) of its canonical JSON, in the logged list
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    confirmed_at = models.DateTimeField(null=True)


class OpenedDocument(models.Model):
    """A file that came out of an opened part."""

    opened = models.ForeignKey(OpenedBid, models.PROTECT, related_name="documents")
    part = models.TextField()
    name = models.TextField()
    blob = models.ForeignKey("files.Blob", models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
