"""An enterprise's policy: every number moves to its stricter side only, and a subsidiary inherits the stricter of both."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sunshine.domain.sourcing.method import LESS, Pack, pack
from sunshine.domain.sourcing.tighten import PolicyError, stricter, tightened

LAW: Pack = pack("open_tender", date(2026, 3, 2))
NUMBERS = [(rule.id, name) for rule in LAW.rules for name in rule.numbers]


def loosened(overrides: dict[str, Any]) -> tuple[str, str, str]:
    with pytest.raises(PolicyError) as caught:
        tightened(LAW, overrides)
    return caught.value.code, caught.value.rule, caught.value.name


def test_what_cuts_a_bidders_right_short_shrinks_and_what_it_is_owed_grows() -> None:
    assert loosened({"T05": {"days": 11}}) == ("policy-loosens", "T05", "days")
    assert tightened(LAW, {"T05": {"days": 7}, "T01": {"days": 25}}).number("T05", "days", 0) == 7


@pytest.mark.parametrize(("id", "name"), NUMBERS)
def test_one_step_to_the_stricter_side_holds_and_one_to_the_other_is_refused(id: str, name: str) -> None:
    rule = LAW.rule(id)
    assert rule is not None
    step = -1 if rule.stricter[name] == LESS else 1
    law = rule.number(name)
    for value in (law, law + step):
        found = tightened(LAW, {id: {name: value}})
        assert found.number(id, name, 0) == value and found.sha256 == LAW.sha256
    assert loosened({id: {name: law - step}}) == ("policy-loosens", id, name)


def test_a_warning_may_become_a_block_and_never_the_other_way_round() -> None:
    late = tightened(LAW, {"T16": {"severity": "block"}}).rule("T16")
    assert late is not None and late.severity == "block"
    assert loosened({"T01": {"severity": "warn"}}) == ("policy-loosens", "T01", "severity")


def test_a_rule_for_mandatory_tenders_may_bind_all_of_them_and_never_the_other_way_round() -> None:
    assert tightened(LAW, {"T01": {"scope": "A"}}).rule("T01") != LAW.rule("T01")
    assert loosened({"T08": {"scope": "M"}}) == ("policy-loosens", "T08", "scope")


@pytest.mark.parametrize(
    "overrides",
    [
        {"T99": {"days": 1}},
        {"T01": {"hours": 480}},
        {"T01": {"days": "21"}},
        {"T01": {"days": True}},
        {"T01": {"severity": "ask"}},
        {"T18": {"percent": -1}},
    ],
)
def test_what_the_law_does_not_have_is_refused(overrides: dict[str, Any]) -> None:
    assert loosened(overrides)[0] == "policy-unknown"


def _policies() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    def one(id: str, name: str) -> st.SearchStrategy[int]:
        rule = LAW.rule(id)
        assert rule is not None
        law = rule.number(name)
        return st.integers(0, law) if rule.stricter[name] == LESS else st.integers(law, law + 30)

    each = {f"{id} {name}": one(id, name) for id, name in NUMBERS}
    drawn = st.fixed_dictionaries({}, optional=each)

    def nested(flat: dict[str, int]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for key, value in flat.items():
            id, name = key.split()
            found.setdefault(id, {})[name] = value
        return found

    return drawn.map(nested)


@given(_policies(), _policies())
def test_a_subsidiary_inherits_the_stricter_of_both_in_any_order(group: Any, own: Any) -> None:
    both = stricter(LAW, group, own)
    assert both == stricter(LAW, own, group) and stricter(LAW, both, group) == both
    found = tightened(LAW, both)
    # nothing of the group's is loosened by what a subsidiary adds
    assert tightened(tightened(LAW, group), both).rules == found.rules
