"""汇总排序 and the evaluation report: computed from locked scores by the published scheme, signed by everyone."""

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.models import EvaluationReport, PanelMember, Score, Verdict
from sunshine.domain.evaluation.report import compose
from sunshine.domain.evaluation.technical import passed, technical_result
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.certificates import document_digest
from sunshine_proof.scheme import SchemeError


@flow(LOT, "rank")
def rank(lot: Lot, *, by: Actor, at: datetime, reasons: str = "") -> dict[str, Any]:
    """Apply the scheme to the locked inputs and draft the report. Only the chair, only when all have locked.

    reasons   the panel's reasoning where fewer than three bids are valid (发改法规规〔2022〕1117号(十三))
    """
    members = list(lot.panel.members.exclude(stage="recused"))
    if not any(m.person_id == by.person_pk and m.is_chair for m in members):
        raise Refused("not-the-chair", _("由评标组长汇总。"))
    if any(m.stage != "locked" for m in members):
        raise Refused("scores-not-locked", _("还有评委没有锁定评分。"))
    if lot.project.two_envelope:
        _prices_are_judged(lot, members)
    try:
        content = compose(lot, members, _scores(members), _verdicts(members), reasons=reasons, at=at)
    except SchemeError as error:
        raise _refused(error) from error
    digest = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    version = lot.reports.count() + 1
    EvaluationReport.objects.create(lot=lot, version=version, content=content, digest=digest, drafted_at=at)
    tell([m.person_id for m in members], "report-waits", {"title": str(lot)}, url="/expert/", at=at)
    return {"digest": digest, "version": version}


def _prices_are_judged(lot: Lot, members: list[PanelMember]) -> None:
    """Of two envelopes nothing is ranked before the second; only where every bid was rejected there is none."""
    if hasattr(lot, "price_opening"):
        return
    if passed(technical_result(lot, members, _scores(members), _verdicts(members))):
        raise Refused("prices-not-opened", _("技术评审已锁定，请等待商务标开启后再汇总。"))


def _refused(error: SchemeError) -> Refused:
    sentences = {
        "objective-inconsistent": _("客观分项各评委不一致，请退回更正：%(detail)s"),
        "score-missing": _("评分不完整：%(detail)s"),
        "tie-unresolved": _("出现并列且评标办法未能分出先后：%(detail)s"),
    }
    text = sentences.get(error.code, _("评标办法或评分有误：%(detail)s")) % {"detail": error.detail}
    return Refused(error.code, text, "招标投标法实施条例 第四十九条")


def _scores(members: list[PanelMember]) -> list[Score]:
    return list(Score.objects.filter(member__in=members).select_related("bid", "member"))


def _verdicts(members: list[PanelMember]) -> list[Verdict]:
    return list(Verdict.objects.filter(member__in=members).select_related("bid", "member"))


@flow(LOT, "reopen-scoring")
def reopen_scoring(lot: Lot, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Before the report is closed the chair sends it back: every member judges again and locks again.

    Also before there is a report, when the locked scores cannot be ranked (objective items that differ).
    """
    members = list(lot.panel.members.exclude(stage="recused"))
    if not any(m.person_id == by.person_pk and m.is_chair for m in members):
        raise Refused("not-the-chair", _("由评标组长退回。"))
    if any(m.stage not in ("locked", "signed") for m in members):
        raise Refused("scores-not-locked", _("还有评委没有锁定评分。"))
    if not reason.strip():
        raise Refused("reason-missing", _("请写明退回原因。"), field="reason")
    for member in members:
        PanelMember.objects.filter(pk=member.pk).update(locked_at=None, signature="", signed_at=None, certificate=None)
        member.refresh_from_db()
        if hasattr(lot, "price_opening"):  # what was locked before the prices were known stays so
            along(MEMBER, "unlock-prices", member, by=by, at=at, facts={"reason": reason})
        else:
            along(MEMBER, "unlock-scores", member, by=by, at=at, facts={"reason": reason})
    return {"reason": reason}


@flow(MEMBER, "sign-report")
def sign_report(
    member: PanelMember, *, by: Actor, at: datetime, signature: str, certificate: str, dissent: str = ""
) -> dict[str, Any]:
    """Sign the report's digest, with a written dissent if one disagrees (条例 第五十三条). The last signature closes it."""
    # The lot is locked, so that the last two members signing at once cannot each take the other for unsigned.
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=member.panel.lot_id)
    report = lot.reports.order_by("-version").first()
    if report is None or lot.stage != "report_drafted":
        raise Refused("no-report", _("评标报告还没有生成。"))
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature-invalid", _("签名格式不正确。")) from error
    held = certificates.find(certificate)
    LocalVerifier().verify(document_digest(bytes.fromhex(report.digest)), raw, held, at=at, person=by.person)
    member.signature, member.certificate, member.signed_at, member.dissent = signature, held, at, dissent.strip()
    member.save(update_fields=["signature", "certificate", "signed_at", "dissent"])
    others = member.panel.members.exclude(pk=member.pk).exclude(stage__in=["signed", "recused"])
    if not others.exists():
        report.closed_at = at
        report.save(update_fields=["closed_at"])
        along(LOT, "close-report", lot, by=by, at=at, facts={"digest": report.digest})
        url = f"/buyer/projects/{lot.project.public_id}/"
        tell(holders(lot.project.buyer, "buyer-publisher"), "report-signed", {"title": str(lot)}, url=url, at=at)
    return {"digest": report.digest, "dissent": member.dissent}
