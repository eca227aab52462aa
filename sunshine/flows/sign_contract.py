"""签订合同: drafted from documents and bid, checked against the bid, signed by both (法 46, 条例 57)."""

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext_lazy as _

from sunshine.domain.contracts.compose import compose
from sunshine.domain.contracts.lifecycle import CONTRACT
from sunshine.domain.contracts.models import Contract, ContractSignature
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.flows._run import NotFound, along, birth, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.certificates import document_digest

ARTICLE = "招标投标法 第四十六条；招标投标法实施条例 第五十七条"


def _matched(lot: Lot, amount_fen: int, delivery_days: int, quality: str) -> None:
    """Price, term and quality as in the bid: a contract one fen above it is refused."""
    bid = lot.award.bid
    wrong = [
        (amount_fen != lot.award.amount_fen, "amount_fen", _("合同金额与中标价不一致。")),
        (delivery_days != bid.delivery_days, "delivery_days", _("合同履行期限与投标文件不一致。")),
        (quality.strip() != bid.quality.strip(), "quality", _("合同质量标准与投标文件不一致。")),
    ]
    for differs, field, text in wrong:
        if differs:
            raise Refused("contract-mismatch", text, ARTICLE, field=field)


@birth(CONTRACT, "draft-contract")
def draft_contract(
    *, by: Actor, at: datetime, lot: str, amount_fen: int, delivery_days: int, quality: str, terms: str = ""
) -> tuple[Contract, dict[str, Any]]:
    """Draft the contract of a lot whose letters have gone out; nothing may differ from documents and bid."""
    row = Lot.objects.select_for_update(of=("self",)).select_related("project__buyer").filter(public_id=lot).first()
    if row is None or not by.may("buyer:contract:draft", row):
        raise NotFound()
    if row.stage != "notified" or row.hold:
        raise Refused("not-notified", _("发出中标通知书后才能起草合同。"), ARTICLE)
    if hasattr(row, "contract"):
        raise Refused("contract-exists", _("该标段的合同已起草。"))
    _matched(row, amount_fen, delivery_days, quality)
    if row.award.bid.bidder is None:
        raise Refused("winner-unregistered", _("中标人不是平台登记的单位，请先核实。"))
    made = Contract(
        lot=row,
        award=row.award,
        buyer=row.project.buyer,
        supplier=row.award.bid.bidder,
        amount_fen=amount_fen,
        delivery_days=delivery_days,
        quality=quality.strip(),
        terms={"text": terms or row.project.contract_terms},
        drafted_at=at,
    )
    made.content = compose(made)
    made.digest = hashlib.sha256(rfc8785.dumps(made.content)).hexdigest()
    url = f"/buyer/projects/{row.project.public_id}/"
    tell(holders(row.project.buyer, "buyer-signatory"), "contract-waits", {"title": str(row)}, url=url, at=at)
    return made, {"lot": lot, "digest": made.digest, "amount_fen": str(amount_fen)}


@flow(CONTRACT, "redraft-contract")
def redraft_contract(made: Contract, *, by: Actor, at: datetime, terms: str) -> dict[str, Any]:
    """Change the wording before anyone has signed; price, term and quality stay the bid's."""
    made.terms = {"text": terms}
    made.content = compose(made)
    made.digest = hashlib.sha256(rfc8785.dumps(made.content)).hexdigest()
    made.save(update_fields=["terms", "content", "digest"])
    return {"digest": made.digest}


def _sign(made: Contract, side: str, by: Actor, at: datetime, signature: str, certificate: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature-invalid", _("签名格式不正确。")) from error
    held = certificates.find(certificate)
    digest = document_digest(bytes.fromhex(made.digest))
    signer = LocalVerifier().verify(digest, raw, held, at=at, person=by.person)
    if signer.organisation != by.organisation:  # who works for two houses signs with the one that contracts
        text = _("请使用您代表签约的单位为您办理的证书签名。")
        raise Refused("certificate-of-other-organisation", text, field="certificate")
    ContractSignature.objects.create(
        contract=made, side=side, person_id=by.person_pk, certificate=held, signature=signature, signed_at=at
    )
    return {"side": side, "digest": made.digest, "certificate": held.sha256}


@flow(CONTRACT, "sign-contract")
def sign_contract(made: Contract, *, by: Actor, at: datetime, signature: str, certificate: str) -> dict[str, Any]:
    """The buyer signs first."""
    facts = _sign(made, "buyer", by, at, signature, certificate)
    values = {"title": str(made.lot)}
    tell(holders(made.supplier, "supplier-signatory"), "contract-waits", values, url="/supplier/contracts/", at=at)
    return facts


@flow(CONTRACT, "countersign-contract")
def countersign_contract(
    made: Contract, *, by: Actor, at: datetime, signature: str, certificate: str
) -> dict[str, Any]:
    """The winner signs; the contract stands and its key terms are published."""
    facts = _sign(made, "supplier", by, at, signature, certificate)
    made.signed_at = at
    made.save(update_fields=["signed_at"])
    along(LOT, "close-contract", made.lot, by=by, at=at, facts={"contract": made.public_id, "digest": made.digest})
    people = holders(made.buyer, "buyer-officer", "buyer-publisher") + holders(made.supplier)
    tell(people, "contract-signed", {"title": str(made.lot)}, url=f"/projects/{made.lot.project.public_id}/", at=at)
    return facts
