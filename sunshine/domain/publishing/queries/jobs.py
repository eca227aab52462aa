"""What the jobs need to write to people: each notification as a letter in its reader's language."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from sunshine.domain.bidding.queries.receipts import arrival
from sunshine.domain.publishing.models import Notification
from sunshine.domain.publishing.sentences import sentence
from sunshine.foundation.audit.models import Event


@dataclass(frozen=True)
class Letter:
    """One mail: where to, and what it says."""

    address: str
    subject: str
    body: str


def letters(notifications: Iterable[int], *, site: str, home: str) -> list[Letter]:
    """The mails of these notifications (primary keys). Nothing secret is in them: who wants to read more logs in.

    site   name of the platform
    home   its address without the last slash
    """
    rows = Notification.objects.filter(pk__in=list(notifications)).select_related("person").order_by("pk")
    found = []
    for row in rows:
        if not row.person.is_active:
            continue
        with override(row.person.language):
            said = sentence(row.kind, row.values)
            subject = " ".join(f"【{_(site)}】{said}".split())  # a line break in a title must not become a header
            body = _("%(name)s，您好：\n\n%(said)s\n\n登录查看：%(url)s\n\n此邮件由系统自动发出，请勿直接回复。") % {
                "name": row.person.name,
                "said": said,
                "url": f"{home}{row.url or '/account/notifications/'}",
            }
            found.append(Letter(row.person.email, subject[:180], body))
    return found


def proof_letter(
    lid: str, address: str, language: str, *, site: str, home: str
) -> tuple[Letter, list[tuple[str, bytes]]]:
    """The mail with a sealed record's proof, and what is attached as (name, content).

    Raises LookupError while the record waits for its place in the log.
    """
    found = arrival(lid)
    if found is None or found.place is None:
        raise LookupError("the record has no place in the log yet")
    with override(language):
        subject = _("【%(site)s】日志证明 %(lid)s") % {"site": _(site), "lid": lid[:16]}
        body = _(
            "您好：\n\n附件是密封件 %(lid)s 的日志证明和签收回执，可以脱离平台单独核对。\n\n公开核对页：%(page)s\n\n"
            "平台不保存这封邮件的收件地址。此邮件由系统自动发出，请勿直接回复。"
        ) % {"lid": lid, "page": f"{home}/check/{lid}/"}
    proof = (f"{lid[:16]}.tlog-proof", found.place.proof.encode())
    receipt = (f"{lid[:16]}-receipt.json", json.dumps(found.receipt, indent=2).encode())
    return Letter(address, subject, body), [proof, receipt]


def event_line(pk: int) -> str:
    """One event as a line of the running log: what, to whom, which number. No facts, no person: those stay inside.

    Empty for the bid box and its tokens: whoever reads the log must not count the bidders (招标投标法 第二十二条).
    """
    row = (
        Event.objects.filter(pk=pk)
        .exclude(Q(tag__startswith="bid:") | Q(tag="token:issue"))
        .only("tag", "subject", "seq")
        .first()
    )
    return str(row) if row is not None else ""
