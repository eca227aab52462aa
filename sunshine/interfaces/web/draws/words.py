"""The words of a draw's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.pages.parts import TimelineStep

CHECKS = (
    ("announcement", _("抽取公告完整，候选名单的根与名单一致")),
    ("logged", _("公告和全部承诺都在检查点之前写入了日志")),
    ("commitments", _("每一方揭示的随机数都与它的承诺一致")),
    ("checkpoint", _("每一方都是为同一个检查点揭示的")),
    ("seed", _("种子由公告、检查点和全部随机数算出")),
    ("result", _("按种子逐步抽取，得到的正是公布的结果")),
)


def timeline(view: Any) -> list[TimelineStep]:
    """Announced, committed, pinned, revealed, drawn: what is done and what comes."""
    draw, parties = view.draw, view.parties
    committed = [party.committed_at for party in parties if party.committed_at]
    revealed = [party.revealed_at for party in parties if party.revealed_at]
    marks = (
        (_("公布"), draw.announced_at, ""),
        (_("承诺"), max(committed) if len(committed) == len(parties) else None, (len(committed), len(parties))),
        (_("固定检查点"), draw.pinned_at, ""),
        (_("揭示"), max(revealed) if len(revealed) == len(parties) else None, (len(revealed), len(parties))),
        (_("抽取结果"), draw.drawn_at, ""),
    )
    steps, open_ = [], draw.stage not in ("drawn", "abandoned")
    for name, at, counted in marks:
        state = "done" if at else "now" if open_ else "todo"
        open_ = open_ and bool(at)
        note = _("%(n)s / %(all)s 方") % {"n": counted[0], "all": counted[1]} if counted and not at else ""
        steps.append(TimelineStep(name, state, at, note=note))
    if draw.stage == "abandoned":
        steps.append(TimelineStep(_("已作废"), "refused", draw.abandoned_at))
    return steps
