"""Rankings by `scheme/1`: exact decimals, every intermediate number shown, anybody can recompute (evaluation.md).

A scheme is published with the tender; inputs are what the panel fixed. Same scheme and inputs, same bytes out.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from sunshine_proof.canonical import h, jcs
from sunshine_proof.errors import speaking
from sunshine_proof.exact import ROUNDINGS, number, rounded, text_of
from sunshine_proof.pricescore import PRICE_FAMILIES, family_of
from sunshine_proof.rankinput import Inputs, adjusted, counted, marks_of, price_of, read_inputs
from sunshine_proof.rankorder import in_order, shown
from sunshine_proof.scheme import SchemeError, check_scheme

__all__ = ["PRICE_FAMILIES", "RANKINGS", "SchemeError", "check_scheme", "rank", "scheme_id"]
Record = Mapping[str, Any]
LOWEST, HIGHEST = 1, -1


def scheme_id(scheme: Record) -> str:
    """SHA-256 (hex) of "sunshine/1 scheme\\n" ‖ JCS: which rule a ranking was made by."""
    return h("sunshine/1 scheme\n", jcs(scheme)).hex()


def rank(scheme: Record, inputs: Record) -> dict[str, Any]:
    """The ranking that `scheme` gives for `inputs`, by the scheme's own method; raises SchemeError.

    inputs = {"v": "ranking-input/1", "members": [member id, …], "bids": [bid, …], "order"?: [bid id, …],
    "cap"?, "factor"?: where the benchmark asks for them}
    bid = {"id", "price": evaluated price in yuan or fen as text, "scores": {criterion: {member: score}},
    "rejected": reason code or None, "received"?: place in the log (int), "adjustments"?: {key: amount},
    "benchmarked"?: true on a bid rejected after a locked benchmark was computed}. Other rejected bids need neither
    price nor scores. `order` is the outcome of the scheme's last tie step (`draw` or `vote`), for the bids it was
    held among.

    Returns {"v": "ranking/1", "scheme", "method", "price"?: {"family", "lowest", "benchmark"?}, "bids": [… by rank],
    "rejected"}, all numbers as text (a fraction such as "607/6" where no decimal is exact). Order of inputs never
    matters.
    """
    check_scheme(scheme)
    return RANKINGS[scheme["method"]](scheme, inputs)


@speaking(SchemeError)
def scored(scheme: Record, inputs: Record) -> dict[str, Any]:
    """综合评分法: highest total of weighted criterion scores (招标投标法 第四十一条); see rank()."""
    found = read_inputs(scheme, inputs)
    prices, rule = counted(scheme, found), scheme["price"]
    family = family_of(rule)
    basis = family.basis(rule, prices, found.given) if prices else None
    rows = []
    for bid in found.valid:
        price, scores = price_of(bid), {}
        marks = marks_of(scheme, bid, found.members)
        for criterion in scheme["criteria"]:
            one: dict[str, Any] = marks.get(criterion["key"], {})
            full = number(criterion["full_mark"], "full_mark")
            if criterion["kind"] == "price":
                assert basis is not None  # there is a bid, so there is a price
                one = {"exact": family.points(rule, price, basis, full)}
            scores[criterion["key"]] = _weighted(scheme, criterion, one)
        rows.append(_row(scheme, bid, price, _sum(scores), scores=scores))
    lowest = min((row["price"] for row in rows), default=None)
    told = {"family": rule["family"], "lowest": None if lowest is None else text_of(lowest)}
    if "benchmark" in rule:
        told["benchmark"] = None if basis is None else text_of(basis)
    return _ranking(scheme, found, rows, HIGHEST) | {"price": told}


@speaking(SchemeError)
def lowest_evaluated(scheme: Record, inputs: Record) -> dict[str, Any]:
    """经评审的最低投标价法 and 综合评估价: the price with its deviations in money; the lowest wins (法 第四十一条).

    monetised: every point short of the full mark adds its `per_point` as well.
    """
    found, rows = read_inputs(scheme, inputs), []
    for bid in found.valid:
        price, more = price_of(bid), {}
        change, amounts = adjusted(scheme, bid)
        if "criteria" in scheme:
            marks, scores = marks_of(scheme, bid, found.members), {}
            for criterion in scheme["criteria"]:
                one = _weighted(scheme, criterion, marks[criterion["key"]])
                short = number(criterion["full_mark"], "full_mark") - one["score"]
                change += short * number(criterion["per_point"], "per_point")
                scores[criterion["key"]] = one
            more = {"scores": scores}
        if price + change <= 0:
            raise SchemeError("price-not-positive", f"the deviations of {bid['id']} are worth more than its price")
        rows.append(_row(scheme, bid, price, price + change, adjustments=amounts, **more))
    return _ranking(scheme, found, rows, LOWEST)


@speaking(SchemeError)
def value_for_money(scheme: Record, inputs: Record) -> dict[str, Any]:
    """性价比法: V = B / N, points for each `per` yuan of the price; the highest wins."""
    found, rows = read_inputs(scheme, inputs), []
    for bid in found.valid:
        price, marks = price_of(bid), marks_of(scheme, bid, found.members)
        scores = {c["key"]: _weighted(scheme, c, marks[c["key"]]) for c in scheme["criteria"]}
        value = _sum(scores) / (price / number(scheme["per"], "per"))
        rows.append(_row(scheme, bid, price, value, scores=scores))
    return _ranking(scheme, found, rows, HIGHEST)


@speaking(SchemeError)
def lowest_price(scheme: Record, inputs: Record) -> dict[str, Any]:
    """竞价: the lowest valid price wins."""
    found = read_inputs(scheme, inputs)
    rows = [_row(scheme, bid, price_of(bid), price_of(bid)) for bid in found.valid]
    return _ranking(scheme, found, rows, LOWEST)


@speaking(SchemeError)
def negotiated(scheme: Record, inputs: Record) -> dict[str, Any]:
    """谈判: the final offers, ranked by the method that was announced for them."""
    return rank(scheme["final"], inputs) | {"scheme": scheme_id(scheme), "method": "negotiated"}


RANKINGS: dict[str, Callable[[Record, Record], dict[str, Any]]] = {
    "scored": scored,
    "lowest-evaluated-price": lowest_evaluated,
    "monetised": lowest_evaluated,
    "value-for-money": value_for_money,
    "lowest-price": lowest_price,
    "negotiated": negotiated,
}


def _weighted(scheme: Record, criterion: Record, found: dict[str, Any]) -> dict[str, Any]:
    score = _round(scheme, "score", found["exact"])
    weight = number(criterion.get("weight", "1"), "weight")
    return found | {"score": score, "weight": weight, "points": score * weight}


def _sum(scores: Mapping[str, Record]) -> Fraction:
    return sum((one["points"] for one in scores.values()), Fraction(0))


def _round(scheme: Record, what: str, value: Fraction) -> Fraction:
    """Round where the scheme says so and nowhere else."""
    rounding = scheme["rounding"]
    if what not in rounding["apply"]:
        return value
    return rounded(value, rounding["decimals"], ROUNDINGS[rounding["mode"]])


def _row(scheme: Record, bid: Record, price: Fraction, total: Fraction, **more: Any) -> dict[str, Any]:
    kept = {"id": bid["id"], "price": price, "received": bid.get("received")}
    return kept | {"total": _round(scheme, "total", total)} | more


def _ranking(scheme: Record, found: Inputs, rows: list[dict[str, Any]], best: int) -> dict[str, Any]:
    ordered = in_order(scheme["ties"], rows, found.order, best)
    rejected = [{"id": bid["id"], "reason": bid["rejected"]} for bid in found.rejected]
    return {
        "v": "ranking/1",
        "scheme": scheme_id(scheme),
        "method": scheme["method"],
        "bids": [shown(row, place) for place, row in enumerate(ordered, 1)],
        "rejected": sorted(rejected, key=lambda bid: str(bid["id"])),
    }
