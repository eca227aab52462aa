"""The log's rows. Events wait, one sequencer gives them their places, tiles and heads only ever grow (triggers)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from sunshine.foundation.ids import PublicIdField


class Waiting(models.Model):
    """An event without a place yet; a trigger writes it with the event, in the act's own transaction."""

    event = models.OneToOneField("audit.Event", models.PROTECT, primary_key=True, related_name="+")


class Leaf(models.Model):
    """The place of an event in the log."""

    event = models.OneToOneField("audit.Event", models.PROTECT, primary_key=True, related_name="leaf")
    index = models.BigIntegerField(unique=True)


class StoredTile(models.Model):
    """A tile of hashes, or a bundle of 32-byte entries without their length prefixes (level −1)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]


class Head(models.Model):
    """The one row every appending transaction locks: how far the log goes."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_head")]


class Checkpoint(models.Model):
    """A head that the log has signed: C2SP note text, and the trusted time of the signature."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()
    pinned = models.BooleanField(default=False)  # an act stands on it: never thinned out
    cosigned = models.PositiveSmallIntegerField(default=0)  # by how many witnesses

    class Meta:
        indexes = [models.Index(fields=["at"])]


class Witness(models.Model):
    """An office that watches the log from outside and cosigns its checkpoints (C2SP tlog-witness).

    size   the newest tree it is known to have cosigned
    state  how the last conversation ended: a state of sunshine_proof.witnessclient.Outcome, "" before the first
    """

    public_id = PublicIdField(prefix="W")
    vkey = models.TextField()
    url = models.TextField()
    office = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", blank=True)
    size = models.BigIntegerField(default=0)
    state = models.TextField(default="", blank=True)
    code = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField(null=True)
    cosigned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vkey"], condition=Q(ended_at=None), name="one_live_witness"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="witness_ended_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in its key."""
        return self.vkey.partition("+")[0]


class Cosignature(models.Model):
    """A witness's signature line under a checkpoint, and the time it gives."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="cosignatures")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="cosignatures")
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="cosigned_once")]


class Timestamp(models.Model):
    """A time authority's word about a checkpoint (RFC 3161).

    token  the DER TimeStampToken over the text of the note, without its signature lines
    at     the time it gives
    """

    checkpoint = models.OneToOneField(Checkpoint, models.CASCADE, primary_key=True, related_name="timestamp")
    authority = models.TextField()
    token = models.BinaryField()
    at = models.DateTimeField()


class LogAlarm(models.Model):
    """What a witness says it has seen of our log cannot be squared with what we have, or the time authority gives what
    is no timestamp: somebody must look.

    witness  who raised it; None where it is about the time authority
    """

    public_id = PublicIdField(prefix="LA")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="alarms", null=True)
    code = models.TextField()
    detail = models.TextField()
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)
    words = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["witness", "code"], condition=Q(settled_at=None), name="one_open_alarm_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=Q(settled_at=None, witness=None), name="one_open_alarm_about_time"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by="") | (Q(settled_at__isnull=False) & ~Q(settled_by="")),
                name="log_alarm_settled_pair",
            ),
        ]

    @property
    def source(self) -> str:
        """Who it came from, in the reader's language."""
        return f"{self.witness.office} · {self.witness.name}" if self.witness else gettext("时间戳机构")
