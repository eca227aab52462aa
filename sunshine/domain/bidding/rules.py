"""Why somebody cannot bid, or cannot bid now."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import Knock
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

AT_THE_DOOR = timedelta(seconds=1)  # after its arrival every record is known to be there
PATIENCE = timedelta(seconds=60)  # what has not been settled by then has died on the way


def not_a_bidder(actor: Actor) -> Refused | None:
    """Why this actor may not submit bids, whatever the lot: verification gates submission and nothing else."""
    no_role = Refused("forbidden", _("您没有“投标经办人”角色，请联系本单位管理员。"))
    if actor.kind != "supplier":
        return no_role
    if not actor.active:
        text = _("贵单位还没有通过核验（或已停用），现在不能递交投标；浏览、下载文件和提问不受影响。")
        return Refused("supplier-not-verified", text)
    return None if "supplier:bid:submit" in actor.permissions else no_role


def lateness(lot: Lot, at: datetime) -> Refused | None:
    """Why this lot takes no bids at this instant."""
    if lot.project.accepts_bids(at) and lot.stage == "announced":
        return None
    if lot.project.stage == "announced":
        text = _("投标截止时间已过，投标文件被拒收。")
        return Refused("bid-late", text, "招标投标法实施条例 第三十六条；电子招标投标办法 第二十七条")
    return Refused("not-receiving", _("该标段现在不接收投标。"))


def somebody_is_at_the_door(due: datetime, at: datetime) -> Refused | None:
    """Why a box cannot be closed yet: what arrived before the deadline is still being taken in."""
    knocks = Knock.objects.filter(arrived_at__lt=due, arrived_at__gt=at - PATIENCE)
    if at >= due + AT_THE_DOOR and not knocks.exists():
        return None
    text = _("截止前到达的投标文件还在签收，最多一分钟后即可开标。")
    return Refused("arrivals-in-flight", text, "招标投标法 第三十六条")
