"""开标密钥持有人: who holds a key of this project, and the key each one makes for it (trust.md §1.3)."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Membership, Organisation
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.models import Project, TrusteeSeat
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.agefile import AgeError, public_of
from sunshine_proof.policy import trustee_digest

SEATS = ("采购人", "平台运营机构", "纪检监察", "审计")


def _locked(public_id: str) -> Project:
    project = Project.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if project is None:
        raise NotFound()
    if not project.seats_may_change():
        if project.opens_alone:
            raise Refused("policy-is-fixed", _("抽取公布后，密钥持有人及其密钥不可更改。"))
        raise Refused("policy-is-fixed", _("公告发布后，开标密钥持有人及其密钥不可更改。"))
    return project


def _side(seat: str, buyer: Organisation) -> Q:
    """The houses a seat belongs to. An overseer is outside the buyer or above it: else one side could open alone."""
    if seat == SEATS[0]:
        return Q(organisation=buyer)
    if seat == SEATS[1]:
        return Q(organisation__kind="operator")
    above = [int(pk) for pk in buyer.path.strip("/").split("/") if int(pk) != buyer.pk]
    return Q(organisation__kind="supervisor") | Q(organisation__in=above)


@act
def seat_trustees(project_id: str, *, by: Actor, at: datetime, persons: Sequence[str]) -> Any:
    """Name the four trustees in the order of SEATS (public ids of persons who hold the trustee role).

    Three of four open, so no opening happens without the discipline inspection or the audit.
    """
    project = _locked(project_id)
    if not by.may("buyer:project:draft", project):
        raise Refused("forbidden", _("您没有编制该项目的权限。"))
    if len(persons) != len(SEATS) or len(set(persons)) != len(SEATS):
        raise Refused("trustees-incomplete", _("请为四个席位各指定一位不同的持有人。"))
    keys = {seat.person_id: seat for seat in project.seats.all() if seat.recipient}
    project.seats.all().delete()
    for i, (role, person) in enumerate(zip(SEATS, persons, strict=True), 1):
        held = Membership.objects.filter(person__public_id=person, ended_at=None, roles__contains=["trustee"])
        live = held.filter(organisation__stage="active").select_related("organisation", "person")
        holder = live.filter(_side(role, project.buyer)).first()
        if holder is None:
            if live.exists():
                text = _("“%(seat)s”席位须由该方人员担任，监督席位不能由采购人自己担任。") % {"seat": role}
                raise Refused("seat-of-another-side", text, field=f"seat-{i}")
            raise Refused("not-a-trustee", _("所选人员没有“开标密钥持有人”角色。"), field=f"seat-{i}")
        seat = TrusteeSeat(project=project, i=i, role=role, person=holder.person, organisation=holder.organisation)
        old = keys.get(holder.person_id)
        if old is not None and old.role == role:  # the signature binds tender, role and recipient: still good
            seat.recipient, seat.signature = old.recipient, old.signature
            seat.certificate, seat.key_made_at = old.certificate, old.key_made_at
        else:
            tell([holder.person_id], "trustee-seat", {"title": project.title}, url="/trustee/", at=at)
        seat.save()
    return note("project", "seat-trustees", project.public_id, by=by, at=at, facts={"persons": list(persons)})


@act
def make_trustee_key(
    project_id: str, *, by: Actor, at: datetime, recipient: str, signature: str, certificate: str
) -> Any:
    """Publish the recipient of the trustee's own per-tender key, signed by the trustee's certificate."""
    project = _locked(project_id)
    seat = project.seats.filter(person_id=by.person_pk).first()
    if seat is None or "trustee:key:create" not in by.permissions:
        raise NotFound()
    try:
        public_of(recipient)
        raw = base64.b64decode(signature, validate=True)
    except (AgeError, binascii.Error, ValueError) as error:
        raise Refused("key-malformed", _("密钥或签名格式不正确。")) from error
    held = certificates.find(certificate)
    LocalVerifier().verify(trustee_digest(project.public_id, seat.role, recipient), raw, held, at=at, person=by.person)
    seat.recipient, seat.signature, seat.certificate, seat.key_made_at = recipient, signature, held, at
    seat.save()
    facts = {"i": seat.i, "role": seat.role, "recipient": recipient, "certificate": held.sha256}
    return note("project", "make-key", project.public_id, by=by, at=at, facts=facts)
