"""The order of rows by a scheme's chain of ties, and a row as everybody reads it: every number as exact text."""

from collections.abc import Mapping, Sequence
from typing import Any

from sunshine_proof import shape
from sunshine_proof.exact import text_of
from sunshine_proof.scheme import FINAL_STEPS, SchemeError


def in_order(ties: Sequence[str], rows: list[dict[str, Any]], order: object, best: int) -> list[dict[str, Any]]:
    """Rows by the tie chain; each learns in `decided` the step that set it apart from its upper neighbour.

    best   1 where the lowest total wins, -1 where the highest does
    """
    groups: list[tuple[list[dict[str, Any]], str | None]] = [(rows, None)]
    for step in ties:
        following: list[tuple[list[dict[str, Any]], str | None]] = []
        for group, decided in groups:
            if len(group) == 1:
                following.append((group, decided))
                continue
            keys = _step_keys(step, group, order, best)
            for place, key in enumerate(sorted(set(keys.values()))):
                # the first of them stands below what the group stood below; the others are set apart here
                following.append(([row for row in group if keys[row["id"]] == key], step if place else decided))
        groups = following
    tied = [sorted(row["id"] for row in group) for group, _decided in groups if len(group) > 1]
    if tied:
        raise SchemeError("tie-unresolved", "; ".join(", ".join(group) for group in tied))
    return [group[0] | {"decided": decided} for group, decided in groups if group]


def _step_keys(step: str, group: Sequence[Mapping[str, Any]], given: object, best: int) -> dict[str, Any]:
    """{bid id: sort key}, smaller is better; equal keys stay tied."""
    if step == "total":
        return {row["id"]: best * row["total"] for row in group}
    if step == "price":
        return {row["id"]: row["price"] for row in group}
    if step == "received":
        return {row["id"]: shape.whole(row["received"], 0, 1 << 53, f"received of {row['id']}") for row in group}
    if step in FINAL_STEPS:
        order = [shape.text(bid, "order", 80) for bid in shape.items(given, 0, 10_000, "order")]
        if len(set(order)) != len(order):
            raise SchemeError("inputs-twice", "a bid appears twice in the order")
        # bids outside the order stay tied, and the caller learns among whom the draw or vote is still to be held
        return {row["id"]: order.index(row["id"]) if row["id"] in order else len(order) for row in group}
    key = step.removeprefix("criterion:")
    return {row["id"]: -row["scores"][key]["points"] for row in group}


def shown(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    """{"id", "rank", "price", "total", "decided", "scores"?, "adjustments"?}, numbers as text."""
    found = {
        "id": row["id"],
        "rank": place,
        "price": text_of(row["price"]),
        "total": text_of(row["total"]),
        "decided": row["decided"],
    }
    if "scores" in row:
        found["scores"] = {key: _score(one) for key, one in row["scores"].items()}
    if "adjustments" in row:
        found["adjustments"] = {key: text_of(amount) for key, amount in row["adjustments"].items()}
    return found


def _score(found: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {name: text_of(found[name]) for name in ("exact", "score", "weight", "points")}
    if "members" in found:
        told["members"] = {member: text_of(mark) for member, mark in sorted(found["members"].items())}
        told["dropped"] = [text_of(mark) for mark in found["dropped"]]
    return told
