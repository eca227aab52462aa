"""From where bids came, for the inspectors: ciphertext for their key, and that only once the boxes have been opened."""

from collections.abc import Iterator

from sunshine.domain.bidding.models import VisitRecord


def visits(project_id: str) -> Iterator[tuple[str, bytes]]:
    """(lid id, age file) of every bid and withdrawal in the project's boxes; nothing before the opening."""
    rows = VisitRecord.objects.filter(
        bid__lot__project__public_id=project_id, bid__lot__project__opened_at__isnull=False
    )
    for lid, sealed in (
        rows.exclude(bid__lot__stage="announced").order_by("bid__lid_id").values_list("bid__lid_id", "sealed")
    ):
        yield lid, bytes(sealed)
