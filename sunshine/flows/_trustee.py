"""What every act of a trustee begins with: a statement of this policy and seat, signed by the trustee's own certificate."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.release import ReleaseError, check_release, release_digest

Entries = dict[tuple[str, str], dict[str, str]]


def signed_release(
    pid: str, seat: TrusteeSeat, statement: Mapping[str, Any], signature: str, certificate: str, by: Actor, at: datetime
) -> Entries:
    """{(lid, part): entry} of a `seal-release/1` by this seat under this policy. Raises Refused: release-…, signature-…."""
    try:
        entries = check_release(statement, pid, seat.i)
        raw = base64.b64decode(signature, validate=True)
    except (ReleaseError, binascii.Error, ValueError) as error:
        raise Refused("release-malformed", _("份额声明格式不正确。")) from error
    LocalVerifier().verify(release_digest(statement), raw, certificates.find(certificate), at=at, person=by.person)
    return entries
