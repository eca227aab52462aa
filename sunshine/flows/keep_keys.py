"""People's own keys: certificates issued to keys made in their browser, and keyrings only they can open."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Organisation, Person
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates, keyrings
from sunshine.foundation.vault.models import Certificate


@act
def enrol_certificate(*, by: Actor, at: datetime, csr: str) -> Certificate:
    """Issue a certificate for the actor's key, bound to the organisation the actor works for (verified ones only)."""
    organisation = Organisation.objects.filter(pk=by.organisation_pk, stage="active").first()
    if organisation is None:
        raise Refused("organisation-not-verified", _("单位核验通过后才能办理数字证书。"), "电子签名法 第十三条")
    person = Person.objects.get(pk=by.person_pk)
    row = certificates.issue(csr, person=person, organisation=organisation, at=at)
    note("certificate", "issue", row.public_id, by=by, at=at, facts={"sha256": row.sha256, "person": person.public_id})
    return row


@act
def revoke_certificate(public_id: str, *, by: Actor, at: datetime) -> None:
    """Report the key lost: signatures after this instant are refused."""
    row = certificates.find(public_id)
    if row.person_ref != by.person:
        raise NotFound()
    certificates.revoke(row, by=by.person, at=at)
    note("certificate", "revoke", public_id, by=by, at=at, facts={"sha256": row.sha256})


@act
def save_keyring(*, by: Actor, at: datetime, version: int, blob: bytes) -> int:
    """Keep the actor's encrypted keyring; no event: the moment of a change would tell who bids."""
    if not by.known:
        raise NotFound()
    return keyrings.save(by.person, version=version, blob=blob, on=at.date())
