"""Which openings wait for the minute hand, and whether the log must cover what comes in."""

from datetime import datetime

from django.db.models import Count, F, Q

from sunshine.domain.bidding.envelopes import of_envelope, waiting
from sunshine.domain.bidding.models import PriceOpening, SealedBid, SealPolicy
from sunshine.domain.sourcing.models import Project
from sunshine.foundation.tlog.models import Leaf
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST


def lots_to_decrypt() -> list[str]:
    """Lots (public ids) being opened in which a bid that is still sealed can be tried: shares of at least k trustees,
    or its bidder's rescue, and where the policy asks for it the bidder's own share."""
    keys = of_envelope("bidder_keys")
    tried = SealedBid.objects.filter(waiting()).annotate(
        seats=Count("releases__seat", filter=~Q(releases__share="") & of_envelope("releases"), distinct=True),
        own=Count("bidder_keys", filter=~Q(bidder_keys__bshare="") & keys, distinct=True),
        rescued=Count("bidder_keys", filter=~Q(bidder_keys__secret="") & keys, distinct=True),
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
    first = list(held.order_by("opened_at").values_list("public_id", flat=True))
    over = PriceOpening.objects.filter(
        lot__stage="opening_prices", opened_at__lte=at - F("lot__project__decrypt_window")
    )
    shut = over.filter(lot__sealed_bids__stage="price_opening").order_by("opened_at")
    return list(dict.fromkeys([*first, *shut.values_list("lot__project__public_id", flat=True)]))


def closings(since: datetime) -> list[tuple[int, list[str]]]:
    """(place in the log, witnesses of the policy) of every list of opened bids logged since then."""
    rows = Leaf.objects.filter(event__tag__in=(FIRST_LIST, SECOND_LIST), event__at__gte=since)
    lists = [(index, subject.partition("/")[2]) for index, subject in rows.values_list("index", "event__subject")]
    policies = SealPolicy.objects.filter(lot__public_id__in={lot for _index, lot in lists})
    vkeys = dict(policies.values_list("lot__public_id", "content__witness_vkeys"))
    return sorted((index, list(vkeys[lot])) for index, lot in lists if lot in vkeys)
