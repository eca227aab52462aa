"""The public evidence of one project: everything a stranger needs to check it, in one signed file (evidence/1).

Of a box that is still shut it tells nothing, not even that there is a bid in it (招标投标法 第二十二条). Who sat on the panel
is told by number only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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

OF_PROJECT = ("announce", "clarify", "open-bids", "confirm-opening", "terminate")
OF_LOT = (
    "announce", "open-bids", "release-share", "announce-draw", "announce-factor", "draw-panel", "publish-candidates",
    "award", "notify", "close-contract", "fail", "retender", "terminate",
)  # fmt: skip
OF_BID = ("submit-bid", "withdraw-bid", "revoke-undecrypted", "withdraw-undecrypted")
OF_DRAW = (
    "announce-draw", "commit-draw", "pin-draw", "reveal-draw", "open-random", "finish-draw", "abandon-draw", "void-draw",
)  # fmt: skip
READ_ALOUD = "summary"


class NotYetLogged(Exception):
    """Something that belongs into the file still waits for its place in the log: a second or two."""


@dataclass(frozen=True)
class _Logged:
    """The events of the file with their places, and the head above them."""

    events: Sequence[Event]
    places: Mapping[int, int]
    head: Checkpoint

    def place(self, tag: str, subject: str) -> int | None:
        found = [self.places[e.pk] for e in self.events if e.tag == tag and e.subject == subject]
        return found[-1] if found else None


def version(project_id: str, at: datetime) -> str | None:
    """What the file's content hangs on; None for a project that is not public."""
    project = _project(project_id, at)
    if project is None:
        return None
    newest = _events(project).order_by("-pk").values_list("pk", flat=True).first()
    return f"{project.public_id}-{newest}"


def evidence(project_id: str, at: datetime) -> bytes | None:
    """The bytes of the file; None for a project that is not public. Raises NotYetLogged."""
    project = _project(project_id, at)
    if project is None:
        return None
    lots = list(project.lots.select_related("seal_policy").order_by("public_id"))
    vkeys = sorted({key for lot in lots for key in lot.seal_policy.content["witness_vkeys"]})
    logged = _logged(project, vkeys)
    body = {
        "project": project.public_id,
        "log_vkey": logkey.log_vkey(),
        "issued_at": instant_text(at),
        "head": tlog.note_for(logged.head, vkeys),
        "certificates": _trustees(project),
        "roots": sorted_der(certificates.trusted().roots),
        "events": _entries(logged),
        "lots": [_lot(project, lot, logged, vkeys) for lot in lots],
    }
    return write_bundle(body, logkey.sign)


def _project(project_id: str, at: datetime) -> Project | None:
    rows = Project.objects.visible_to(VISITOR, at).filter(announced_at__isnull=False)
    return rows.filter(public_id=project_id).first()


def _events(project: Project) -> Any:
    lots = [f"lot/{lot}" for lot in project.lots.values_list("public_id", flat=True)]
    opened = SealedBid.objects.filter(lot__in=_opened_lots(project)).values_list("public_id", flat=True)
    asked = Q(subject=f"project/{project.public_id}", tag__in=[f"project:{verb}" for verb in OF_PROJECT])
    asked |= Q(subject__in=lots, tag__in=[f"lot:{verb}" for verb in OF_LOT])
    asked |= Q(subject__in=[f"bid/{bid}" for bid in opened], tag__in=[f"bid:{verb}" for verb in OF_BID])
    draws = Draw.objects.filter(lot__project=project).values_list("public_id", flat=True)
    asked |= Q(subject__in=[f"draw/{draw}" for draw in draws], tag__in=[f"draw:{verb}" for verb in OF_DRAW])
    return Event.objects.filter(asked)


def _opened_lots(project: Project) -> list[int]:
    """Lots whose box has been opened: those whose opening stands in the log's events."""
    opened = Event.objects.filter(
        tag="lot:open-bids", subject__in=[f"lot/{lot}" for lot in project.lots.values_list("public_id", flat=True)]
    )
    ids = [subject.partition("/")[2] for subject in opened.values_list("subject", flat=True)]
    return list(Lot.objects.filter(public_id__in=ids).values_list("pk", flat=True))


def _logged(project: Project, vkeys: Sequence[str]) -> _Logged:
    events = list(_events(project))
    places = dict(Leaf.objects.filter(event__in=events).values_list("event_id", "index"))
    head = tlog.seen_by(max(places.values(), default=0), vkeys, newest_first=True)
    if head is None or len(places) < len(events):
        raise NotYetLogged(project.public_id)
    return _Logged(sorted(events, key=lambda event: places[event.pk]), places, head)


def _entries(logged: _Logged) -> list[dict[str, Any]]:
    tree = tlog.tree(logged.head.size)
    return [
        {
            "payload": bytes(event.payload).decode(),
            "salt": bytes(event.salt).hex(),
            "index": logged.places[event.pk],
            "path": [b64(node) for node in tree.inclusion(logged.places[event.pk])],
        }
        for event in logged.events
    ]


def sorted_der(found: Sequence[Any]) -> list[str]:
    """Certificates as base64 DER, sorted by their bytes, each once."""
    return [b64(der) for der in sorted({one.public_bytes(Encoding.DER) for one in found})]


def _trustees(project: Project) -> list[str]:
    held = [seat.certificate for seat in project.seats.select_related("certificate") if seat.certificate]
    return sorted_der([*(certificates.parsed(row) for row in held), *certificates.trusted().intermediates])


def _lot(project: Project, lot: Lot, logged: _Logged, vkeys: Sequence[str]) -> dict[str, Any]:
    policy = lot.seal_policy
    opening = logged.place("lot:open-bids", f"lot/{lot.public_id}")
    told = opening is not None
    rows = list(SealedBid.objects.filter(lot=lot).order_by("box_key", "seq")) if told else []
    report = None
    if logged.place("lot:publish-candidates", f"lot/{lot.public_id}") is not None:
        report = lot.reports.filter(closed_at__isnull=False).order_by("-version").first()
    return {
        "id": lot.public_id,
        "policy": policy.content,
        "extensions": [row.content for row in policy.extensions.order_by("seq")],
        "scheme": project.scheme,
        "closing": _closing(opening, logged, policy.content["witness_vkeys"], vkeys) if opening is not None else None,
        "lids": [row.lid for row in rows],
        "opened": _opened(lot) if told and project.stage != "opening" else [],
        "draws": _draws(lot, logged),
        "report": report.content if report else None,
    }


def _draws(lot: Lot, logged: _Logged) -> list[dict[str, Any]]:
    """Every finished draw by its id, with the proof that the head extends its checkpoint."""
    tree, found = tlog.tree(logged.head.size), []
    for row in lot.draws.filter(stage="drawn").order_by("public_id"):
        assert row.checkpoint_size is not None  # a finished draw has its checkpoint
        path = [b64(node) for node in tree.consistency(row.checkpoint_size)]
        found.append({"record": row.record, "path": path})
    return found


def _closing(opening: int, logged: _Logged, own: Sequence[str], vkeys: Sequence[str]) -> dict[str, Any]:
    """The first checkpoint that holds the list of what is opened, with the proof that the head extends it."""
    head = tlog.seen_by(opening, own)
    if head is None or head.size > logged.head.size:
        head = logged.head
    path = tlog.tree(logged.head.size).consistency(head.size)
    return {"note": tlog.note_for(head, vkeys), "path": [b64(node) for node in path]}


def _opened(lot: Lot) -> list[dict[str, str]]:
    """The summaries that were read aloud, with the keys that open them again."""
    rows = SealedPart.objects.filter(bid__lot=lot, part=READ_ALOUD, opened_at__isnull=False, bid__stage="opened")
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
