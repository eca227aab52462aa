"""What players need to seal bids: the policies as published."""

from typing import Any

from sunshine.domain.bidding.models import SealPolicy


def policies_of(project_id: str) -> dict[str, dict[str, Any]]:
    """{lot public id: seal-policy/1} of an announced project, in the order of the lots; empty before."""
    rows = SealPolicy.objects.filter(lot__project__public_id=project_id).select_related("lot").order_by("lot__number")
    return {row.lot.public_id: row.content for row in rows}


def token_key_of(lot_id: str) -> str:
    """The published token key of an announced lot (base64 SPKI)."""
    return SealPolicy.objects.values_list("token_key", flat=True).get(lot__public_id=lot_id)
