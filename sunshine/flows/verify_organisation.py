"""The operator verifies the initial entries, or says what is wrong with them (办法 14, 24, 59)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.lifecycle import ORGANISATION
from sunshine.domain.parties.models import Organisation
from sunshine.domain.publishing.tell import holders, tell
from sunshine.flows._run import flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


def _told(organisation: Organisation, kind: str, reason: str, at: datetime) -> None:
    values = {"name": organisation.name, "reason": reason}
    tell(holders(organisation), kind, values, url="/account/organisation/", at=at)


@flow(ORGANISATION, "verify-organisation")
def verify_organisation(organisation: Organisation, *, by: Actor, at: datetime, evidence: str) -> dict[str, Any]:
    """Confirm that the entries are true; ``evidence`` says what was looked at."""
    if not evidence.strip():
        raise Refused(
            "evidence-missing", _("请写明核验所依据的材料。"), "电子招标投标办法 第五十九条", field="evidence"
        )
    organisation.verified_at, organisation.verified_by, organisation.verdict = at, str(by), evidence
    organisation.save(update_fields=["verified_at", "verified_by", "verdict"])
    _told(organisation, "verified", "", at)
    return {"evidence": evidence}


@flow(ORGANISATION, "reject-organisation")
def reject_organisation(organisation: Organisation, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Refuse verification with the reason the applicant can act on."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明原因，让申请人知道怎样改正。"), field="reason")
    organisation.verdict = reason
    organisation.save(update_fields=["verdict"])
    _told(organisation, "verification-refused", reason, at)
    return {"reason": reason}


@flow(ORGANISATION, "suspend")
def suspend(organisation: Organisation, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Stop an organisation's acts on the platform; its past stays visible."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明停用原因。"), field="reason")
    organisation.verdict = reason
    organisation.save(update_fields=["verdict"])
    return {"reason": reason}


@flow(ORGANISATION, "reinstate")
def reinstate(organisation: Organisation, *, by: Actor, at: datetime) -> None:
    """Let a suspended organisation act again."""
