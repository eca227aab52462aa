"""One lot, opened, with enough experts for alternates: where every test about draws begins."""

from typing import Any

from sunshine.domain.evaluation.draws import Draw
from sunshine.interfaces.rehearsal import drawing, play, stage
from sunshine.interfaces.rehearsal.drawing import Drawing


def opened_lot(ground: play.Cast) -> play.Played:
    """One lot with three bids, opened; eight experts in the registry."""
    for n in (6, 7, 8):
        play.enlist(ground, f"expert{n}", play.papers.EXPERTS[n - 1], f"expert{n}@yunling.example").enrol()
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(ground.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    stage.opened(played)
    return played


def announce(played: play.Played, **given: Any) -> Drawing:
    judge = played.cast["judge"].person.public_id
    asked = {"experts": 4, "specialty": "给排水设备", "representatives": [judge]} | given
    return drawing.announced(played, played.lots[0], **asked)


def row(one: Drawing) -> Draw:
    return Draw.objects.get(public_id=one.draw)
