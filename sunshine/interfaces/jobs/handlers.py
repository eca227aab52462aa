"""What happens to a parcel of the outbox, by topic. A handler may be called twice for one parcel, never lost."""

import logging
from typing import Any

from django.conf import settings
from django.core import mail

from sunshine.domain.publishing.queries import notices
from sunshine.domain.publishing.queries.jobs import event_line, letters, proof_letter
from sunshine.flows.mail_proof import TOPIC
from sunshine.foundation.outbox.models import Handler
from sunshine.foundation.vault import envelope
from sunshine.insight import search

log = logging.getLogger("sunshine.jobs")


def keep_log(content: dict[str, Any]) -> None:
    """event: one line in the running log, so that an engineer sees the house live. Facts and names stay inside."""
    if line := event_line(int(content["event"])):
        log.info("%s", line)


def send_mail(content: dict[str, Any]) -> None:
    """mail: every notification as a mail in its reader's language, over one connection."""
    home = settings.PUBLIC_URL.rstrip("/")
    written = letters(content["notifications"], site=settings.SITE["name"], home=home)
    with mail.get_connection() as connection:
        connection.send_messages(
            [mail.EmailMessage(one.subject, one.body, to=[one.address], connection=connection) for one in written]
        )


def index_notice(content: dict[str, Any]) -> None:
    """index-notice: the notice can be found by its words; where there is no index yet, everything is indexed."""
    if search.exists(settings.SEARCH_INDEX):
        found = notices.entries([content["notice"]])
        search.add(settings.SEARCH_INDEX, (search.Entry(**entry) for entry in found))
    else:
        search.build(settings.SEARCH_INDEX, (search.Entry(**entry) for entry in notices.entries()))


def mail_proof(content: dict[str, Any]) -> None:
    """proof-mail: the `.tlog-proof` and the receipt of a sealed record, to the address in the sealed content."""
    given = envelope.unseal(TOPIC, content["sealed"])
    home = settings.PUBLIC_URL.rstrip("/")
    one, attached = proof_letter(**given, site=settings.SITE["name"], home=home)
    letter = mail.EmailMessage(one.subject, one.body, to=[one.address])
    for name, file in attached:
        letter.attach(name, file, "application/octet-stream")  # text would be given other line ends on its way
    letter.send()


HANDLERS: dict[str, Handler] = {
    "event": keep_log,
    "mail": send_mail,
    "index-notice": index_notice,
    TOPIC: mail_proof,
}
FORGET = frozenset({TOPIC})  # of these no row stays
