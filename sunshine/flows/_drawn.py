"""What follows by itself when every number is known: seed, result, record; and for a panel, its members take their seats."""

import hashlib
from datetime import datetime

import rfc8785

from sunshine.domain.evaluation.draws import EXPERTS, Draw
from sunshine.domain.evaluation.lifecycle import DRAW, MEMBER
from sunshine.domain.evaluation.models import Panel, PanelMember
from sunshine.domain.parties.models import Expert, Person
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.flows._run import along
from sunshine.foundation.authz import Actor
from sunshine_proof.draw import checkpoint_hash, draw_record


def finish_if_known(draw: Draw, *, by: Actor, at: datetime) -> None:
    """Compute the result once all numbers are there. The events speak of blind ids only: names wait for the law."""
    parties = list(draw.parties.order_by("number"))
    if not all(party.r for party in parties):
        return
    about = checkpoint_hash(draw.checkpoint).hex()
    draw.record = draw_record(
        draw.announcement,
        [{"p": party.number, "commit": party.commit, "lid": party.lid["id"]} for party in parties],
        draw.checkpoint,
        [{"p": party.number, "r": party.r, "checkpoint": about} for party in parties],
    )
    draw.drawn_at = at
    draw.save(update_fields=["record", "drawn_at"])
    facts = {"record": hashlib.sha256(rfc8785.dumps(draw.record)).hexdigest(), "result": draw.record["result"]}
    along(DRAW, "finish-draw", draw, by=by, at=at, facts=facts)
    if draw.purpose == EXPERTS:
        _seat(draw, by=by, at=at)


def _seat(draw: Draw, *, by: Actor, at: datetime) -> None:
    lot = Lot.objects.select_for_update(of=("self",)).get(pk=draw.lot_id)
    names = draw.blinded
    order = [names[one] for one in [*draw.record["result"]["members"], *draw.record["result"]["alternates"]]]
    members = order[: draw.announcement["members"]]
    panel = Panel.objects.create(
        lot=lot,
        formed_at=at,
        formed_by=draw.announced_by,
        draw={
            "draw": draw.public_id,
            "specialty": draw.specialty,
            "pool": sorted(names[blind] for blind, _weight in draw.announcement["pool"]),
            "excluded": {names[out["id"]]: out["reason"] for out in draw.announcement["exclusions"]},
            "order": order,
            "drawn": members,
        },
    )
    experts = Expert.objects.in_bulk(members, field_name="public_id")
    seats: list[tuple[int, Expert | None]] = [(experts[one].person_id, experts[one]) for one in members]
    people = Person.objects.filter(public_id__in=draw.representatives).order_by("pk")
    seats += [(person.pk, None) for person in people]
    for number, (person, expert) in enumerate(seats, 1):
        member = PanelMember(panel=panel, person_id=person, expert=expert, number=number, is_chair=number == 1)
        along(MEMBER, "draw-panel", member, by=by, at=at, facts={"panel": panel.public_id, "number": number})
    tell([person for person, _expert in seats], "panel-drawn", {}, url="/expert/", at=at)
    facts = {"panel": panel.public_id, "draw": draw.public_id, "specialty": draw.specialty}
    along(LOT, "draw-panel", lot, by=by, at=at, facts=facts)
