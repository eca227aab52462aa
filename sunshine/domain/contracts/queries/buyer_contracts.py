"""Contracts as the buyer's desk sees them."""

from django.db.models import Q, QuerySet

from sunshine.domain.contracts.models import Contract, ContractSignature
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.authz import Actor

READ = "buyer:project:read"


def _rows() -> "QuerySet[Contract]":
    return Contract.objects.select_related(
        "lot__project__buyer", "lot__project__agency", "award__bid", "buyer", "supplier"
    )


def listed(by: Actor, *, stage: str = "", find: str = "", order: str = "") -> "QuerySet[Contract]":
    """The contracts of the actor's own organisation, or of its tree, narrowed by the address."""
    if READ not in by.permissions or not by.active:
        return Contract.objects.none()
    mine = Q(lot__project__agency_id=by.organisation_pk) if by.kind == "agency" else Q(buyer__path__startswith=by.tree)
    rows = _rows().filter(mine)
    if stage:
        rows = rows.filter(stage=stage)
    if find:
        words = (
            Q(supplier__name__icontains=find) | Q(lot__title__icontains=find) | Q(lot__project__title__icontains=find)
        )
        rows = rows.filter(words | Q(public_id=find))
    return rows.order_by(order or "-drafted_at", "-pk")


def contract(public_id: str, *, by: Actor) -> Contract | None:
    """One contract, if its lot stands on this desk."""
    found = _rows().filter(public_id=public_id).first() if READ in by.permissions else None
    return found if found is not None and by.may(READ, found.lot) else None


def of_lot(lot: Lot) -> Contract | None:
    return _rows().filter(lot=lot).first()


def signatures(row: Contract) -> dict[str, ContractSignature]:
    """{side: signature} of those who have signed."""
    found = ContractSignature.objects.filter(contract=row).select_related("person", "certificate")
    return {signature.side: signature for signature in found}
