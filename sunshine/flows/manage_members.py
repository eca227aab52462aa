"""Who works for an organisation, in which roles; delegations and mandates. Ended, never deleted."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Delegation, Mandate, Membership, Organisation, Person
from sunshine.domain.parties.roles import check
from sunshine.domain.publishing.tell import holders, tell
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

_MANAGES = {
    "buyer": "buyer:member:manage",
    "supplier": "supplier:member:manage",
    "supervisor": "supervisor:member:manage",
    "operator": "operator:settings:change",
}


def _own(by: Actor, permission: str) -> Organisation:
    if permission not in by.permissions or not by.active:
        raise Refused("forbidden", _("需要本单位管理员权限。"))
    return Organisation.objects.select_for_update().get(pk=by.organisation_pk)


@act
def add_member(*, by: Actor, at: datetime, email: str, name: str, phone: str, roles: list[str], password: str) -> Any:
    """Add a person (new or known by e-mail) to the actor's own organisation."""
    organisation = _own(by, _MANAGES.get(by.kind, ""))
    held = sorted(check(organisation.kind, roles))
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        person = Person.objects.create_user(email, password, name=name, phone=phone)
    if Membership.objects.filter(person=person, organisation=organisation, ended_at=None).exists():
        raise Refused("member-exists", _("此人已是本单位成员。"), field="email")
    Membership.objects.create(person=person, organisation=organisation, roles=held, since=at)
    facts = {"person": person.public_id, "roles": held}
    return note("organisation", "add-member", organisation.public_id, by=by, at=at, facts=facts)


@act
def change_roles(*, by: Actor, at: datetime, person: str, roles: list[str]) -> Any:
    """Set a member's roles; the old membership ends and a new one begins, so history stays."""
    organisation = _own(by, _MANAGES.get(by.kind, ""))
    held = sorted(check(organisation.kind, roles))
    live = Membership.objects.filter(person__public_id=person, organisation=organisation, ended_at=None)
    old = live.select_for_update().first()
    if old is None:
        raise NotFound()
    live.update(ended_at=at)
    Membership.objects.create(person=old.person, organisation=organisation, roles=held, since=at)
    facts = {"person": person, "before": old.roles, "after": held}
    return note("organisation", "change-roles", organisation.public_id, by=by, at=at, facts=facts)


@act
def end_membership(*, by: Actor, at: datetime, person: str) -> Any:
    """A member leaves; nobody can end the last administrator's membership."""
    organisation = _own(by, _MANAGES.get(by.kind, ""))
    if person == by.person:
        raise Refused("not-yourself", _("管理员不能移除自己，请由另一位管理员操作。"))
    live = Membership.objects.filter(person__public_id=person, organisation=organisation, ended_at=None)
    if live.update(ended_at=at) != 1:
        raise NotFound()
    return note("organisation", "end-membership", organisation.public_id, by=by, at=at, facts={"person": person})


def _span(valid_from: datetime, valid_to: datetime) -> None:
    if valid_to <= valid_from:
        raise Refused("span-invalid", _("结束时间必须晚于开始时间。"), field="valid_to")


@act
def give_delegation(
    *, by: Actor, at: datetime, taker: str, basis: str, valid_from: datetime, valid_to: datetime
) -> Any:
    """Let another buyer organisation (usually the group) act for this one, on record and for a time."""
    giver = _own(by, "buyer:mandate:give")
    _span(valid_from, valid_to)
    other = Organisation.objects.filter(public_id=taker, kind="buyer", stage="active").first()
    if other is None or other.pk == giver.pk:
        raise Refused("taker-unknown", _("请选择一个已核验的采购人单位。"), field="taker")
    made = Delegation.objects.create(
        giver=giver, taker=other, basis=basis, valid_from=valid_from, valid_to=valid_to, given_by=str(by)
    )
    facts = {"delegation": made.public_id, "taker": taker, "basis": basis}
    return note("organisation", "give-delegation", giver.public_id, by=by, at=at, facts=facts)


@act
def give_mandate(*, by: Actor, at: datetime, agency: str, scope: str, valid_from: datetime, valid_to: datetime) -> Any:
    """委托代理协议: what the agency may do for this buyer, and until when."""
    buyer = _own(by, "buyer:mandate:give")
    _span(valid_from, valid_to)
    other = Organisation.objects.filter(public_id=agency, kind="agency", stage="active").first()
    if other is None:
        raise Refused("agency-unknown", _("请选择一个已核验的代理机构。"), field="agency")
    made = Mandate.objects.create(
        buyer=buyer, agency=other, scope=scope, valid_from=valid_from, valid_to=valid_to, given_by=str(by)
    )
    tell(holders(other), "mandate-given", {"name": buyer.name}, url="/buyer/", at=at)
    facts = {"mandate": made.public_id, "agency": agency, "scope": scope}
    return note("organisation", "give-mandate", buyer.public_id, by=by, at=at, facts=facts)


@act
def end_delegation(*, by: Actor, at: datetime, delegation: str) -> Any:
    """Take a delegation back before its time; what was done under it stays done."""
    giver = _own(by, "buyer:mandate:give")
    _end(Delegation.objects.filter(public_id=delegation, giver=giver, valid_to__gt=at), at)
    return note("organisation", "end-delegation", giver.public_id, by=by, at=at, facts={"delegation": delegation})


@act
def end_mandate(*, by: Actor, at: datetime, mandate: str) -> Any:
    """Take an agency's mandate back before its time, and tell the agency."""
    buyer = _own(by, "buyer:mandate:give")
    ended = _end(Mandate.objects.filter(public_id=mandate, buyer=buyer, valid_to__gt=at), at)
    tell(holders(ended.agency), "mandate-ended", {"name": buyer.name}, url="/buyer/", at=at)
    return note("organisation", "end-mandate", buyer.public_id, by=by, at=at, facts={"mandate": mandate})


def _end(rows: Any, at: datetime) -> Any:
    """End the one live record in ``rows``; ended twice, or another's, is not found."""
    record = rows.select_for_update().filter(ended_at=None).first()
    if record is None:
        raise NotFound()
    record.ended_at = at
    record.save(update_fields=["ended_at"])
    return record
