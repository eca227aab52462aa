"""异议: raised on the platform, holds its target at once, answered by the buyer (条例 22, 44, 54)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.contracts.lifecycle import OBJECTION
from sunshine.domain.contracts.models import Objection
from sunshine.domain.parties.models import Organisation
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.domain.sourcing.rules import pack_of
from sunshine.flows._run import NotFound, birth, flow
from sunshine.foundation import calendar
from sunshine.foundation.authz import Actor
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.files.models import Blob
from sunshine.foundation.refusal import Refused
from sunshine.foundation.text import in_chinese

ARTICLES = {
    "documents": "招标投标法实施条例 第二十二条",
    "opening": "招标投标法实施条例 第四十四条",
    "candidates": "招标投标法实施条例 第五十四条",
}


@birth(OBJECTION, "object")
def object_(
    *, by: Actor, at: datetime, project: str, target: str, text: str, lot: str = "", evidence: Blob | None = None
) -> tuple[Objection, dict[str, Any]]:
    """Raise an objection within its window; everything downstream of its target stops until it is answered."""
    subject = Project.objects.select_for_update(of=("self",)).filter(public_id=project).first()
    if subject is None or not by.may("supplier:objection:raise", subject) or not by.active:
        raise NotFound()
    about = subject.lots.select_for_update().filter(public_id=lot).first() if lot else None
    if target not in ARTICLES or (target != "documents" and about is None):
        raise Refused("target-unknown", _("请选择异议的对象。"), field="target")
    if not text.strip():
        raise Refused("text-missing", _("请写明异议的内容和依据。"), field="text")
    _in_window(subject, about, target, by, at)
    days = pack_of(subject, at).number("T13" if target == "candidates" else "T05", "answer_days", 3)
    due = calendar.window_end(current_calendar(), at.astimezone(BEIJING).date(), days)
    objector = Organisation.objects.get(pk=by.organisation_pk)
    row = Objection(
        project=subject,
        lot=about,
        target=target,
        objector=objector,
        text=text.strip(),
        evidence=evidence,
        raised_at=at,
        answer_due_at=due,
    )
    held: Project | Lot = about or subject
    held.hold = in_chinese(_("异议待答复"))
    held.save(update_fields=["hold"])
    values = {
        "title": str(about or subject),
        "due": (due - timedelta(minutes=1)).astimezone(BEIJING).strftime("%Y-%m-%d"),
    }
    url = f"/buyer/projects/{subject.public_id}/"
    tell(holders(subject.buyer, "buyer-publisher"), "objection-raised", values, url=url, at=at)
    return row, {"project": project, "lot": lot, "target": target, "text": text, "answer_due_at": due.isoformat()}


def _in_window(project: Project, lot: Lot | None, target: str, by: Actor, at: datetime) -> None:
    article = ARTICLES[target]
    if target == "documents":
        days = pack_of(project, at).number("T05", "days", 0)
        due = project.bids_due_at
        if project.stage != "announced" or due is None or at >= calendar.bidder_window_end(due, days):
            text = _("对招标文件的异议应在投标截止%(n)s日前提出。") % {"n": days}
            raise Refused("objection-late", text, article)
        return
    assert lot is not None
    if not lot.opened_bids.filter(bidder_id=by.organisation_pk).exists():
        raise Refused("not-a-bidder", _("只有该标段的投标人可以提出这项异议。"), article)
    if target == "opening":
        if project.stage != "opening":
            raise Refused("objection-late", _("对开标的异议应当在开标现场提出。"), article)
        return
    first = lot.candidates.first()
    days = pack_of(project, at).number("T13", "days", 3)
    if lot.stage != "candidates_published" or first is None:
        raise Refused("objection-late", _("现在不在候选人公示期内。"), article)
    end = calendar.window_end(current_calendar(), first.published_at.astimezone(BEIJING).date(), days)
    if at >= end:
        raise Refused(
            "objection-late", _("候选人公示期已于 %(end)s 结束。") % {"end": end.strftime("%Y-%m-%d %H:%M")}, article
        )


def _release(row: Objection) -> None:
    # Locked first: of two objections answered at once, the later must see that the other one is no longer open.
    kept = Lot.objects.filter(pk=row.lot_id) if row.lot_id else Project.objects.filter(pk=row.project_id)
    held: Project | Lot = kept.select_for_update(of=("self",)).get()
    others = Objection.objects.filter(project=row.project, lot=row.lot, stage="raised").exclude(pk=row.pk)
    if not others.exists():
        held.hold = ""
        held.save(update_fields=["hold"])


@flow(OBJECTION, "answer-objection")
def answer_objection(row: Objection, *, by: Actor, at: datetime, text: str, effect: str) -> dict[str, Any]:
    """Answer with a decision; when the last open objection is answered, the hold ends."""
    if effect not in ("dismissed", "upheld"):
        raise Refused("effect-missing", _("请选择异议成立或不成立。"), field="effect")
    if not text.strip():
        raise Refused("text-missing", _("请填写答复。"), field="text")
    row.answer, row.effect, row.answered_at, row.answered_by = text.strip(), effect, at, str(by)
    row.save(update_fields=["answer", "effect", "answered_at", "answered_by"])
    _release(row)
    values = {"title": str(row.lot or row.project)}
    tell(holders(row.objector), "objection-answered", values, url=f"/projects/{row.project.public_id}/", at=at)
    return {"effect": effect, "answer": text}


@flow(OBJECTION, "drop-objection")
def drop_objection(row: Objection, *, by: Actor, at: datetime) -> dict[str, Any]:
    """The objector takes the objection back."""
    _release(row)
    return {}
