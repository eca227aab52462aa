"""What each kind of notice says, as data: strings, integers, lists and objects only (canonical JSON)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sunshine.domain.sourcing.method import methods
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.audit.models import Event
from sunshine.foundation.clock import BEIJING

TITLES = {
    "tender-notice": "招标公告",
    "amendment-notice": "变更公告",
    "opening-record": "开标记录",
    "price-opening-record": "商务标开标记录",
    "candidate-notice": "中标候选人公示",
    "award-notice": "中标结果公告",
    "contract-notice": "合同公告",
    "failure-notice": "流标公告",
    "termination-notice": "终止公告",
}

Content = dict[str, Any]


def iso(at: datetime | None) -> str:
    """ISO 8601 in Beijing time, or ""."""
    return at.astimezone(BEIJING).isoformat(timespec="seconds") if at else ""


def compose(kind: str, project: Project, lot: Lot | None, event: Event) -> Content:
    """The content of a notice: identity and why and who for every kind, then what the kind adds."""
    about = f"{project.title} {lot.number}标段" if lot else project.title
    head: Content = {
        "v": "notice/1",
        "title": f"{about} {TITLES[kind]}",
        "project": project.public_id,
        "lot": lot.public_id if lot else "",
        "published_at": iso(event.at),
        "purpose": project.purpose,
        "buyer": {"id": project.buyer.public_id, "name": project.buyer.name, "uscc": project.buyer.uscc},
        "agency": project.agency.name if project.agency else "",
        "contact": {"name": project.contact_name, "phone": project.contact_phone},
        "objection_channel": project.objection_channel,
    }
    return head | COMPOSERS[kind](project, lot, event)


def _tender(project: Project, lot: Lot | None, event: Event) -> Content:
    return {
        "method": {
            "code": project.method,
            "name": methods()[project.method].name,
            "reason_code": project.reason_code,
            "reason": project.method_reason,
        },
        "rule_pack": project.pack_sha256,
        "category": project.category,
        "funding": project.funding,
        "budget_fen": str(project.budget_fen),
        "region": project.region,
        "consortium_allowed": project.consortium_allowed,
        "lots": [_lot(one) for one in project.lots.select_related("seal_policy").prefetch_related("items")],
        "qualification": [
            {"id": c.number, "text": c.text, "kind": c.kind, "evidence": c.evidence} for c in project.criteria.all()
        ],
        "documents": [
            {"id": d.public_id, "title": d.title, "sha256": d.blob.sha256, "size": d.blob.size}
            for d in project.documents.select_related("blob")
        ],
        "doc_available": {"from": iso(project.documents_from), "to": iso(project.documents_to), "fee_fen": "0"},
        "question_deadline": iso(project.questions_due_at),
        "bid_deadline": iso(project.bids_due_at),
        "opening": {"at": iso(project.bids_due_at), "place": project.opening_place},
        "bid_validity_days": project.bid_validity_days,
        "performance_bond_percent": project.performance_bond_percent,
        "decrypt_remedy": project.decrypt_remedy,
        "too_few_after_decrypt": project.too_few_after_decrypt,
        "evaluation": project.scheme,
        "sealing": project.sealing,
        "envelopes": project.envelopes,
        "decrypt_hours": int(project.decrypt_window / timedelta(hours=1)),
        "trustees": _holders(project),
    }


def _holders(project: Project) -> list[Content]:
    if project.opens_alone:
        return []  # seats filled for a draw open no bid
    seats = project.seats.select_related("organisation")
    return [{"i": s.i, "role": s.role, "organisation": s.organisation.name} for s in seats]


def _lot(lot: Lot) -> Content:
    return {
        "id": lot.public_id,
        "number": lot.number,
        "title": lot.title,
        "ocid": lot.ocid,
        "token_key": lot.seal_policy.token_key,
        "round": lot.round,
        "mandatory": lot.mandatory,
        "mandatory_basis": lot.mandatory_basis,
        "estimate_fen": str(lot.estimate_fen),
        "price_cap_fen": str(lot.price_cap_fen) if lot.price_cap_fen is not None else "",
        "price_cap_basis": lot.price_cap_basis,
        "bid_bond_fen": str(lot.bid_bond_fen),
        "delivery_days": lot.delivery_days,
        "quality": lot.quality,
        "items": [
            {
                "number": item.number,
                "name": item.name,
                "class": item.classification,
                "quantity": format(item.quantity.normalize(), "f"),
                "unit": item.unit,
                "specification": item.specification,
            }
            for item in lot.items.all()
        ],
    }


def _amendment(project: Project, lot: Lot | None, event: Event) -> Content:
    last = project.amendments.last()
    change = {"seq": last.seq, "text": last.text, "changes": last.changes} if last else {}
    return _tender(project, lot, event) | {"amendment": change}


def _opening(project: Project, lot: Lot | None, event: Event) -> Content:
    lots = []
    for one in project.lots.prefetch_related("opened_bids", "sealed_bids"):
        failed = [b for b in one.sealed_bids.all() if b.stage in ("deemed_withdrawn", "deemed_revoked")]
        lots.append(
            {
                "id": one.public_id,
                "number": one.number,
                "title": one.title,
                "stage": one.stage,
                **({"first_of_two": True} if project.two_envelope else {}),
                "bids": [_opened(bid) for bid in one.opened_bids.all()],
                "undecrypted": [{"bid": b.public_id, "result": b.stage, "cause": b.outcome} for b in failed],
                "named": [{"bid": b.public_id, "result": b.stage, "cause": b.outcome} for b in _named(one)],
            }
        )
    return {"opened_at": iso(project.opened_at), "lots": lots, "trustees": _holders(project)}


def _price_opening(project: Project, lot: Lot | None, event: Event) -> Content:
    """The second record: who passed and at what price; whose price stays shut; which price did not open."""
    assert lot is not None
    listed = lot.price_opening.lids
    rows = list(lot.opened_bids.select_related("bid").order_by("bid__received_at"))
    asked = [row for row in rows if row.bid.lid_id in listed]
    failed = [row for row in asked if row.bid.stage != "opened"]
    return {
        "opened_at": iso(lot.price_opening.opened_at),
        "technical_digest": lot.price_opening.digest,
        "bids": [
            {
                "bid": row.public_id,
                "bidder": row.bidder_name,
                "uscc": row.bidder_uscc,
                "total_fen": str(row.total_fen),
                "remarks": row.remarks,
            }
            for row in asked
            if row.bid.stage == "opened"
        ],
        "undecrypted": [
            {"bid": row.bid.public_id, "bidder": row.bidder_name, "result": row.bid.stage, "cause": row.bid.outcome}
            for row in failed
        ],
        "shut": [{"bidder": row.bidder_name, "uscc": row.bidder_uscc} for row in rows if row not in asked],
        "trustees": _holders(project),
    }


def _named(lot: Lot) -> list[Any]:
    """Bids that opened although a trustee's share or report was proved wrong, or too few came."""
    return [b for b in lot.sealed_bids.all() if b.stage == "opened" and b.outcome.get("rule")]


def _opened(bid: Any) -> Content:
    return {
        "bid": bid.public_id,
        "bidder": bid.bidder_name,
        "uscc": bid.bidder_uscc,
        "total_fen": str(bid.total_fen) if bid.total_fen is not None else "",
        "rate": format(bid.rate.normalize(), "f") if bid.rate is not None else "",
        "delivery_days": bid.delivery_days,
        "quality": bid.quality,
        "project_leader": bid.project_leader,
        "remarks": bid.remarks,
    }


def _candidates(project: Project, lot: Lot | None, event: Event) -> Content:
    assert lot is not None
    report = lot.reports.order_by("-version").first()
    return {
        "candidates": [
            {
                "rank": c.rank,
                "name": c.bid.bidder_name,
                "uscc": c.bid.bidder_uscc,
                "price_fen": str(c.price_fen),
                "score": format(c.total, "f"),
                "quality": c.bid.quality,
                "delivery_days": c.bid.delivery_days,
                "project_leader": c.bid.project_leader,
            }
            for c in lot.candidates.select_related("bid")
        ],
        "rejected": report.content.get("rejections", []) if report else [],
        "report_digest": report.digest if report else "",
        "publicity_until": event.facts.get("publicity_until", ""),
    }


def _award(project: Project, lot: Lot | None, event: Event) -> Content:
    assert lot is not None
    award = lot.award
    winner = {"name": award.bid.bidder_name, "uscc": award.bid.bidder_uscc}
    return {"winner": winner, "award_price_fen": str(award.amount_fen), "reason": award.reason}


def _contract(project: Project, lot: Lot | None, event: Event) -> Content:
    assert lot is not None
    contract = lot.contract
    return {
        "contract": {
            "id": contract.public_id,
            "supplier": contract.supplier.name,
            "amount_fen": str(contract.amount_fen),
            "delivery_days": contract.delivery_days,
            "quality": contract.quality,
            "signed_at": iso(contract.signed_at),
            "digest": contract.digest,
        }
    }


def _failure(project: Project, lot: Lot | None, event: Event) -> Content:
    assert lot is not None
    return {"reason": lot.failure_reason, "round": lot.round, "ocid": lot.ocid}


def _termination(project: Project, lot: Lot | None, event: Event) -> Content:
    return {"reason": str(event.facts.get("reason", ""))}


COMPOSERS: dict[str, Callable[[Project, Lot | None, Event], Content]] = {
    "tender-notice": _tender,
    "amendment-notice": _amendment,
    "opening-record": _opening,
    "price-opening-record": _price_opening,
    "candidate-notice": _candidates,
    "award-notice": _award,
    "contract-notice": _contract,
    "failure-notice": _failure,
    "termination-notice": _termination,
}
