"""Certificates bound to people, and keyrings only their owners can open."""

from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import Exact

from sunshine.foundation.ids import PublicIdField
from sunshine_proof.keyring import BLOB_SIZE


class Certificate(models.Model):
    """An X.509 certificate of one person acting for one organisation (both as plain public ids)."""

    public_id = PublicIdField(prefix="C")
    person_ref = models.CharField(max_length=16, db_index=True)
    organisation_ref = models.CharField(max_length=16, db_index=True)
    serial = models.CharField(max_length=40)  # hex
    subject = models.TextField()  # RFC 4514
    issuer = models.TextField()  # RFC 4514
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    sha256 = models.CharField(max_length=64, unique=True)  # of the DER bytes
    key_sha256 = models.CharField(max_length=64, db_index=True)  # of the SubjectPublicKeyInfo
    pem = models.TextField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=16, null=True)  # half of a pair: both or neither

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "serial"], name="certificate_issuer_serial"),
            models.CheckConstraint(
                name="certificate_revoked_pair",
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.subject}"


class InspectionKey(models.Model):
    """An age recipient that an inspector made in the browser; the newest is the one that visits are sealed to."""

    recipient = models.TextField(unique=True)
    person_ref = models.CharField(max_length=16)
    organisation_ref = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.recipient


class Keyring(models.Model):
    """One person's keys, encrypted in their browser under their passphrase; every row looks like every other.

    The day, not the instant, of the last change: an instant would pair the keyring with the bid of that second.
    Version 0 is a decoy of random bytes in the shape of the real thing, waiting for its owner's first use.
    """

    owner_ref = models.CharField(max_length=16, unique=True)
    version = models.PositiveIntegerField(default=0)
    blob = models.BinaryField()
    updated_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="keyring_equal_size",
                condition=Exact(Func("blob", function="octet_length", output_field=models.IntegerField()), BLOB_SIZE),
            )
        ]

    def __str__(self) -> str:
        return self.owner_ref
