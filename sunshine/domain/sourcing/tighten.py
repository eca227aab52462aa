"""An enterprise's own policy over a rule pack: it may tighten the law and never loosen it. Pure.

overrides = {rule id: {number or field: value}}; a number moves towards the stricter side only, a warning may become a
block, and a rule for mandatory tenders may be made one for all.
"""

from collections.abc import Mapping
from dataclasses import replace

from sunshine.domain.sourcing.method import MORE, LawRule, Pack

Overrides = Mapping[str, Mapping[str, int | str]]
# the stricter of two words, strictest last
WORDS = {"severity": ("warn", "block"), "scope": ("M", "A")}


class PolicyError(ValueError):
    """A policy that would loosen the law, or speaks of what the pack does not have.

    code: policy-loosens | policy-unknown; rule and name say where, law what the pack has (None for the unknown).
    """

    def __init__(self, code: str, rule: str, name: str, law: int | str | None = None):
        super().__init__(f"{code}: {rule} {name}")
        self.code, self.rule, self.name, self.law = code, rule, name, law


def tightened(pack: Pack, overrides: Overrides) -> Pack:
    """The pack with the enterprise's stricter rules in place; its hash stays that of the law. Raises PolicyError."""
    known = {rule.id: rule for rule in pack.rules}
    for id in overrides:
        if id not in known:
            raise PolicyError("policy-unknown", id, "")
    rules = tuple(_tightened(rule, overrides.get(rule.id, {})) for rule in pack.rules)
    return replace(pack, rules=rules)


def _tightened(rule: LawRule, given: Mapping[str, int | str]) -> LawRule:
    numbers, words = dict(rule.numbers), {name: str(getattr(rule, name)) for name in WORDS}
    for name, value in given.items():
        if name in numbers:
            numbers[name] = _number(rule, name, value)
        elif name in WORDS:
            words[name] = _word(rule, name, value)
        else:
            raise PolicyError("policy-unknown", rule.id, name)
    return replace(rule, numbers=numbers, severity=words["severity"], scope=words["scope"])


def _number(rule: LawRule, name: str, value: int | str) -> int:
    law = rule.numbers[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PolicyError("policy-unknown", rule.id, name, law)
    if (value < law) if rule.stricter[name] == MORE else (value > law):
        raise PolicyError("policy-loosens", rule.id, name, law)
    return value


def _word(rule: LawRule, name: str, value: int | str) -> str:
    order, law = WORDS[name], getattr(rule, name)
    if not isinstance(value, str) or value not in order:
        raise PolicyError("policy-unknown", rule.id, name, law)
    if order.index(value) < order.index(law):
        raise PolicyError("policy-loosens", rule.id, name, law)
    return value


def stricter(pack: Pack, one: Overrides, other: Overrides) -> dict[str, dict[str, int | str]]:
    """What a subsidiary inherits: of two policies over a pack the stricter value of everything either of them says."""
    known = {rule.id: rule for rule in pack.rules}
    found: dict[str, dict[str, int | str]] = {id: dict(given) for id, given in one.items()}
    for id, given in other.items():
        mine = found.setdefault(id, {})
        for name, value in given.items():
            mine[name] = _stricter(known[id], name, mine[name], value) if name in mine else value
    return found


def _stricter(rule: LawRule, name: str, one: int | str, other: int | str) -> int | str:
    if name in WORDS:
        return max(str(one), str(other), key=WORDS[name].index)
    pick = max if rule.stricter[name] == MORE else min
    return pick(int(one), int(other))
