"""The row of a blob. Who refers to one does so by ForeignKey with PROTECT."""

from django.core.validators import RegexValidator
from django.db import models


class Blob(models.Model):
    """Bytes known by their hash. The name people gave the file belongs to whoever refers to it."""

    sha256 = models.CharField(primary_key=True, max_length=64, validators=[RegexValidator(r"\A[0-9a-f]{64}\Z")])
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="blob_has_bytes", condition=models.Q(size__gt=0)),
            models.CheckConstraint(name="blob_sha256_hex", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return self.sha256

    @property
    def path(self) -> str:
        """Where the bytes lie in the ``blobs`` storage: two levels, so that no folder grows past listing."""
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"
