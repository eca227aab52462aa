"""Rules as sentences: the scoring scheme and the seal policy, for people who do not read JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KINDS = {
    "price": gettext_lazy("价格：最低有效报价得满分，其余按“最低有效报价 ÷ 本报价 × 满分”计分"),
    "objective": gettext_lazy("客观分：按证明材料逐项计分，评委打分必须一致"),
    "subjective": gettext_lazy("主观分：评委各自独立打分"),
}
TIES = {
    "total": gettext_lazy("总分高者在前"),
    "price": gettext_lazy("报价低者在前"),
    "received": gettext_lazy("密封件先到者在前"),
    "vote": gettext_lazy("评标委员会记名投票"),
    "draw": gettext_lazy("随机抽取"),
}
ROUNDINGS = {
    "half-up": gettext_lazy("四舍五入"),
    "half-even": gettext_lazy("四舍六入五成双"),
    "down": gettext_lazy("截去多余位数"),
}


def criteria(scheme: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The criteria as rows: name, what it is, full mark, weight."""
    return [
        {"name": c["name"], "kind": str(KINDS[c["kind"]]), "full_mark": c["full_mark"], "weight": c.get("weight", "")}
        for c in scheme.get("criteria", ())
    ]


def mark(criterion: Mapping[str, Any]) -> str:
    """The full mark, times its weight where the scheme weighs: ``40`` or ``100 × 0.4``."""
    weight = criterion["weight"]
    return f"{criterion['full_mark']} × {weight}" if weight else str(criterion["full_mark"])


def scheme(content: Mapping[str, Any]) -> list[str]:
    """How bids are judged, sentence by sentence; nothing for a project that has no scheme yet."""
    if not content:
        return []
    names = {c["key"]: c["name"] for c in content["criteria"]}
    said = [
        _("综合评分法：各评审因素得分相加，总分从高到低排序。")
        if content["weighting"] == "marks"
        else _("综合评分法：各评审因素得分乘以权重后相加，总分从高到低排序。")
    ]
    aggregation = content["aggregation"]
    if aggregation["kind"] == "mean":
        said.append(_("主观分取全体评委的算术平均值。"))
    else:
        said.append(
            _("评委不少于 %(n)s 人时，主观分去掉一个最高分和一个最低分后取平均值。") % {"n": aggregation["from"]}
        )
    rounding = content["rounding"]
    if rounding["apply"]:
        values = {"n": rounding["decimals"], "how": ROUNDINGS[rounding["mode"]]}
        said.append(_("分值保留 %(n)s 位小数（%(how)s）；计算中间过程不取整。") % values)
    steps = [
        _("“%(name)s”得分高者在前") % {"name": names.get(step.partition(":")[2], step)}
        if step.startswith("criterion:")
        else str(TIES.get(step, step))
        for step in content["ties"]
    ]
    said.append(_("得分相同时依次比较：%(steps)s。") % {"steps": " → ".join(steps)})
    return said


def seal(policy: Mapping[str, Any], seats: Sequence[Any]) -> str:
    """The threshold of a seal policy in one sentence."""
    if policy["bidder_share"] == "alone":
        return _(
            "投标文件由投标人在自己的浏览器里加密，密钥只在投标人手里：没有密钥持有人，平台、采购人和监督方都打不开。"
            "截止之后投标人须在解密时限内自己开启。"
        )
    values = {"n": len(seats), "k": policy["k"], "roles": "、".join(str(seat.role) for seat in seats)}
    if policy["bidder_share"] == "required":
        return (
            _(
                "投标文件由投标人在自己的浏览器里加密。%(n)s 位密钥持有人（%(roles)s）中任意 %(k)s 位在截止之后释放份额，"
                "并且投标人自己也在解密时限内释放一份，才能打开；持有人全部串通也不能提前打开。"
            )
            % values
        )
    return (
        _(
            "投标文件由投标人在自己的浏览器里加密。%(n)s 位密钥持有人（%(roles)s）中任意 %(k)s 位在截止之后各自释放份额，"
            "才能打开；任何一位都不能单独打开，平台也不能。"
        )
        % values
    )
