"""抽取专家: the panel of one lot, drawn by chance from the registry, the record kept (招标投标法 第三十七条).

A simple recorded draw: pool, exclusions with their reasons, and the drawn order stand in the event.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.models import Panel, PanelMember
from sunshine.domain.parties.models import Expert, Membership
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

ARTICLE = "招标投标法 第三十七条"


@flow(LOT, "draw-panel")
def draw_panel(
    lot: Lot, *, by: Actor, at: datetime, experts: int, specialty: str, representatives: Sequence[str] = ()
) -> dict[str, Any]:
    """Draw ``experts`` experts of a specialty, beside the buyer's representatives (public ids of persons).

    For lots that must be tendered: five or more, odd, experts at least two thirds (the numbers are the pack's).
    """
    representatives = tuple(dict.fromkeys(representatives))  # named twice is one person
    _lawful(lot, experts, len(representatives), at)
    pool, excluded = _pool(lot, specialty)
    if len(pool) < experts:
        text = _("专家库中符合条件且无须回避的“%(what)s”专家只有 %(n)s 名。") % {"what": specialty, "n": len(pool)}
        raise Refused("pool-too-small", text, ARTICLE)
    order = sorted(pool, key=lambda expert: expert.public_id)
    secrets.SystemRandom().shuffle(order)
    drawn = order[:experts]
    panel = Panel.objects.create(lot=lot, draw={}, formed_at=at, formed_by=str(by))
    people: list[tuple[int, Expert | None]] = [(expert.person_id, expert) for expert in drawn]
    people += [(person, None) for person in _representatives(lot, representatives)]
    for number, (person, expert) in enumerate(people, 1):
        member = PanelMember(panel=panel, person_id=person, expert=expert, number=number, is_chair=number == 1)
        along(MEMBER, "draw-panel", member, by=by, at=at, facts={"panel": panel.public_id, "number": number})
    panel.draw = {
        "specialty": specialty,
        "pool": sorted(expert.public_id for expert in pool),
        "excluded": excluded,
        "order": [expert.public_id for expert in order],
        "drawn": [expert.public_id for expert in drawn],
    }
    panel.save(update_fields=["draw"])
    tell([person for person, _expert in people], "panel-drawn", {}, url="/expert/", at=at)
    return {"panel": panel.public_id, **panel.draw}


def _lawful(lot: Lot, experts: int, representatives: int, at: datetime) -> None:
    rule = pack_of(lot.project, at).rule("T10")
    size = experts + representatives
    if rule is not None and lot.mandatory:
        least = rule.number("members")
        if size < least or size % 2 == 0:
            text = _("评标委员会应为%(n)s人以上单数，当前 %(size)s 人。") % {"n": least, "size": size}
            raise Refused("panel-not-lawful", text, rule.article, field="experts")
        if experts * 3 < size * rule.number("experts_of_three"):
            raise Refused(
                "panel-not-lawful", _("技术、经济专家不得少于成员总数的三分之二。"), rule.article, field="experts"
            )
    elif size < 3 or size % 2 == 0:
        raise Refused("panel-not-lawful", _("评审小组应为三人以上单数。"), field="experts")


def _pool(lot: Lot, specialty: str) -> tuple[list[Expert], dict[str, str]]:
    """Experts who may be drawn, and those who may not with the reason (条例 第四十六条: interest means recusal)."""
    bidders = set(lot.opened_bids.values_list("bidder_uscc", flat=True))
    near = bidders | {lot.project.buyer.uscc} | ({lot.project.agency.uscc} if lot.project.agency else set())
    pool: list[Expert] = []
    excluded: dict[str, str] = {}
    insiders = set(
        Membership.objects.filter(organisation__uscc__in=near, ended_at=None).values_list("person_id", flat=True)
    )
    for expert in Expert.objects.filter(stage="listed", specialties__contains=[specialty]).select_related("person"):
        if expert.employer_uscc in near or expert.person_id in insiders:
            excluded[expert.public_id] = "employer"
        elif near & set(expert.avoided_units):
            excluded[expert.public_id] = "avoided-unit"
        else:
            pool.append(expert)
    return pool, excluded


def _representatives(lot: Lot, persons: Sequence[str]) -> list[int]:
    live = Membership.objects.filter(
        organisation=lot.project.buyer, ended_at=None, roles__contains=["buyer-representative"]
    )
    found = list(live.filter(person__public_id__in=persons).values_list("person_id", flat=True))
    if len(found) != len(set(persons)):
        raise Refused("not-a-representative", _("采购人代表须为本单位具有该角色的人员。"), field="representatives")
    return found
