"""Rankings by `scheme/1`: exact decimals, every intermediate number shown, anybody can recompute (evaluation.md).

A scheme is published with the tender; inputs are what the panel fixed. Same scheme and inputs, same bytes out.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import h, jcs
from sunshine_proof.errors import speaking
from sunshine_proof.exact import ROUNDINGS, number, rounded, text_of
from sunshine_proof.scheme import FINAL_STEPS, SchemeError, check_scheme

__all__ = ["PRICE_FAMILIES", "RANKINGS", "SchemeError", "check_scheme", "rank", "scheme_id"]


def scheme_id(scheme: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of "sunshine/1 scheme\\n" ‖ JCS: which rule a ranking was made by."""
    return h("sunshine/1 scheme\n", jcs(scheme)).hex()


def rank(scheme: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The ranking that `scheme` gives for `inputs`, by the scheme's own method; raises SchemeError.

    inputs = {"v": "ranking-input/1", "members": [member id, …], "bids": [bid, …], "order"?: [bid id, …]}
    bid = {"id", "price": evaluated price in yuan or fen as text, "scores": {criterion: {member: score}},
    "rejected": reason code or None, "received"?: place in the log (int)}. A rejected bid needs neither price nor
    scores. `order` is the outcome of the scheme's last tie step (`draw` or `vote`), for the bids it was held among.

    Returns {"v": "ranking/1", "scheme", "method", "price": {"family", "lowest"}, "bids": [… by rank], "rejected"},
    all numbers as text (a fraction such as "607/6" where no decimal is exact). Order of inputs never matters.
    """
    check_scheme(scheme)
    return RANKINGS[scheme["method"]](scheme, inputs)


@speaking(SchemeError)
def scored(scheme: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """综合评分法: highest total of weighted criterion scores (招标投标法 第四十一条); see rank()."""
    members, valid, rejected = _bids(scheme, inputs)
    prices = {bid["id"]: _price(bid) for bid in valid}
    lowest = min(prices.values(), default=None)
    rows = [_row(scheme, bid, members, prices[bid["id"]], lowest) for bid in valid]
    ordered = _in_order(scheme, rows, inputs)
    return {
        "v": "ranking/1",
        "scheme": scheme_id(scheme),
        "method": scheme["method"],
        "price": {"family": scheme["price"]["family"], "lowest": None if lowest is None else text_of(lowest)},
        "bids": [_shown(row, place) for place, row in enumerate(ordered, 1)],
        "rejected": sorted(
            ({"id": bid["id"], "reason": bid["rejected"]} for bid in rejected), key=lambda bid: str(bid["id"])
        ),
    }


def low_price_first(price: Fraction, lowest: Fraction, full_mark: Fraction) -> Fraction:
    """低价优先: p_min / p × F (87号令 第五十五条), exact."""
    return lowest / price * full_mark


PRICE_FAMILIES: dict[str, Callable[[Fraction, Fraction, Fraction], Fraction]] = {"low-price-first": low_price_first}
RANKINGS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]] = {"scored": scored}


def _bids(
    scheme: Mapping[str, Any], inputs: Mapping[str, Any]
) -> tuple[list[str], list[dict[str, Any]], list[dict[str, Any]]]:
    """(members, valid bids, rejected bids), after the demands on their shape."""
    found = shape.record(inputs, ("v", "members", "bids"), "inputs", ("order",))
    if found["v"] != "ranking-input/1":
        raise SchemeError("inputs-version", "only ranking-input/1 is known")
    members = [shape.text(member, "member", 80) for member in shape.items(found["members"], 0, 99, "members")]
    bids = [
        shape.record(bid, ("id", "rejected"), "bid", ("price", "scores", "received"))
        for bid in shape.items(found["bids"], 0, 10_000, "bids")
    ]
    for name, values in (("member", members), ("bid", [shape.text(bid["id"], "bid id", 80) for bid in bids])):
        if len(set(values)) != len(values):
            raise SchemeError("inputs-twice", f"a {name} appears twice")
    for bid in bids:
        if bid["rejected"] is not None:
            shape.text(bid["rejected"], "rejected", 200)
    if not members and any(c["kind"] != "price" for c in scheme["criteria"]):
        raise SchemeError("score-missing", "there are no members to score")
    return members, [b for b in bids if b["rejected"] is None], [b for b in bids if b["rejected"] is not None]


def _price(bid: Mapping[str, Any]) -> Fraction:
    price = number(bid.get("price"), f"price of {bid['id']}")
    if price <= 0:
        raise SchemeError("price-not-positive", f"{bid['id']} needs an evaluated price above zero")
    return price


def _row(
    scheme: Mapping[str, Any], bid: Mapping[str, Any], members: Sequence[str], price: Fraction, lowest: Fraction | None
) -> dict[str, Any]:
    """One bid with exact numbers: scores {key: …}, points and total; turned into text by _shown."""
    given = bid.get("scores", {})
    asked = {c["key"] for c in scheme["criteria"] if c["kind"] != "price"}
    if not isinstance(given, Mapping) or set(given) != asked:
        raise SchemeError("score-missing", f"{bid['id']} needs scores for exactly {sorted(asked)}")
    scores = {}
    for criterion in scheme["criteria"]:
        full = number(criterion["full_mark"], "full_mark")
        if criterion["kind"] == "price":
            assert lowest is not None
            found: dict[str, Any] = {"exact": PRICE_FAMILIES[scheme["price"]["family"]](price, lowest, full)}
        else:
            found = _judged(scheme, criterion, bid["id"], given[criterion["key"]], members, full)
        found["score"] = _round(scheme, "score", found["exact"])
        found["weight"] = number(criterion.get("weight", "1"), "weight")
        found["points"] = found["score"] * found["weight"]
        scores[criterion["key"]] = found
    total = sum((found["points"] for found in scores.values()), Fraction(0))
    return {
        "id": bid["id"],
        "price": price,
        "scores": scores,
        "total": _round(scheme, "total", total),
        "received": bid.get("received"),
    }


def _judged(
    scheme: Mapping[str, Any],
    criterion: Mapping[str, Any],
    bid: str,
    given: object,
    members: Sequence[str],
    full: Fraction,
) -> dict[str, Any]:
    """Members' scores of one criterion, put together: {"members", "dropped", "exact"}."""
    key = criterion["key"]
    if not isinstance(given, Mapping) or set(given) != set(members):
        raise SchemeError("score-missing", f"{key} of {bid} needs a score by every member and nobody else")
    marks = {member: number(given[member], f"score {key} of {bid}") for member in members}
    if any(not 0 <= mark <= full for mark in marks.values()):
        raise SchemeError("score-out-of-range", f"{key} of {bid} must lie between 0 and {criterion['full_mark']}")
    ordered, dropped = sorted(marks.values()), list[Fraction]()
    if criterion["kind"] == "objective" and ordered[0] != ordered[-1]:
        # computed from evidence, so a difference is somebody's mistake, not an opinion (87号令 第六十四条)
        raise SchemeError("objective-inconsistent", f"members differ on {key} of {bid}")
    aggregation = scheme["aggregation"]
    if (
        criterion["kind"] == "subjective"
        and aggregation["kind"] == "trimmed-mean"
        and len(ordered) >= aggregation["from"]
    ):
        dropped, ordered = [ordered[0], ordered[-1]], ordered[1:-1]
    return {"members": marks, "dropped": dropped, "exact": sum(ordered, Fraction(0)) / len(ordered)}


def _round(scheme: Mapping[str, Any], what: str, value: Fraction) -> Fraction:
    """Round where the scheme says so and nowhere else."""
    rounding = scheme["rounding"]
    if what not in rounding["apply"]:
        return value
    return rounded(value, rounding["decimals"], ROUNDINGS[rounding["mode"]])


def _in_order(scheme: Mapping[str, Any], rows: list[dict[str, Any]], inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows by the tie chain; each learns in `decided` the step that set it apart from its upper neighbour."""
    groups, apart = [rows], dict[str, str]()
    for step in scheme["ties"]:
        following: list[list[dict[str, Any]]] = []
        for group in groups:
            if len(group) == 1:
                following.append(group)
                continue
            keys = _step_keys(step, group, inputs)
            for place, key in enumerate(sorted(set(keys.values()))):
                same = [row for row in group if keys[row["id"]] == key]
                following.append(same)
                if place:
                    apart.update({row["id"]: step for row in same if row["id"] not in apart})
        groups = following
    tied = [sorted(row["id"] for row in group) for group in groups if len(group) > 1]
    if tied:
        raise SchemeError("tie-unresolved", "; ".join(", ".join(group) for group in tied))
    ordered = [group[0] for group in groups if group]
    for row in ordered:
        row["decided"] = apart.get(row["id"])
    return ordered


def _step_keys(step: str, group: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """{bid id: sort key}, smaller is better; equal keys stay tied."""
    if step == "total":
        return {row["id"]: -row["total"] for row in group}
    if step == "price":
        return {row["id"]: row["price"] for row in group}
    if step == "received":
        return {row["id"]: shape.whole(row["received"], 0, 1 << 53, f"received of {row['id']}") for row in group}
    if step in FINAL_STEPS:
        order = [shape.text(bid, "order", 80) for bid in shape.items(inputs.get("order", []), 0, 10_000, "order")]
        if len(set(order)) != len(order):
            raise SchemeError("inputs-twice", "a bid appears twice in the order")
        # bids outside the order stay tied, and the caller learns among whom the draw or vote is still to be held
        return {row["id"]: order.index(row["id"]) if row["id"] in order else len(order) for row in group}
    key = step.removeprefix("criterion:")
    return {row["id"]: -row["scores"][key]["points"] for row in group}


def _shown(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    scores: dict[str, dict[str, Any]] = {}
    for key, found in row["scores"].items():
        scores[key] = {name: text_of(found[name]) for name in ("exact", "score", "weight", "points")}
        if "members" in found:
            scores[key]["members"] = {member: text_of(mark) for member, mark in sorted(found["members"].items())}
            scores[key]["dropped"] = [text_of(mark) for mark in found["dropped"]]
    return {
        "id": row["id"],
        "rank": place,
        "price": text_of(row["price"]),
        "total": text_of(row["total"]),
        "decided": row["decided"],
        "scores": scores,
    }
