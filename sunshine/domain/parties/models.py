"""Organisations in their tree, the people in them, and what they may do for whom."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sunshine.domain.parties.lifecycle import EXPERT, ORGANISATION
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import PublicIdField


def pair(at: str, by: str, name: str) -> models.CheckConstraint:
    """A fact and its doer come together or not at all."""
    empty = Q(**{f"{at}__isnull": True, by: ""})
    full = Q(**{f"{at}__isnull": False}) & ~Q(**{by: ""})
    return models.CheckConstraint(condition=empty | full, name=name)


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save()
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username or "")


class Person(AbstractBaseUser):
    """A natural person who can log in. Rights come from memberships, never from the person."""

    public_id = PublicIdField(prefix="U")
    email = models.EmailField(unique=True)
    name = models.TextField()
    phone = models.TextField(default="", blank=True)
    language = models.TextField(default="zh-hans")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """Any legal entity known to the platform. ``path`` ("/3/17/") makes a group's subsidiaries one prefix."""

    class Kind(models.TextChoices):
        BUYER = "buyer", "采购人"
        AGENCY = "agency", "采购代理机构"
        SUPPLIER = "supplier", "供应商"
        SUPERVISOR = "supervisor", "监督机构"
        OPERATOR = "operator", "平台运营机构"
        REGISTRY = "registry", "专家库"

    public_id = PublicIdField(prefix="O")
    kind = models.TextField(choices=Kind)
    name = models.TextField()
    uscc = models.CharField(max_length=18, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.TextField(default="")
    region = models.TextField(default="", blank=True)
    address = models.TextField(default="", blank=True)
    legal_representative = models.TextField(default="", blank=True)
    contact_name = models.TextField(default="", blank=True)
    contact_phone = models.TextField(default="", blank=True)
    scale = models.TextField(default="", blank=True)  # sme | large | ""
    about = models.TextField(default="", blank=True)
    licence = models.ForeignKey("files.Blob", models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.TextField(default=ORGANISATION.initial, editable=False)
    registered_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    verified_by = models.TextField(default="", blank=True)
    verdict = models.TextField(default="", blank=True)  # what the operator told the applicant

    class Meta:
        constraints = [pair("verified_at", "verified_by", "organisation_verified_pair")]
        indexes = [
            models.Index(fields=["kind", "stage"]),
            models.Index(fields=["path"], name="org_path_prefix", opclasses=["text_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    def involves(self, actor: Actor, permission: str) -> bool:
        """Verified operators verify anyone; an applicant speaks for itself; others concern themselves with their tree.

        Anyone may register as an operator, so the kind alone gives no right.
        """
        if permission.startswith("operator:"):
            return actor.active
        if permission.startswith("visitor:"):
            return actor.organisation_pk == self.pk
        return self.path.startswith(actor.tree)


class Membership(models.Model):
    """Person ↔ organisation, with roles; ended, never deleted."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    roles = ArrayField(models.TextField())
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(ended_at=None), name="one_live_membership"
            )
        ]


class Delegation(models.Model):
    """The record without which a group may not act for its subsidiary (or anyone for anyone)."""

    public_id = PublicIdField(prefix="DG")
    giver = models.ForeignKey(Organisation, models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Organisation, models.PROTECT, related_name="delegations_taken")
    basis = models.TextField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    given_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(valid_to__gt=models.F("valid_from")), name="delegation_span")]


class Mandate(models.Model):
    """委托代理协议: what a buyer lets an agency do, and until when."""

    public_id = PublicIdField(prefix="MD")
    buyer = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates_given")
    agency = models.ForeignKey(Organisation, models.PROTECT, related_name="mandates_taken")
    scope = models.TextField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    given_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(valid_to__gt=models.F("valid_from")), name="mandate_span")]


class Expert(models.Model):
    """A person in the expert registry. ``avoided_units`` are the credit codes the expert declared beforehand."""

    public_id = PublicIdField(prefix="E")
    person = models.OneToOneField(Person, models.PROTECT, related_name="expert")
    title = models.TextField()
    years = models.PositiveSmallIntegerField()
    employer = models.TextField()
    employer_uscc = models.CharField(max_length=18, default="", blank=True)
    specialties = ArrayField(models.TextField())
    avoided_units = ArrayField(models.CharField(max_length=18), default=list)
    stage = models.TextField(default=EXPERT.initial, editable=False)
    applied_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    verified_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [pair("verified_at", "verified_by", "expert_verified_pair")]

    def __str__(self) -> str:
        return str(self.person)

    def involves(self, actor: Actor, permission: str) -> bool:
        if permission.startswith("operator:"):
            return actor.active
        return actor.person == self.person.public_id


def acts_for(actor: Actor, organisation: Organisation, at: datetime) -> bool:
    """Whether the actor's organisation is this one, or holds a live delegation from it."""
    if not actor.active:
        return False
    if actor.organisation_pk == organisation.pk:
        return True
    live = Delegation.objects.filter(giver=organisation, taker_id=actor.organisation_pk, ended_at=None)
    return live.filter(valid_from__lte=at, valid_to__gt=at).exists()
