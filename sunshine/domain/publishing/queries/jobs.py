"""What the jobs need to write to people: each notification as a letter in its reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

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
