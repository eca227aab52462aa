"""The procurement methods and the rule pack, read once from TOML. Data says how much; code says how.

Pure: no Django, so that an auditor can replay the rules of any day without the platform.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


class MethodError(ValueError):
    """A method or rule file says something the loader does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawRule:
    """One row of the rule pack (law.md §1). ``numbers`` are its counts: days, percent, members …; ``stricter`` says of
    each which way it is stricter ("more" | "less"), so that a house's own policy can tighten the law and never loosen it."""

    id: str
    code: str
    hook: tuple[str, ...]
    scope: str  # "M" | "A"
    severity: str  # "block" | "warn"
    predicate: str
    article: str
    valid_from: date
    valid_to: date | None = None
    jurisdiction: str = "CN"
    text_url: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    stricter: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        return self.numbers[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way of buying: which steps it has, which rules bind it, how its bids are ranked and sealed."""

    key: str
    name: str
    ocds: str
    effective_from: date
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    ranking: str
    seal_mode: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules of one method on one day, with the hash that a project is pinned to."""

    method: Method
    rules: tuple[LawRule, ...]
    sha256: str

    def rule(self, id: str) -> LawRule | None:
        return next((rule for rule in self.rules if rule.id == id), None)

    def at(self, hook: str) -> tuple[LawRule, ...]:
        return tuple(rule for rule in self.rules if hook in rule.hook)

    def number(self, id: str, name: str, default: int) -> int:
        """A rule's number, or ``default`` where this method is not bound by the rule."""
        rule = self.rule(id)
        return rule.number(name) if rule else default


MORE, LESS = "more", "less"
_FIELDS = {
    "id", "code", "hook", "scope", "severity", "predicate", "article", "valid_from", "valid_to", "text_url", "stricter",
}  # fmt: skip


def _law_rule(raw: dict[str, object], pack: Mapping[str, object]) -> LawRule:
    known = {key: value for key, value in raw.items() if key in _FIELDS}
    numbers = {key: value for key, value in raw.items() if key not in _FIELDS}
    odd = [key for key, value in numbers.items() if not isinstance(value, int)]
    missing = {"id", "code", "hook", "scope", "severity", "predicate", "article"} - set(known)
    if odd or missing or not raw.get("article"):
        raise MethodError(f"rule {raw.get('id')}: unknown {odd}, missing {sorted(missing)}")
    ways = raw.get("stricter", {})
    if not isinstance(ways, dict) or set(ways) != set(numbers) or not set(ways.values()) <= {MORE, LESS}:
        raise MethodError(f"rule {raw.get('id')}: each number says which way it is stricter")
    known["hook"] = tuple(known["hook"])  # type: ignore[arg-type]
    known.setdefault("valid_from", pack["valid_from"])
    return LawRule(**known, jurisdiction=str(pack["jurisdiction"]), numbers=numbers)  # type: ignore[arg-type]


@cache
def methods() -> dict[str, Method]:
    """Every method by key, from ``methods/*.toml``."""
    found = {}
    for path in sorted((_HERE / "methods").glob("*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        tuples = {name: tuple(raw[name]) for name in ("steps", "rules", "parts")}
        found[path.stem] = Method(key=path.stem, **(raw | tuples))
    return found


@cache
def _law() -> tuple[tuple[LawRule, ...], bytes]:
    rules: list[LawRule] = []
    digest = hashlib.sha256()
    for path in sorted((_HERE / "rules_of_law").glob("*.toml")):
        text = path.read_bytes()
        digest.update(text)
        raw = tomllib.loads(text.decode("utf-8"))
        rules += [_law_rule(dict(row), raw) for row in raw["rule"]]
    return tuple(rules), digest.digest()


@cache
def pack(key: str, on: date) -> Pack:
    """The rules of method ``key`` in force on day ``on``; the hash covers the method file and the law files."""
    method = methods()[key]
    rules, law_digest = _law()
    live = [
        r for r in rules if r.id in method.rules and r.valid_from <= on and (r.valid_to is None or on <= r.valid_to)
    ]
    text = (_HERE / "methods" / f"{key}.toml").read_bytes()
    return Pack(method, tuple(live), hashlib.sha256(text + law_digest).hexdigest())
