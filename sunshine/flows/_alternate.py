"""The next in the drawn order takes a seat that became free: never a new draw."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.models import PanelMember
from sunshine.domain.parties.models import Expert
from sunshine.domain.publishing.tell import tell
from sunshine.flows._run import along
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


def seat_next(leaver: PanelMember, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Seat the next expert of the panel's drawn order in the leaver's place (with the chair, if he held it).

    Returns {"alternate": its number among the alternates, 1 for the first}: the record tells by blind id who that is.
    """
    panel = leaver.panel
    seated = set(panel.members.exclude(expert=None).values_list("expert__public_id", flat=True))
    waiting = [public_id for public_id in panel.draw["order"] if public_id not in seated]
    if leaver.expert_id is None or not waiting:
        raise Refused(
            "no-alternate", _("没有可递补的专家，请采购人补充抽取后再回避。"), "招标投标法实施条例 第四十八条"
        )
    expert = Expert.objects.get(public_id=waiting[0])
    number = panel.members.count() + 1
    member = PanelMember(panel=panel, person=expert.person, expert=expert, number=number, is_chair=leaver.is_chair)
    place = panel.draw["order"].index(expert.public_id) - len(panel.draw["drawn"]) + 1
    facts = {"panel": panel.public_id, "instead_of": leaver.public_id, "alternate": place}
    along(MEMBER, "draw-panel", member, by=by, at=at, facts=facts)
    PanelMember.objects.filter(pk=leaver.pk).update(is_chair=False)
    leaver.is_chair = False
    tell([expert.person_id], "panel-drawn", {}, url="/expert/", at=at)
    return {"alternate": place}
