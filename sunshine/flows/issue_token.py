"""发放投标凭证: a supplier's right to bid in a lot, signed blindly. Who holds which box stays unknown (trust.md §1.3)."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import TokenGrant
from sunshine.domain.bidding.rules import lateness, not_a_bidder
from sunshine.domain.sourcing.models import Lot
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import tokenkeys
from sunshine_proof.blindtoken import TokenError
from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.errors import ProofError


@act
def issue_token(*, by: Actor, at: datetime, lot: str, blinded: str) -> str:
    """The blind signature (base64) of the lot's key over `blinded` (base64), once for each organisation and lot.

    The same number gets the same answer again; another one is refused. Raises Refused: supplier-not-verified,
    forbidden, not-found, bid-late, not-receiving, token-malformed, token-issued, token-key-lost.
    """
    if refused := not_a_bidder(by):
        raise refused
    row = Lot.objects.select_related("project", "seal_policy").filter(public_id=lot, seal_policy__isnull=False).first()
    if row is None:
        raise NotFound()
    if refused := lateness(row, at):
        raise refused
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"token/{lot}/{by.organisation}"])
    given = TokenGrant.objects.filter(lot=row, organisation_id=by.organisation_pk).first()
    if given is None:
        return _grant(row, blinded, by=by, at=at)
    if given.blinded != blinded:
        text = _(
            "贵单位已经领取过本标段的投标凭证，每个单位在每个标段只有一份。请由当时领取的人用原来的口令打开密钥簿，"
            "或由其在“我的投标与回执”下载凭证文件、再在您的密钥簿里导入。"
        )
        raise Refused("token-issued", text)
    return given.answer


def _grant(lot: Lot, blinded: str, *, by: Actor, at: datetime) -> str:
    if tokenkeys.public_text(lot.public_id) != lot.seal_policy.token_key:
        text = _("平台现有的凭证密钥与公告公布的不一致，不能发放投标凭证。请立即联系服务热线和监督部门。")
        raise Refused("token-key-lost", text)
    try:
        answer = b64(tokenkeys.blind_sign(lot.public_id, unbase64(blinded, "blinded")))
    except TokenError as error:
        if error.code == "token-signing":  # a fault of this machine: nothing of it may leave
            raise
        raise _malformed() from error
    except ProofError as error:
        raise _malformed() from error
    day = at.astimezone(BEIJING).date()
    grant = TokenGrant.objects.create(
        lot=lot, organisation_id=by.organisation_pk, blinded=blinded, answer=answer, issued_on=day
    )
    note("token", "issue", grant.public_id, by=by, at=at, facts={"lot": lot.public_id})
    return answer


def _malformed() -> Refused:
    return Refused("token-malformed", _("领取投标凭证的请求格式不正确，请刷新页面后重试。"), field="blinded")
