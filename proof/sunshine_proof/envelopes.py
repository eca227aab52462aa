"""双信封 two envelopes: a seal policy may name parts that only a second opening opens (办法 第二十六条 分段加密).

A policy with `second_envelope` binds everyone who seals or opens under it: the first opening's list is about the other
parts, and only a list of its own (`lot:open-prices`) is about these. In such a lot the summary tells no price.
"""

from collections.abc import Mapping
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError

FIRST_LIST, SECOND_LIST = "lot:open-bids", "lot:open-prices"
SUMMARY = "summary"  # read aloud at the first opening, so never in the second envelope


class EnvelopeError(ProofError):
    """A policy whose second envelope, or a list whose parts, are not as they must be."""


def second(policy: Mapping[str, Any]) -> list[str]:
    """The parts of the second envelope; none where everything is opened at once."""
    return list(policy.get("second_envelope", []))


def first(policy: Mapping[str, Any]) -> list[str]:
    """The parts that the first opening opens."""
    later = second(policy)
    return [part for part in policy["parts"] if part not in later]


def check_second(policy: Mapping[str, Any]) -> None:
    """`second_envelope`, where given, is some of the parts in their order, and not the summary; EnvelopeError."""
    if "second_envelope" not in policy:
        return
    later = shape.items(policy["second_envelope"], 1, 15, "second_envelope")
    if later != [part for part in policy["parts"] if part in later] or SUMMARY in later or not first(policy):
        raise EnvelopeError("policy-envelopes", "the second envelope has some of the parts, and never the summary")


def parts_of_list(policy: Mapping[str, Any], tag: str, facts: Mapping[str, Any]) -> list[str]:
    """The parts that a logged list of lids is about; EnvelopeError where the list claims others than its own.

    A first list without `parts` is about everything, which only a policy with one envelope allows.
    """
    own = second(policy) if tag == SECOND_LIST else first(policy)
    if facts.get("parts", list(policy["parts"])) != own or not own:
        raise EnvelopeError("envelope-parts", "the list is not about the parts of its envelope")
    return own
