"""Which openings wait for the minute hand, and whether the log must cover what comes in."""

from datetime import datetime

from django.db.models import Count, F, Q

from sunshine.domain.bidding.models import SealedBid, SealPolicy
from sunshine.domain.sourcing.models import Project
from sunshine.foundation.tlog.models import Leaf


def lots_to_decrypt() -> list[str]:
    """Lots (public ids) being opened in which a bid that is still sealed can be tried: shares of at least k trustees,
    or its bidder's rescue, and where the policy asks for it the bidder's own share."""
    waiting = SealedBid.objects.filter(is_effective=True, stage="sealed", lot__stage="opening")
    tried = waiting.annotate(
        seats=Count("releases__seat", filter=~Q(releases__share=""), distinct=True),
        own=Count("bidder_keys", filter=~Q(bidder_keys__bshare=""), distinct=True),
        rescued=Count("bidder_keys", filter=~Q(bidder_keys__secret=""), distinct=True),
    )
    policy = ("lot__seal_policy__content__k", "lot__seal_policy__content__bidder_share")
    rows = tried.values_list("lot__public_id", "seats", "own", "rescued", *policy)
    return sorted(
        {
            lot
            for lot, seats, own, rescued, k, bidder_share in rows
            if rescued or (seats >= int(k) and (own or bidder_share == "none"))
        }
    )


def somebody_may_bid(at: datetime) -> bool:
    """Whether any project receives bids at this instant."""
    return Project.objects.filter(stage="announced", bids_due_at__gt=at).exists()


def windows_over(at: datetime) -> list[str]:
    """Projects (public ids) whose time to decrypt has ended while effective bids are still sealed."""
    rows = Project.objects.filter(stage="opening", opened_at__lte=at - F("decrypt_window"))
    held = rows.filter(lots__sealed_bids__is_effective=True, lots__sealed_bids__stage="sealed").distinct()
    return list(held.order_by("opened_at").values_list("public_id", flat=True))


def closings(since: datetime) -> list[tuple[int, list[str]]]:
    """(place in the log, witnesses of the policy) of every list of opened bids logged since then."""
    rows = Leaf.objects.filter(event__tag="lot:open-bids", event__at__gte=since).values_list("index", "event__subject")
    lots = {subject.partition("/")[2]: index for index, subject in rows}
    policies = SealPolicy.objects.filter(lot__public_id__in=lots).values_list(
        "lot__public_id", "content__witness_vkeys"
    )
    return sorted((lots[lot], list(vkeys)) for lot, vkeys in policies)
