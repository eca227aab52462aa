"""A receipt's proof is sent to a mailbox: by whom is not asked, and once it has left, no row tells that it did.

No event, no account, no address in the open: the parcel carries address and lid sealed with the server's own key, and
is deleted when the mail has gone or was given up.
"""

from datetime import datetime

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.queries.receipts import arrival
from sunshine.flows._run import NotFound, act
from sunshine.foundation.authz import Actor
from sunshine.foundation.outbox.models import send
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import envelope

TOPIC = "proof-mail"
# what is counted → (how often, within how many seconds); for the whole platform the third
BOUNDS = {"lid": (5, 86_400), "address": (5, 3600), "all": (300, 3600)}


@act
def mail_proof(*, by: Actor, at: datetime, lid: str, address: str, language: str) -> None:
    """Send the proof of the record `lid` to `address`, in its reader's language. `by` is the visitor, whoever it is.

    Raises Refused: not-found, address-wrong, mail-often.
    """
    if by.known:
        raise ValueError("nobody's name goes with a proof that is mailed")
    if arrival(lid) is None:
        raise NotFound()
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Refused("address-wrong", _("请填写一个有效的邮箱地址。"), field="address") from error
    for name, value in (("lid", lid), ("address", address.casefold()), ("all", "")):
        _bounded(name, value)
    sealed = envelope.seal(TOPIC, {"lid": lid, "address": address, "language": language})
    send(TOPIC, {"sealed": sealed}, at=at)


def _bounded(name: str, value: str) -> None:
    """Count under a pseudonym; Refused("mail-often") beyond the bound."""
    most, seconds = BOUNDS[name]
    key = f"mail-{name}-{envelope.pseudonym('mail', f'{name} {value}')}"
    if not cache.add(key, 1, seconds) and cache.incr(key) > most:
        raise Refused("mail-often", _("发送过于频繁，请稍后再试，或直接下载日志证明。"), field="address")
