"""`scheme/1`: the machine-readable scoring rule (评标办法) published with a tender. One of these methods:

scored 综合评分法                   {"weighting", "criteria" (one of them the price), "price", "aggregation"}
lowest-evaluated-price 经评审的最低投标价法   {"adjustments"}
monetised 综合评估价                {"weighting": "marks", "criteria" with "per_point", "aggregation", "adjustments"}
value-for-money 性价比法             {"weighting", "criteria" (none of them the price), "aggregation", "per"}
lowest-price 竞价                   nothing more
negotiated 谈判                     {"final": a scheme of one of the others, applied to the final offers}

All but the last have {"v": "scheme/1", "method", "rounding", "ties"} beside these:

criteria     [{"key", "name", "kind": "price" | "subjective" | "objective", "full_mark": "30", "weight"?: "0.3",
             "per_point"?: yuan added for every point short of the full mark}, …]
             marks: full marks add up to 100 and scores are added; weights: every criterion has one, they add up to 1
price        see pricescore
aggregation  {"kind": "mean"} | {"kind": "trimmed-mean", "from": 5}
adjustments  [{"key", "name", "effect": "adds" | "reduces"}, …]: deviations in yuan that the panel finds for each bid
per          yuan for which the points are counted, e.g. "10000": points per ten thousand yuan
rounding     {"mode": "half-up" | "half-even" | "down", "decimals": 2, "apply": ["score"]}
ties         ["total", "price", "criterion:<key>", …, "received" | "vote" | "draw"]
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.exact import ROUNDINGS, number, text_of
from sunshine_proof.pricescore import check_price_rule

KINDS = ("price", "subjective", "objective")
# received: place of the sealed bid in the log; vote: the panel's recorded vote; draw: a verifiable draw
FINAL_STEPS = ("received", "vote", "draw")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_COMMON = ("v", "method", "rounding", "ties")
_JUDGED = ("weighting", "criteria", "aggregation")


class SchemeError(ProofError):
    """A scheme that cannot be published, or inputs it cannot rank."""


@speaking(SchemeError)
def check_scheme(scheme: Mapping[str, Any], *, mandatory: bool = False) -> None:
    """Every field, the sum of weights or marks, and a tie chain that ends in a unique order; raises SchemeError.

    `mandatory` lots may not be decided by drawing lots (发改法规规〔2022〕1117号 (二)).
    """
    method = scheme.get("method") if isinstance(scheme, Mapping) else None
    if not isinstance(method, str) or method not in METHODS or scheme.get("v") != "scheme/1":
        raise SchemeError("scheme-version", f"scheme/1 with a method of {sorted(METHODS)} is asked for")
    if method == "negotiated":
        final = shape.record(scheme, ("v", "method", "final"), "scheme")["final"]
        if not isinstance(final, Mapping) or final.get("method") == "negotiated":
            raise SchemeError("scheme-version", "the final offers are ranked by another method")
        check_scheme(final, mandatory=mandatory)
        return
    found = shape.record(scheme, (*_COMMON, *METHODS[method]), "scheme")
    criteria: list[dict[str, Any]] = []
    if "criteria" in found:
        criteria = [_criterion(c, found) for c in shape.items(found["criteria"], 1, 100, "criteria")]
        _check_sums(criteria, found["weighting"])
        _check_prices(criteria, 1 if method == "scored" else 0)
        _check_aggregation(shape.record(found["aggregation"], ("kind",), "aggregation", ("from",)))
    if "price" in found:
        check_price_rule(found["price"])
    if "adjustments" in found:
        _check_adjustments(shape.items(found["adjustments"], 0, 100, "adjustments"))
    if "per" in found and number(found["per"], "per") <= 0:
        raise SchemeError("scheme-price", "points are counted per an amount above zero")
    _check_rounding(shape.record(found["rounding"], ("mode", "decimals", "apply"), "rounding"))
    _check_ties(shape.items(found["ties"], 2, 100, "ties"), criteria, mandatory)


# the fields that each method adds to the common ones
METHODS: dict[str, tuple[str, ...]] = {
    "scored": (*_JUDGED, "price"),
    "lowest-evaluated-price": ("adjustments",),
    "monetised": (*_JUDGED, "adjustments"),
    "value-for-money": (*_JUDGED, "per"),
    "lowest-price": (),
    "negotiated": (),
}


def _check_rounding(rounding: Mapping[str, Any]) -> None:
    shape.whole(rounding["decimals"], 0, 6, "decimals")
    apply = shape.items(rounding["apply"], 0, 2, "apply")
    if rounding["mode"] not in ROUNDINGS or len(set(apply)) != len(apply) or set(apply) - {"score", "total"}:
        raise SchemeError("scheme-rounding", f"mode is one of {sorted(ROUNDINGS)}, applied to score or total")


def _check_aggregation(aggregation: Mapping[str, Any]) -> None:
    if aggregation["kind"] == "trimmed-mean":
        # dropping one high and one low must leave a mean of opinions, not one opinion
        shape.whole(aggregation.get("from"), 5, 99, "from")
    elif aggregation["kind"] != "mean" or "from" in aggregation:
        raise SchemeError("scheme-aggregation", "scores are put together by mean or trimmed-mean")


def _check_prices(criteria: Sequence[Mapping[str, Any]], asked: int) -> None:
    if sum(c["kind"] == "price" for c in criteria) != asked:
        raise SchemeError("scheme-price", f"exactly {asked} of the criteria is the price")


def _check_adjustments(rows: Sequence[Any]) -> None:
    found = [shape.record(row, ("key", "name", "effect"), "adjustment") for row in rows]
    for row in found:
        shape.text(row["name"], "name")
        if not isinstance(row["key"], str) or not _KEY.match(row["key"]) or row["effect"] not in ("adds", "reduces"):
            raise SchemeError("scheme-adjustment", "an adjustment has a lower-case key, and adds or reduces")
    if len({row["key"] for row in found}) != len(found):
        raise SchemeError("scheme-adjustment", "an adjustment appears twice")


def _criterion(value: object, scheme: Mapping[str, Any]) -> dict[str, Any]:
    weighting, money = scheme["weighting"], scheme["method"] == "monetised"
    if weighting not in (("marks",) if money else ("marks", "weights")):
        raise SchemeError("scheme-weighting", "weighting is marks or weights; points turned into money are marks")
    more = (*(("weight",) if weighting == "weights" else ()), *(("per_point",) if money else ()))
    keys = ("key", "name", "kind", "full_mark", *more)
    criterion = shape.record(value, keys, "criterion")
    shape.text(criterion["name"], "name")
    if not isinstance(criterion["key"], str) or not _KEY.match(criterion["key"]) or criterion["kind"] not in KINDS:
        raise SchemeError("scheme-criterion", f"a criterion has a lower-case key and a kind of {KINDS}")
    if number(criterion["full_mark"], "full_mark") <= 0:
        raise SchemeError("scheme-criterion", f"{criterion['key']} has no full mark")
    if weighting == "weights" and not 0 < number(criterion["weight"], "weight") <= 1:
        raise SchemeError("scheme-criterion", f"{criterion['key']} has no weight between 0 and 1")
    if money:
        number(criterion["per_point"], "per_point")
    return criterion


def _check_sums(criteria: Sequence[Mapping[str, Any]], weighting: str) -> None:
    if len({c["key"] for c in criteria}) != len(criteria):
        raise SchemeError("scheme-criterion", "a criterion appears twice")
    field, whole = ("full_mark", Fraction(100)) if weighting == "marks" else ("weight", Fraction(1))
    total = sum((number(c[field], field) for c in criteria), Fraction(0))
    if total != whole:
        raise SchemeError("scheme-sum", f"{field}s must add up to {whole}, not {text_of(total)}")
    if weighting == "weights" and len({number(c["full_mark"], "full_mark") for c in criteria}) != 1:
        raise SchemeError("scheme-sum", "weighted criteria share one full mark")


def _check_ties(ties: Sequence[Any], criteria: Sequence[Mapping[str, Any]], mandatory: bool) -> None:
    allowed = {"total", "price", *FINAL_STEPS, *(f"criterion:{c['key']}" for c in criteria)}
    if any(not isinstance(step, str) or step not in allowed for step in ties) or len(set(ties)) != len(ties):
        raise SchemeError("scheme-ties", "a tie step is unknown or appears twice")
    if ties[0] != "total":
        raise SchemeError("scheme-ties", "the best total ranks first")
    if ties[-1] not in FINAL_STEPS or any(step in FINAL_STEPS for step in ties[:-1]):
        raise SchemeError("scheme-ties", f"the chain ends, and only ends, in one of {FINAL_STEPS}: a unique order")
    if mandatory and ties[-1] == "draw":
        raise SchemeError("scheme-draw", "a mandatory tender may not be decided by drawing lots")
