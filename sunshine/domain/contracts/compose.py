"""The contract as data: what both sides sign is the digest of this."""

from typing import Any

from sunshine.domain.contracts.models import Contract
from sunshine.foundation.clock import BEIJING


def compose(contract: Contract) -> dict[str, Any]:
    """contract/1: parties, subject with quantities and unit prices from the bid, price, term, quality, terms."""
    lot, bid = contract.lot, contract.award.bid
    prices = {line["item"]: line["unit_price"] for line in bid.price.get("lines", [])}
    return {
        "v": "contract/1",
        "lot": lot.public_id,
        "ocid": lot.ocid,
        "title": f"{lot.project.title} {lot.number}标段采购合同",
        "buyer": {"name": contract.buyer.name, "uscc": contract.buyer.uscc},
        "supplier": {"name": contract.supplier.name, "uscc": contract.supplier.uscc},
        "items": [
            {
                "number": item.number,
                "name": item.name,
                "quantity": format(item.quantity.normalize(), "f"),
                "unit": item.unit,
                "unit_price": prices.get(item.number, ""),
            }
            for item in lot.items.all()
        ],
        "amount_fen": str(contract.amount_fen),
        "delivery_days": contract.delivery_days,
        "quality": contract.quality,
        "performance_bond_percent": lot.project.performance_bond_percent,
        "terms": contract.terms.get("text", ""),
        "drafted_at": contract.drafted_at.astimezone(BEIJING).isoformat(timespec="seconds"),
    }
