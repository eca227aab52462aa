"""Registration: an organisation becomes known, with its first person (电子招标投标办法 第二十四条)."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties import uscc
from sunshine.domain.parties.lifecycle import ORGANISATION
from sunshine.domain.parties.models import Membership, Organisation, Person
from sunshine.domain.parties.roles import check
from sunshine.flows._run import Born, birth, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

FIRST_ROLES = {
    "supplier": ["supplier-admin", "supplier-bidder", "supplier-signatory"],
    "buyer": ["buyer-admin"],
    "agency": ["agency-officer"],
    "supervisor": ["supervisor-admin"],
    "operator": ["operator-verifier", "operator-admin"],
    "registry": [],
}


@birth(ORGANISATION, "register")
def register(
    *, by: Actor, at: datetime, kind: str, name: str, code: str, person: Person, parent: str = "", **details: Any
) -> Born:
    """Register an organisation; ``person`` becomes its first member. Nothing but submission waits for verification.

    code     统一社会信用代码, checked to its last character (GB 32100)
    parent   public id of the group above, or ""
    """
    code = uscc.check(code)
    with connection.cursor() as cursor:  # two people registering one organisation queue here: the second is told
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"organisation/{code}"])
    if Organisation.objects.filter(uscc=code).exists():
        raise Refused("organisation-exists", _("该统一社会信用代码已登记，请联系本单位管理员把您加入。"), field="uscc")
    above = Organisation.objects.filter(public_id=parent).first() if parent else None
    if parent and above is None:
        raise Refused("parent-unknown", _("没有找到上级单位。"), field="parent")
    organisation = Organisation(kind=kind, name=name.strip(), uscc=code, parent=above, registered_at=at, **details)

    def settle() -> None:
        organisation.path = f"{above.path if above else '/'}{organisation.pk}/"
        organisation.save(update_fields=["path"])
        roles = sorted(check(kind, FIRST_ROLES[kind]))
        Membership.objects.create(person=person, organisation=organisation, roles=roles, since=at)

    return organisation, {"kind": kind, "name": organisation.name, "uscc": code}, settle


@flow(ORGANISATION, "resubmit")
def resubmit(organisation: Organisation, *, by: Actor, at: datetime, **details: Any) -> dict[str, Any]:
    """Send corrected particulars after a refusal. Name and code stay; the rest may be set right."""
    allowed = {"address", "legal_representative", "contact_name", "contact_phone", "region", "licence", "about"}
    for name in allowed & set(details):
        setattr(organisation, name, details[name])
    organisation.verdict = ""
    organisation.save()
    return {"changed": sorted(allowed & set(details))}
