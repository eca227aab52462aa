"""`scheme/1`: the machine-readable scoring rule (评标办法) published with a tender.

{"v": "scheme/1", "method": "scored", "weighting": "marks" | "weights",
 "criteria": [{"key", "name", "kind": "price" | "subjective" | "objective", "full_mark": "30", "weight"?: "0.3"}, …],
 "price": {"family": "low-price-first"},
 "rounding": {"mode": "half-up" | "half-even" | "down", "decimals": 2, "apply": ["score"]},
 "aggregation": {"kind": "mean"} | {"kind": "trimmed-mean", "from": 5},
 "ties": ["total", "price", "criterion:<key>", …, "received" | "vote" | "draw"]}

marks: full marks add up to 100 and scores are added. weights: every criterion has a weight, they add up to 1.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.exact import ROUNDINGS, number, text_of

METHODS = ("scored",)
FAMILIES = ("low-price-first",)
KINDS = ("price", "subjective", "objective")
# received: place of the sealed bid in the log; vote: the panel's recorded vote; draw: a verifiable draw
FINAL_STEPS = ("received", "vote", "draw")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")


class SchemeError(ProofError):
    """A scheme that cannot be published, or inputs it cannot rank."""


@speaking(SchemeError)
def check_scheme(scheme: Mapping[str, Any], *, mandatory: bool = False) -> None:
    """Every field, the sum of weights or marks, and a tie chain that ends in a unique order; raises SchemeError.

    `mandatory` lots may not be decided by drawing lots (发改法规规〔2022〕1117号 (二)).
    """
    keys = ("v", "method", "weighting", "criteria", "price", "rounding", "aggregation", "ties")
    found = shape.record(scheme, keys, "scheme")
    if found["v"] != "scheme/1" or found["method"] not in METHODS:
        raise SchemeError("scheme-version", f"scheme/1 with a method of {METHODS} is asked for")
    if shape.record(found["price"], ("family",), "price")["family"] not in FAMILIES:
        raise SchemeError("scheme-price", f"the price family must be one of {FAMILIES}")
    criteria = [_criterion(c, found["weighting"]) for c in shape.items(found["criteria"], 1, 100, "criteria")]
    _check_sums(criteria, found["weighting"])
    rounding = shape.record(found["rounding"], ("mode", "decimals", "apply"), "rounding")
    shape.whole(rounding["decimals"], 0, 6, "decimals")
    apply = shape.items(rounding["apply"], 0, 2, "apply")
    if rounding["mode"] not in ROUNDINGS or len(set(apply)) != len(apply) or set(apply) - {"score", "total"}:
        raise SchemeError("scheme-rounding", f"mode is one of {sorted(ROUNDINGS)}, applied to score or total")
    aggregation = shape.record(found["aggregation"], ("kind",), "aggregation", ("from",))
    if aggregation["kind"] == "trimmed-mean":
        # dropping one high and one low must leave a mean of opinions, not one opinion
        shape.whole(aggregation.get("from"), 5, 99, "from")
    elif aggregation["kind"] != "mean" or "from" in aggregation:
        raise SchemeError("scheme-aggregation", "scores are put together by mean or trimmed-mean")
    _check_ties(shape.items(found["ties"], 2, 100, "ties"), criteria, mandatory)


def _criterion(value: object, weighting: object) -> dict[str, Any]:
    if weighting not in ("marks", "weights"):
        raise SchemeError("scheme-weighting", "weighting is marks or weights")
    keys = ("key", "name", "kind", "full_mark", *(("weight",) if weighting == "weights" else ()))
    criterion = shape.record(value, keys, "criterion")
    shape.text(criterion["name"], "name")
    if not isinstance(criterion["key"], str) or not _KEY.match(criterion["key"]) or criterion["kind"] not in KINDS:
        raise SchemeError("scheme-criterion", f"a criterion has a lower-case key and a kind of {KINDS}")
    if number(criterion["full_mark"], "full_mark") <= 0:
        raise SchemeError("scheme-criterion", f"{criterion['key']} has no full mark")
    if weighting == "weights" and not 0 < number(criterion["weight"], "weight") <= 1:
        raise SchemeError("scheme-criterion", f"{criterion['key']} has no weight between 0 and 1")
    return criterion


def _check_sums(criteria: Sequence[Mapping[str, Any]], weighting: str) -> None:
    if len({c["key"] for c in criteria}) != len(criteria):
        raise SchemeError("scheme-criterion", "a criterion appears twice")
    if sum(c["kind"] == "price" for c in criteria) != 1:
        raise SchemeError("scheme-price", "exactly one criterion is the price")
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
        raise SchemeError("scheme-ties", "the highest total ranks first")
    if ties[-1] not in FINAL_STEPS or any(step in FINAL_STEPS for step in ties[:-1]):
        raise SchemeError("scheme-ties", f"the chain ends, and only ends, in one of {FINAL_STEPS}: a unique order")
    if mandatory and ties[-1] == "draw":
        raise SchemeError("scheme-draw", "a mandatory tender may not be decided by drawing lots")
