"""Experts apply themselves and are listed after review; they declare the units they must avoid beforehand."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties import uscc
from sunshine.domain.parties.lifecycle import EXPERT
from sunshine.domain.parties.models import Expert, Membership, Organisation, Person
from sunshine.flows._run import birth, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


@birth(EXPERT, "apply-expert")
def apply_expert(
    *,
    by: Actor,
    at: datetime,
    person: Person,
    title: str,
    years: int,
    employer: str,
    specialties: list[str],
    avoided_units: list[str],
    employer_uscc: str = "",
) -> tuple[Expert, dict[str, Any]]:
    """Apply for the registry. avoided_units are credit codes (条例 46: an interest means recusal)."""
    if not specialties:
        raise Refused("specialty-missing", _("请至少填写一个专业。"), field="specialties")
    avoided = [uscc.check(code) for code in avoided_units]
    if Expert.objects.filter(person=person).exists():
        raise Refused("expert-exists", _("您已经申请过，请等待审核。"))
    expert = Expert(
        person=person,
        title=title,
        years=years,
        employer=employer,
        employer_uscc=uscc.check(employer_uscc) if employer_uscc else "",
        specialties=specialties,
        avoided_units=avoided,
        applied_at=at,
    )
    return expert, {"specialties": specialties, "avoided": len(avoided)}


@flow(EXPERT, "verify-expert")
def verify_expert(expert: Expert, *, by: Actor, at: datetime, evidence: str) -> dict[str, Any]:
    """List the expert; the person gets the expert's role in the registry."""
    if not evidence.strip():
        raise Refused("evidence-missing", _("请写明审核所依据的材料。"), field="evidence")
    expert.verified_at, expert.verified_by = at, str(by)
    expert.save(update_fields=["verified_at", "verified_by"])
    registry = Organisation.objects.get(kind="registry")
    Membership.objects.get_or_create(
        person=expert.person, organisation=registry, ended_at=None, defaults={"roles": ["expert"], "since": at}
    )
    return {"evidence": evidence}


def _ends(expert: Expert, at: datetime) -> None:
    Membership.objects.filter(person=expert.person, organisation__kind="registry", ended_at=None).update(ended_at=at)


@flow(EXPERT, "refuse-expert")
def refuse_expert(expert: Expert, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Do not list the applicant, with the reason."""
    return {"reason": reason}


@flow(EXPERT, "suspend-expert")
def suspend_expert(expert: Expert, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Leave the expert out of draws for now."""
    _ends(expert, at)
    return {"reason": reason}


@flow(EXPERT, "reinstate-expert")
def reinstate_expert(expert: Expert, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Back into the registry."""
    registry = Organisation.objects.get(kind="registry")
    Membership.objects.create(person=expert.person, organisation=registry, roles=["expert"], since=at)
    return {}


@flow(EXPERT, "retire-expert")
def retire_expert(expert: Expert, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Leave the registry for good."""
    _ends(expert, at)
    return {"reason": reason}
