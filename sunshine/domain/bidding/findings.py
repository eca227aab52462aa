"""What is found when a sealed bid is opened: by which rule, through whom, on what evidence. Plain data for the record.

A finding (SealedBid.outcome) is a JSON object:

code, fault, legal, detail   as sunshine_proof.opening computed them; detail is English and holds no secret
rule        "a" … "e" of trust.md §1.3, "" when the bid opened and nobody did wrong
part        the part at which it stopped, "" when all opened
liable      numbers of the trustees who caused it: those who never came, and those whose share was wrong
bad_trustees  numbers of the trustees proved wrong, also when the bid opened without them
evidence    one object for each part that was tried: {part, k, good: [i], absent: [i], wrong: [{i, expected, got}],
            complaints: [{i, fault}], bidder_share, rescue, body: {expected, got}}; where the bidder alone opens k is 0,
            and bidder_share tells of S
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sunshine_proof.opening import Outcome

WRONG_SHARE = "share-wrong"  # found by the platform: what the trustee handed over is not what the bidder dealt
REPORTED = ("share-undecryptable", "share-malformed", "share-mismatch")  # by the trustee's own program
BY_CODE = {
    "complaints-unsettled": "b",
    "too-few-shares": "c",
    "bidder-share-missing": "d",
    "bidder-share-wrong": "d",
    "bidder-key-missing": "d",
    "bidder-key-wrong": "d",
    "body-lost": "e",
}
# the bidder may still come
UNTIL_WINDOW_ENDS = ("bidder-share-missing", "bidder-share-wrong", "bidder-key-missing", "bidder-key-wrong")
# while the window is open
WORTH_TELLING = ("body-lost", "complaints-unsettled", "bidder-share-missing", "bidder-key-missing")


def shares_of(part: Mapping[str, Any], seats: Iterable[int], rows: Iterable[Any], bidder: Any) -> dict[str, Any]:
    """The evidence about one part's shares: ``rows`` are its releases, ``bidder`` what the bidder gave, or None."""
    given = {row.seat.i: row for row in rows}
    return {
        "part": part["part"],
        "k": part["k"],
        "good": sorted(i for i, row in given.items() if row.share),
        "absent": sorted(set(seats) - set(given)),
        "wrong": [_wrong(i, row) for i, row in sorted(given.items()) if row.fault == WRONG_SHARE],
        "complaints": [
            {"i": i, "fault": row.fault} for i, row in sorted(given.items()) if row.fault not in ("", WRONG_SHARE)
        ],
        "bidder_share": _bidder_share(part, bidder),
        "rescue": bool(bidder and bidder.secret) and part["k"] > 0,
    }


def _wrong(i: int, row: Any) -> dict[str, Any]:
    return {"i": i, "expected": row.expected, "got": row.got}


def _bidder_share(part: Mapping[str, Any], bidder: Any) -> str:
    if part["k"] == 0:  # seal-policy/2: S itself is what only the bidder can give
        return "given" if bidder and bidder.secret else "missing"
    if "bshare_commit" not in part:
        return ""
    return "given" if bidder and bidder.bshare else "missing"


def finding(outcome: Outcome, part: str, evidence: list[dict[str, Any]]) -> dict[str, Any]:
    """The outcome of a whole bid as it stands on the record."""
    last = evidence[-1] if evidence else {"absent": [], "wrong": []}
    wrong = {row["i"] for one in evidence for row in one["wrong"]}
    liable = {row["i"] for row in last["wrong"]} | set(last["absent"]) if outcome.code == "too-few-shares" else set()
    bad = wrong | set(outcome.bad_trustees)
    return {
        "code": outcome.code,
        "rule": _rule(outcome, evidence, bad),
        "fault": outcome.fault or "",
        "legal": outcome.legal or "",
        "detail": outcome.detail,
        "part": part,
        "liable": sorted(liable),
        "bad_trustees": sorted(bad),
        "evidence": evidence,
    }


def _rule(outcome: Outcome, evidence: list[dict[str, Any]], bad: set[int]) -> str:
    if not outcome.opened:
        return BY_CODE.get(outcome.code, "a")
    if any(one["rescue"] for one in evidence):
        return "c"
    reported = {row["i"] for one in evidence for row in one["complaints"]}
    return "b" if reported & bad else "c" if bad else ""
