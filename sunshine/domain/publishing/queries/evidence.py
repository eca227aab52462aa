"""The public evidence of one project: everything a stranger needs to check it, in one signed file (evidence/1).

Of a box that is still shut it tells nothing, not even that there is a bid in it (招标投标法 第二十二条). Who sat on the panel
is told by number only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.db.models import Q

from sunshine.domain.bidding.models import BidderKey, SealedBid, SealedPart
from sunshine.domain.evaluation.draws import Draw
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import VISITOR
from sunshine.foundation.files import store
from sunshine.foundation.tlog import queries as tlog
from sunshine.foundation.tlog.models import Checkpoint, Leaf
from sunshine.foundation.vault import certificates, logkey
from sunshine_proof.agefile import secret_of
from sunshine_proof.canonical import b64
from sunshine_proof.evidence.bundle import write_bundle
from sunshine_proof.shape import instant_text
from sunshine_proof.tiles import Tree

OF_PROJECT = ("announce", "clarify", "open-bids", "confirm-opening", "terminate")
OF_LOT = (
    "announce", "open-bids", "release-share", "announce-draw", "announce-factor", "draw-panel", "publish-candidates",
    "award", "notify", "close-contract", "fail", "retender", "terminate", "open-prices", "confirm-prices",
)  # fmt: skip
OF_BID = ("submit-bid", "withdraw-bid", "revoke-undecrypted", "withdraw-undecrypted")
AFTER_CONFIRMATION = {"withhold-summary": "project:confirm-opening", "decrypt-price": "lot:confirm-prices"}
OF_DRAW = (
    "announce-draw", "commit-draw", "pin-draw", "reveal-draw", "open-random", "finish-draw", "abandon-draw", "void-draw",
)  # fmt: skip
READ_ALOUD = "summary"
PRICE_EARLY = "price-in-first-envelope"


class NotYetLogged(Exception):
    """Something that belongs into the file still waits for its place in the log: a second or two."""


@dataclass(frozen=True)
class _Logged:
    """A public project, the events of its file with their places in the log, and the head above them."""

    project: Project
    lots: Sequence[Lot]
    vkeys: Sequence[str]
    events: Sequence[Event]
    places: Mapping[int, int]
    head: Checkpoint

    @cached_property
    def tree(self) -> Tree:
        return tlog.tree(self.head.size)

    def place(self, tag: str, lot: Lot) -> int | None:
        """Where the lot's last event under this tag stands."""
        found = [self.places[e.pk] for e in self.events if e.tag == tag and e.subject == f"lot/{lot.public_id}"]
        return found[-1] if found else None


def version(project_id: str, at: datetime) -> str | None:
    """What the file's every byte hangs on; None for a project that is not public. Raises NotYetLogged."""
    found = _found(project_id, at)
    return f"{project_id} {found.head.size} {found.head.cosigned} {found.events[-1].pk}" if found else None


def evidence(project_id: str, at: datetime) -> bytes | None:
    """The bytes of the file, the same until something more happens; None for a project that is not public.

    It is issued as of the first checkpoint that has everything in it and that the witnesses have seen.
    Raises NotYetLogged.
    """
    found = _found(project_id, at)
    if found is None:
        return None
    body = {
        "project": project_id,
        "log_vkey": logkey.log_vkey(),
        "issued_at": instant_text(found.head.at),
        "head": tlog.note_for(found.head, found.vkeys),
        "certificates": _trustees(found.project),
        "roots": sorted_der(certificates.trusted().roots),
        "events": _entries(found),
        "lots": [_lot(lot, found) for lot in found.lots],
    }
    return write_bundle(body, logkey.sign)


def _found(project_id: str, at: datetime) -> _Logged | None:
    rows = Project.objects.visible_to(VISITOR, at).filter(announced_at__isnull=False)
    project = rows.filter(public_id=project_id).first()
    if project is None:
        return None
    lots = list(project.lots.select_related("seal_policy").order_by("public_id"))
    vkeys = sorted({key for lot in lots for key in lot.seal_policy.content["witness_vkeys"]})
    events = list(_events(project, lots))
    places = dict(Leaf.objects.filter(event__in=events).values_list("event_id", "index"))
    head = tlog.seen_by(max(places.values(), default=0), vkeys)
    if head is None or len(places) < len(events):
        raise NotYetLogged(project_id)
    return _Logged(project, lots, vkeys, sorted(events, key=lambda event: places[event.pk]), places, head)


def _events(project: Project, lots: Sequence[Lot]) -> Any:
    subjects = [f"lot/{lot.public_id}" for lot in lots]
    # of a box that was not opened not even the number of its records is told
    opened = Event.objects.filter(tag="lot:open-bids", subject__in=subjects).values_list("subject", flat=True)
    told = [lot.pk for lot in lots if f"lot/{lot.public_id}" in set(opened)]
    bids = SealedBid.objects.filter(lot__in=told).values_list("public_id", flat=True)
    draws = Draw.objects.filter(lot__in=lots).values_list("public_id", flat=True)
    asked = Q(subject=f"project/{project.public_id}", tag__in=[f"project:{verb}" for verb in OF_PROJECT])
    asked |= Q(subject__in=subjects, tag__in=[f"lot:{verb}" for verb in OF_LOT])
    asked |= Q(subject__in=[f"bid/{bid}" for bid in bids], tag__in=[f"bid:{verb}" for verb in OF_BID])
    for verb, confirmed in AFTER_CONFIRMATION.items():
        asked |= Q(subject__in=_confirmed(project, lots, confirmed), tag=f"bid:{verb}")
    asked |= Q(subject__in=[f"draw/{draw}" for draw in draws], tag__in=[f"draw:{verb}" for verb in OF_DRAW])
    return Event.objects.filter(asked)


def _confirmed(project: Project, lots: Sequence[Lot], tag: str) -> list[str]:
    """The bids (as subjects) of the lots whose opening record of this tag was confirmed."""
    subjects = {f"lot/{lot.public_id}": lot.pk for lot in lots} | {f"project/{project.public_id}": 0}
    events = Event.objects.filter(tag=tag, subject__in=subjects).values_list("subject", flat=True)
    known = {subjects[subject] for subject in events}
    bids = SealedBid.objects.filter(lot__in=[lot.pk for lot in lots if lot.pk in known or 0 in known])
    return [f"bid/{bid}" for bid in bids.values_list("public_id", flat=True)]


def _entries(found: _Logged) -> list[dict[str, Any]]:
    return [
        {
            "payload": bytes(event.payload).decode(),
            "salt": bytes(event.salt).hex(),
            "index": found.places[event.pk],
            "path": [b64(node) for node in found.tree.inclusion(found.places[event.pk])],
        }
        for event in found.events
    ]


def sorted_der(found: Sequence[Any]) -> list[str]:
    """Certificates as base64 DER, sorted by their bytes, each once."""
    return [b64(der) for der in sorted({one.public_bytes(Encoding.DER) for one in found})]


def _trustees(project: Project) -> list[str]:
    held = [seat.certificate for seat in project.seats.select_related("certificate") if seat.certificate]
    return sorted_der([*(certificates.parsed(row) for row in held), *certificates.trusted().intermediates])


def _lot(lot: Lot, found: _Logged) -> dict[str, Any]:
    policy, project = lot.seal_policy, found.project
    opening = found.place("lot:open-bids", lot)
    rows = list(SealedBid.objects.filter(lot=lot).order_by("box_key", "seq")) if opening is not None else []
    report = None
    if found.place("lot:publish-candidates", lot) is not None:
        report = lot.reports.filter(closed_at__isnull=False).order_by("-version").first()
    prices, own = found.place("lot:open-prices", lot), policy.content["witness_vkeys"]
    second = {"price_closing": _closing(prices, found, own)} if prices is not None else {}
    return second | {
        "id": lot.public_id,
        "policy": policy.content,
        "extensions": [row.content for row in policy.extensions.order_by("seq")],
        "scheme": project.scheme,
        "closing": _closing(opening, found, own) if opening is not None else None,
        "lids": [row.lid for row in rows],
        "opened": _opened(lot) if opening is not None and project.stage != "opening" else [],
        "draws": _draws(lot, found),
        "report": report.content if report else None,
    }


def _draws(lot: Lot, found: _Logged) -> list[dict[str, Any]]:
    """Every finished draw by its id, with the proof that the head extends its checkpoint."""
    rows = lot.draws.filter(stage="drawn").order_by("public_id")
    return [{"record": row.record, "path": _consistency(found, row.checkpoint_size)} for row in rows]


def _closing(opening: int, found: _Logged, own: Sequence[str]) -> dict[str, Any]:
    """The first checkpoint that holds the list of what is opened, with the proof that the head extends it."""
    head = tlog.seen_by(opening, own)
    if head is None or head.size > found.head.size:
        head = found.head
    return {"note": tlog.note_for(head, found.vkeys), "path": _consistency(found, head.size)}


def _consistency(found: _Logged, size: Any) -> list[str]:
    return [b64(node) for node in found.tree.consistency(size)]


def _opened(lot: Lot) -> list[dict[str, str]]:
    """The summaries that were read aloud, with the keys that open them again."""
    rows = SealedPart.objects.filter(bid__lot=lot, part=READ_ALOUD, opened_at__isnull=False)
    rows = rows.exclude(bid__opened__remarks__contains=[PRICE_EARLY])  # a price told too early is told to nobody
    found = []
    own = BidderKey.objects.filter(bid__lot=lot, part=READ_ALOUD).exclude(bshare="")
    shares = dict(own.values_list("bid_id", "bshare"))
    for row in rows.select_related("bid", "body").order_by("bid__lid_id"):
        with store.open_stream(row.body) as stream:
            body = stream.read()
        secret = secret_of(row.identity).hex()
        entry = {"lid": row.bid.lid_id, "part": row.part, "secret": secret, "body": b64(body)}
        found.append(entry | ({"bshare": shares[row.bid_id]} if row.bid_id in shares else {}))
    return found
