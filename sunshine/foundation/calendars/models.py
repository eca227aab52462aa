"""One row per day whose kind differs from the library's, or of a year the library does not know yet."""

from django.db import models

from sunshine.foundation.calendar import DayKind


class CalendarOverride(models.Model):
    """A day as somebody declared it, with the source in `note` (for instance the State Council's notice)."""

    day = models.DateField(unique=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in DayKind])
    note = models.CharField(max_length=200)
    set_by = models.CharField(max_length=16)  # public id of the person
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                name="calendar_override_kind", condition=models.Q(kind__in=[kind.value for kind in DayKind])
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"
