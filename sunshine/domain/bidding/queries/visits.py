"""From where bids came, for the inspectors: ciphertext for their key, and that only once the boxes have been opened."""

from collections.abc import Iterator

from sunshine.domain.bidding.models import VisitRecord


def visits(project_id: str) -> Iterator[tuple[str, str, bytes]]:
    """(lid id, name of the bidder or "" where the bid is not open, age file) of every bid and withdrawal in the
    project's boxes; nothing before the opening."""
    rows = VisitRecord.objects.filter(
        bid__lot__project__public_id=project_id, bid__lot__project__opened_at__isnull=False
    )
    found = rows.exclude(bid__lot__stage="announced").order_by("bid__lid_id")
    for lid, name, sealed in found.values_list("bid__lid_id", "bid__opened__bidder_name", "sealed"):
        yield lid, name or "", bytes(sealed)
