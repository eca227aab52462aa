"""`ranking-input/1`: what the panel fixed, read strictly; and members' marks put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.exact import number
from sunshine_proof.pricescore import family_of, keeps_rejected
from sunshine_proof.scheme import SchemeError

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Members' ids, the bids that are ranked and those that are rejected, and what a benchmark may ask for."""

    members: Sequence[str]
    valid: Sequence[Record]
    rejected: Sequence[Record]
    given: Record
    order: object


def read_inputs(scheme: Record, inputs: object) -> Inputs:
    """Demands on the shape of the inputs of a checked scheme; raises SchemeError or ShapeError."""
    found = shape.record(inputs, ("v", "members", "bids"), "inputs", ("order", "cap", "factor"))
    if found["v"] != "ranking-input/1":
        raise SchemeError("inputs-version", "only ranking-input/1 is known")
    members = [shape.text(member, "member", 80) for member in shape.items(found["members"], 0, 99, "members")]
    optional = ("price", "scores", "received", "adjustments", "benchmarked")
    bids = [
        shape.record(bid, ("id", "rejected"), "bid", optional) for bid in shape.items(found["bids"], 0, 10_000, "bids")
    ]
    for name, values in (("member", members), ("bid", [shape.text(bid["id"], "bid id", 80) for bid in bids])):
        if len(set(values)) != len(values):
            raise SchemeError("inputs-twice", f"a {name} appears twice")
    for bid in bids:
        if bid["rejected"] is not None:
            shape.text(bid["rejected"], "rejected", 200)
    if not members and any(c["kind"] != "price" for c in scheme.get("criteria", ())):
        raise SchemeError("score-missing", "there are no members to score")
    given: dict[str, Any] = {name: found[name] for name in ("cap", "factor") if name in found}
    asked = family_of(scheme["price"]).asks_for(scheme["price"]) if "price" in scheme else set()
    if set(given) != asked:
        raise SchemeError("inputs-given", f"this scheme asks for {sorted(asked)} beside the bids")
    valid, rejected = [b for b in bids if b["rejected"] is None], [b for b in bids if b["rejected"] is not None]
    return Inputs(members, valid, rejected, given, found.get("order", []))


def price_of(bid: Record) -> Fraction:
    """The evaluated price, above zero."""
    price = number(bid.get("price"), f"price of {bid['id']}")
    if price <= 0:
        raise SchemeError("price-not-positive", f"{bid['id']} needs an evaluated price above zero")
    return price


def counted(scheme: Record, found: Inputs) -> list[Fraction]:
    """The prices a benchmark is computed from: of the valid bids, and where it is locked of those rejected later."""
    late = [bid for bid in found.rejected if "benchmarked" in bid]
    if any(bid["benchmarked"] is not True for bid in late) or any("benchmarked" in bid for bid in found.valid):
        raise SchemeError(
            "inputs-benchmarked", "only a bid rejected after the benchmark was computed is marked, by true"
        )
    if late and not keeps_rejected(scheme["price"]):
        raise SchemeError("inputs-benchmarked", "this scheme computes the benchmark anew after a rejection")
    return [price_of(bid) for bid in (*found.valid, *late)]


def adjusted(scheme: Record, bid: Record) -> tuple[Fraction, dict[str, Fraction]]:
    """(what the deviations add to the price, or take from it; {key: the amount found})."""
    given, rows = bid.get("adjustments", {}), scheme["adjustments"]
    if not isinstance(given, Mapping) or set(given) != {row["key"] for row in rows}:
        raise SchemeError("adjustment-missing", f"{bid['id']} needs an amount for every deviation and nothing else")
    amounts = {row["key"]: number(given[row["key"]], f"{row['key']} of {bid['id']}") for row in rows}
    signs = {row["key"]: 1 if row["effect"] == "adds" else -1 for row in rows}
    return sum((signs[key] * amount for key, amount in amounts.items()), Fraction(0)), amounts


def marks_of(scheme: Record, bid: Record, members: Sequence[str]) -> dict[str, dict[str, Any]]:
    """{criterion: {"members", "dropped", "exact"}} of everything but the price."""
    given = bid.get("scores", {})
    asked = {c["key"]: c for c in scheme["criteria"] if c["kind"] != "price"}
    if not isinstance(given, Mapping) or set(given) != set(asked):
        raise SchemeError("score-missing", f"{bid['id']} needs scores for exactly {sorted(asked)}")
    return {key: _judged(scheme, one, bid["id"], given[key], members) for key, one in asked.items()}


def _judged(scheme: Record, criterion: Record, bid: str, given: object, members: Sequence[str]) -> dict[str, Any]:
    """Members' scores of one criterion, put together."""
    key, full = criterion["key"], number(criterion["full_mark"], "full_mark")
    if not isinstance(given, Mapping) or set(given) != set(members):
        raise SchemeError("score-missing", f"{key} of {bid} needs a score by every member and nobody else")
    marks = {member: number(given[member], f"score {key} of {bid}") for member in members}
    if any(not 0 <= mark <= full for mark in marks.values()):
        raise SchemeError("score-out-of-range", f"{key} of {bid} must lie between 0 and {criterion['full_mark']}")
    ordered, dropped = sorted(marks.values()), list[Fraction]()
    if criterion["kind"] == "objective" and ordered[0] != ordered[-1]:
        # computed from evidence, so a difference is somebody's mistake, not an opinion (87号令 第六十四条)
        raise SchemeError("objective-inconsistent", f"members differ on {key} of {bid}")
    way = scheme["aggregation"]
    if criterion["kind"] == "subjective" and way["kind"] == "trimmed-mean" and len(ordered) >= way["from"]:
        dropped, ordered = [ordered[0], ordered[-1]], ordered[1:-1]
    return {"members": marks, "dropped": dropped, "exact": sum(ordered, Fraction(0)) / len(ordered)}
