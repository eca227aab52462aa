"""The log's rows. Events wait, one sequencer gives them their places, tiles and heads only ever grow (triggers)."""

from django.db import models
from django.db.models import Q


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

    class Meta:
        indexes = [models.Index(fields=["at"])]
