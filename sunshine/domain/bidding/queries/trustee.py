"""What a trustee sees: the seats that wait for a key, the lots whose shares are asked for, the shares themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.envelopes import of_envelope, waiting
from sunshine.domain.bidding.findings import WRONG_SHARE
from sunshine.domain.bidding.models import SealedBid, ShareRelease
from sunshine.domain.sourcing import sealing
from sunshine.domain.sourcing.models import BEFORE_ANNOUNCEMENT, OVER, PUBLIC, Lot, TrusteeSeat
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.queries import place_of
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST

SEGMENTED = "电子招标投标办法 第二十六条"
ARTICLE = "招标投标法 第三十四条"


@dataclass(frozen=True)
class Task:
    """A lot that waits for this trustee's shares."""

    lot: str
    number: int
    title: str
    project: str
    project_title: str
    opened_at: datetime | None
    bids: int


def seats(actor: Actor) -> QuerySet[TrusteeSeat]:
    """All seats this person holds, newest project first."""
    rows = TrusteeSeat.objects.filter(person_id=actor.person_pk).select_related("project__buyer", "certificate")
    return rows.order_by("-project__created_at", "-id")


def without_key(actor: Actor) -> QuerySet[TrusteeSeat]:
    """Seats that wait for a key."""
    living = Lot.objects.filter(project=OuterRef("project")).exclude(stage__in=OVER)
    drawn = Lot.objects.filter(project=OuterRef("project"), draws__isnull=False)
    alone = Q(project__sealing=sealing.ALONE, project__stage__in=PUBLIC) & Exists(living) & ~Exists(drawn)
    return seats(actor).filter(Q(project__stage__in=BEFORE_ANNOUNCEMENT) | alone, recipient="")  # seats_may_change


def key_may_come(seat: TrusteeSeat) -> bool:
    """Whether this seat's key may still be made: before the announcement, or before a draw where it serves draws alone."""
    return seat.project.seats_may_change()


def to_destroy(actor: Actor) -> QuerySet[TrusteeSeat]:
    """Seats whose key nobody needs any more and which is still there: the reminder that stays until it is done."""
    living = Lot.objects.filter(project=OuterRef("project")).exclude(stage__in=OVER)
    over = Q(project__stage="terminated") | ~Exists(living)
    rows = seats(actor).filter(over, destroyed_at=None, project__announced_at__isnull=False)
    return rows.exclude(recipient="")


def may_be_destroyed(seat: TrusteeSeat) -> bool:
    """Whether this seat's key is asked to be destroyed now."""
    used = bool(seat.recipient) and seat.project.announced_at is not None
    return used and seat.destroyed_at is None and seat.project.keys_are_done()


def seat_of(project_id: str, actor: Actor) -> TrusteeSeat | None:
    """This person's seat in one project."""
    return seats(actor).filter(project__public_id=project_id).first()


def tasks(actor: Actor) -> list[Task]:
    """Lots being opened whose sealed bids still lack a share of this trustee."""
    rows = _unreleased(actor).values(
        "lot__public_id",
        "lot__number",
        "lot__title",
        "lot__project__public_id",
        "lot__project__title",
        "lot__project__opened_at",
    )
    lots: dict[str, list[Any]] = {}
    for row in rows:
        lots.setdefault(row["lot__public_id"], []).append(row)
    return [
        Task(
            key,
            same[0]["lot__number"],
            same[0]["lot__title"],
            same[0]["lot__project__public_id"],
            same[0]["lot__project__title"],
            same[0]["lot__project__opened_at"],
            len(same),
        )
        for key, same in lots.items()
    ]


def _unreleased(actor: Actor) -> QuerySet[SealedBid]:
    mine = Q(releases__seat__person_id=actor.person_pk) & ~Q(releases__fault=WRONG_SHARE)
    rows = SealedBid.objects.filter(waiting(), lot__project__seats__person_id=actor.person_pk)
    rows = rows.exclude(lot__project__sealing=sealing.ALONE)
    counted = rows.annotate(
        wanted=Count("parts", filter=of_envelope("parts"), distinct=True),
        given=Count("releases", filter=mine & of_envelope("releases"), distinct=True),
    )
    return counted.filter(given__lt=F("wanted")).order_by("lot__project__opened_at", "lot__number", "lid_id")


def lot_of(lot_id: str, actor: Actor) -> tuple[Lot, TrusteeSeat] | None:
    """The announced lot and this trustee's seat in its project; None for anybody without a seat."""
    rows = Lot.objects.select_related("project__buyer", "seal_policy").filter(seal_policy__isnull=False)
    lot = rows.filter(public_id=lot_id, project__seats__person_id=actor.person_pk).first()
    if lot is None:
        return None
    return lot, lot.project.seats.get(person_id=actor.person_pk)


def not_yet(lot: Lot, at: datetime) -> Refused | None:
    """Why no share of this lot can be released now."""
    if lot.project.opens_alone:
        return Refused("share-not-asked", _("本项目的投标由投标人自己开启，不需要您释放份额。"))
    due = lot.project.bids_due_at
    if due is not None and at < due:
        return Refused("too-early", _("投标截止时间未到，任何人不得开启投标文件，您的份额也不能释放。"), ARTICLE)
    if lot.stage == "announced":
        return Refused("not-opened", _("投标已截止，等待采购人宣布开标；开标后才能释放份额。"), ARTICLE)
    if lot.stage == "evaluating" and lot.project.two_envelope and not hasattr(lot, "price_opening"):
        text = _("第一个信封已开启。评标委员会锁定技术评审、商务标开启之前，任何人不得开启商务标，您的份额也不能释放。")
        return Refused("part-not-open", text, SEGMENTED)
    if lot.stage not in ("opening", "opening_prices"):
        return Refused("not-opened", _("该标段不在开标中，不再需要释放份额。"), ARTICLE)
    return None


def shares(lot: Lot, seat: TrusteeSeat) -> dict[str, Any]:
    """{"policy", "extensions", "i", "lids", "released"}: the sealed bids, and what this trustee has given already.

    Which of their parts are opened the logged list says (see ``closing``), and not we.

    Bids that are open need no further share, and are left out unless this trustee took part in opening them.
    """
    # what was reported or found wrong may be released again, with the right key
    given = ShareRelease.objects.filter(seat=seat, bid__lot=lot).exclude(share="").values_list("bid__lid_id", "part")
    released = [list(pair) for pair in given.order_by("bid__lid_id", "part")]
    known = {lid for lid, _part in released}
    rows = SealedBid.objects.filter(waiting() | Q(lid_id__in=known), lot=lot, is_effective=True)
    if lot.stage == "opening_prices":
        rows = rows.filter(lid_id__in=lot.price_opening.lids)
    lids = list(rows.order_by("lid_id").values_list("lid", flat=True))
    extensions = [row.content for row in lot.seal_policy.extensions.order_by("seq")]
    policy = lot.seal_policy.content
    return {"policy": policy, "extensions": extensions, "i": seat.i, "lids": lids, "released": released}


def closing(lot: Lot) -> dict[str, str | None]:
    """{"closing": the logged list of the bids to open now, as its proof; None while it waits for its place in the log}.

    Of two envelopes each opening has a list of its own: the second one's names the bids whose price is opened, and
    "first_closing" is the first one's beside it, for whoever was not on that is on no other.
    """
    if lot.stage != "opening_prices":
        return {"closing": _proof(lot, FIRST_LIST)}
    return {"closing": _proof(lot, SECOND_LIST), "first_closing": _proof(lot, FIRST_LIST)}


def _proof(lot: Lot, tag: str) -> str | None:
    event = Event.objects.filter(subject=f"lot/{lot.public_id}", tag=tag).order_by("-seq").first()
    place = place_of(event) if event else None
    return place.proof if place else None


def opening_file(lot: Lot, seat: TrusteeSeat) -> dict[str, Any] | None:
    """`opening-file/1` for a trustee's own program; None while the opening waits for its place in the log.

    The list of the bids to open is not said by us: it is the logged event, with its proof.
    """
    proofs = closing(lot)
    if None in proofs.values():
        return None
    head = {"v": "opening-file/1", "tender": lot.project.public_id, "lot": lot.public_id}
    return head | proofs | shares(lot, seat)
