"""代为开启随机数: what a party does not reveal in time the trustees open, so that nobody gains by staying silent."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.draws import Draw, DrawParty, DrawRelease
from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows._drawn import finish_if_known
from sunshine.flows._run import NotFound, act, along
from sunshine.flows._trustee import signed_release
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.agefile import AgeError, decrypt_bytes
from sunshine_proof.canonical import CanonicalError, unhex
from sunshine_proof.draw import commitment
from sunshine_proof.opening import open_part
from sunshine_proof.release import ReleaseError, check_released_share


@act
def open_random(
    draw_id: str,
    *,
    by: Actor,
    at: datetime,
    releases: Sequence[Mapping[str, str]],
    statement: Mapping[str, Any],
    signature: str,
    certificate: str,
) -> int:
    """Take a trustee's shares of the numbers that were not revealed; with k of them a number is opened.

    Returns how many shares were new. Raises Refused: not-found, wrong-stage, too-early, release-…, signature-….
    """
    draw = Draw.objects.select_for_update(of=("self",)).filter(public_id=draw_id).first()
    seat = TrusteeSeat.objects.filter(project__lots__draws__public_id=draw_id, person_id=by.person_pk).first()
    if draw is None or seat is None or "trustee:share:release" not in by.permissions:
        raise NotFound()
    if refused := DRAW.refusal("open-random", draw, by=by, at=at):
        raise refused
    due = draw.rescue_from()
    if due is None or at < due:
        raise Refused("too-early", _("揭示时限未到，各方还可以自己揭示。"))
    entries = signed_release(draw.pid, seat, statement, signature, certificate, by, at)
    silent = {party.lid["id"]: party for party in draw.parties.filter(r="")}
    done = set(DrawRelease.objects.filter(seat=seat, party__draw=draw).values_list("party_id", flat=True))
    rows = []
    for given in releases:
        entry, party = entries.get((given.get("lid", ""), given.get("part", ""))), silent.get(given.get("lid", ""))
        if entry is None or party is None:
            raise Refused("release-unknown", _("份额与签名声明不一致，或该随机数已经公开。"))
        if party.pk not in done:
            done.add(party.pk)
            rows.append(_row(draw, seat, party, given, entry, statement, signature, at))
    DrawRelease.objects.bulk_create(rows)
    facts = {"i": seat.i, "entries": [dict(entry) for entry in entries.values()]}
    along(DRAW, "open-random", draw, by=by, at=at, facts=facts)
    if _all_opened(draw, silent.values(), by=by, at=at):
        finish_if_known(draw, by=by, at=at)
    return len(rows)


def _row(
    draw: Draw,
    seat: TrusteeSeat,
    party: DrawParty,
    given: Mapping[str, str],
    entry: Mapping[str, str],
    statement: Mapping[str, Any],
    signature: str,
    at: datetime,
) -> DrawRelease:
    share = given.get("y", "")
    if share:
        try:
            check_released_share(bytes.fromhex(draw.pid), party.part, seat.i, unhex(share, 32, "y"), entry)
        except (ReleaseError, CanonicalError) as error:
            text = _("第%(i)s号持有人的份额与承诺不符，没有采用。") % {"i": seat.i}
            raise Refused("release-share", text) from error
    fault = "" if share else entry.get("fault", "share-undecryptable")
    return DrawRelease(
        party=party,
        seat=seat,
        share=share,
        fault=fault,
        statement=dict(statement),
        signature=signature,
        released_at=at,
    )


def _all_opened(draw: Draw, silent: Any, *, by: Actor, at: datetime) -> bool:
    """Open every number with enough shares; False where one proves to be another than promised: the draw is void."""
    for party in silent:
        shares = dict(party.releases.exclude(share="").values_list("seat__i", "share"))
        complaints = set(party.releases.exclude(fault="").values_list("seat__i", flat=True))
        given = {i: bytes.fromhex(y) for i, y in shares.items()}
        outcome = open_part(draw.policy, draw.pid, party.part, given, complaints=complaints)
        if not outcome.opened and outcome.fault != "bidder":
            continue  # too few shares yet, or complaints that only more shares can settle
        number = _number(party, outcome.identity)
        if number is None or commitment(draw.public_id, party.number, number) != party.commit:
            _void(draw, party, outcome.code, by=by, at=at)
            return False
        party.r, party.opened, party.revealed_at = number.hex(), True, at
        party.save(update_fields=["r", "opened", "revealed_at"])
        # logged as a reveal: whoever replays the draw needs the number, whoever gave it
        facts = {"p": party.number, "r": party.r, "opened_by": sorted(shares)}
        along(DRAW, "open-random", draw, by=by, at=at, facts=facts)
    return True


def _number(party: DrawParty, identity: str | None) -> bytes | None:
    body = base64.b64decode(party.body)
    if identity is None or hashlib.sha256(body).hexdigest() != party.part["sha256"]:
        return None
    try:
        number = decrypt_bytes(identity, body)
    except AgeError:
        return None
    return number if len(number) == 32 else None


def _void(draw: Draw, party: DrawParty, code: str, *, by: Actor, at: datetime) -> None:
    """A party sealed something else than it promised: proved by the shares, told by its role, never drawn from."""
    draw.abandoned_at, draw.abandoned_by = at, str(by)
    draw.reason = f"{party.role}密封的随机数与其承诺不符（{code}）"  # the record keeps the Chinese words
    draw.save(update_fields=["abandoned_at", "abandoned_by", "reason"])
    along(DRAW, "void-draw", draw, by=by, at=at, facts={"p": party.number, "code": code})
