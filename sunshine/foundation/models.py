"""What kind of installation this is, and how far its rehearsal clock stands off."""

from datetime import timedelta

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The single row that marks a database as rehearsal or production, for ever.

    ``clock_offset`` is added to the database's clock; it exists in rehearsals only and moves forward only
    (a trigger refuses the way back), so that recorded time never runs backwards.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    mode = models.TextField(default="rehearsal")
    clock_offset = models.DurationField(default=timedelta(0))
    log_origin = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_installation"),
            models.CheckConstraint(condition=Q(mode__in=["rehearsal", "production"]), name="installation_mode"),
            models.CheckConstraint(
                condition=Q(mode="rehearsal") | Q(clock_offset=timedelta(0)), name="no_offset_in_production"
            ),
        ]


class LifecycleMove(models.Model):
    """One permitted move of a stage; the guard trigger reads this mirror of the lifecycle tables.

    source is "" for birth: the only stages a row may be inserted with.
    """

    lifecycle = models.TextField()
    step = models.TextField()
    source = models.TextField()
    target = models.TextField()

    class Meta:
        db_table = "lifecycle_move"
        constraints = [
            models.UniqueConstraint(fields=["lifecycle", "step", "source", "target"], name="lifecycle_move_once")
        ]
