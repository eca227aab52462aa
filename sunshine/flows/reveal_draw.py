"""揭示随机数: each party opens what it committed to; with the last number the draw is done."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.draws import Draw
from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.flows._drawn import finish_if_known
from sunshine.flows._run import NotFound, act, along
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.canonical import CanonicalError, unhex
from sunshine_proof.draw import checkpoint_hash, commitment


@act
def reveal_draw(draw_id: str, *, by: Actor, at: datetime, r: str, checkpoint: str) -> str:
    """Take a party's 32 bytes (hex), given for the checkpoint with this H(C) (hex); returns the draw's stage.

    Raises Refused: not-found, wrong-stage, already-revealed, draw-checkpoint, draw-reveal.
    """
    draw = Draw.objects.select_for_update(of=("self",)).filter(public_id=draw_id).first()
    if draw is None or not by.may("party:draw:join", draw):
        raise NotFound()
    if refused := DRAW.refusal("reveal-draw", draw, by=by, at=at):
        raise refused
    party = draw.parties.get(person_id=by.person_pk)
    if checkpoint != checkpoint_hash(draw.checkpoint).hex():
        raise Refused("draw-checkpoint", _("您揭示时看到的检查点不是本次抽取的检查点，请刷新页面。"))
    try:
        number = unhex(r, 32, "r")
    except CanonicalError as error:
        raise Refused("draw-reveal", _("揭示的随机数与承诺不符。")) from error
    if commitment(draw.public_id, party.number, number) != party.commit:
        raise Refused("draw-reveal", _("揭示的随机数与承诺不符。"))
    party.r, party.revealed_at = r, at
    party.save(update_fields=["r", "revealed_at"])
    facts = {"p": party.number, "r": r, "checkpoint": checkpoint}
    along(DRAW, "reveal-draw", draw, by=by, at=at, facts=facts)
    finish_if_known(draw, by=by, at=at)
    return str(draw.stage)
