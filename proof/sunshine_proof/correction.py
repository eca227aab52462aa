"""算术修正: which of two numbers in a bid prevails, in the order of 87号令 第五十九条, exact.

    1  opening list (开标一览表) against the bid's own text    the opening list
    2  amount in words against figures                      the words
    3  a unit price with an obvious slip of the decimal point or of percent
                                                            the total of the opening list; the unit price is corrected
    4  total against the sum of the unit prices             what the unit prices give

The corrected price binds its bidder only after written confirmation; nothing here decides that.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import half_up, number, text_of

SLIPS = (Fraction(10), Fraction(100), Fraction(1000), Fraction(1, 10), Fraction(1, 100), Fraction(1, 1000))
_DIGITS = {
    c: n
    for n, row in enumerate(("零〇", "壹一", "贰二两", "叁三", "肆四", "伍五", "陆六", "柒七", "捌八", "玖九"))
    for c in row
}
_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_LARGE = {"亿": 10**8, "万": 10**4}
_COINS = {"角": 10, "分": 1}


class CorrectionError(ProofError):
    """Prices in a shape that cannot be corrected."""


def fen_of_words(words: str) -> int:
    """壹佰贰拾万零叁佰元伍角整 → 120030050 fen. Raises CorrectionError for anything that is no amount in words."""
    text = words.strip().removeprefix("人民币").removesuffix("整").removesuffix("正").replace("圆", "元")
    whole, mark, coins = text.partition("元")
    if not mark:
        whole, coins = ("", text) if text and text[-1] in _COINS else (text, "")
    if not text or "元" in coins:
        raise CorrectionError("words-amount", "an amount in words is asked for")
    return _whole(whole) * 100 + _coins(coins)


def _whole(text: str) -> int:
    total = section = digit = 0
    for at, c in enumerate(text):
        if c in _DIGITS:
            if digit and _DIGITS[c]:
                raise CorrectionError("words-amount", "two digits stand side by side")
            digit = _DIGITS[c]
        elif c in _UNITS:
            if at and text[at - 1] not in _DIGITS:
                raise CorrectionError("words-amount", "a unit stands without its digit")
            section += (digit or (1 if at == 0 else 0)) * _UNITS[c]
            digit = 0
        elif c in _LARGE:
            # 亿 counts everything before it, 万 only its own section
            total = (total + section + digit) * _LARGE[c] if c == "亿" else total + (section + digit) * _LARGE[c]
            section = digit = 0
        else:
            raise CorrectionError("words-amount", "an unknown sign stands in the amount")
    return total + section + digit


def _coins(text: str) -> int:
    total = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _COINS and digit:
            total, digit = total + digit * _COINS[c], 0
        else:
            raise CorrectionError("words-amount", "an unknown sign stands in the amount")
    if digit:
        raise CorrectionError("words-amount", "the amount does not end")
    return total


def correct(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the bid's numbers become, and why. Raises CorrectionError or ShapeError.

    given   {"list_fen": total of the opening list, "text_fen"?: total in the bid's text, "words"?: the total in words,
            "lines": [{"item", "quantity", "unit_price" in yuan}, …]}, numbers as text
    Returns {"v": "correction/1", "total_fen", "steps": [{"rule": 1 … 4, "what", "from", "to"}], "lines": [… with
    "amount_fen"]}; no steps when nothing contradicts.
    """
    found = shape.record(given, ("list_fen", "lines"), "prices", ("text_fen", "words"))
    total, steps = _fen(found["list_fen"], "list_fen"), list[dict[str, Any]]()
    if "text_fen" in found and (said := _fen(found["text_fen"], "text_fen")) != total:
        steps.append(_step(1, "text_fen", str(said), str(total)))
    if "words" in found and (said := fen_of_words(shape.text(found["words"], "words"))) != total:
        steps.append(_step(2, "total_fen", str(total), str(said)))
        total = said
    lines = [_line(line) for line in shape.items(found["lines"], 0, 100_000, "lines")]
    if lines and sum(map(_amount, lines)) != total:
        slip = _slip(lines, total)
        if slip is not None:
            at, price = slip
            steps.append(_step(3, f"unit_price {lines[at]['item']}", text_of(lines[at]["unit_price"]), text_of(price)))
            lines[at]["unit_price"] = price
        else:
            computed = sum(map(_amount, lines))
            steps.append(_step(4, "total_fen", str(total), str(computed)))
            total = computed
    return {"v": "correction/1", "total_fen": str(total), "steps": steps, "lines": [_shown(line) for line in lines]}


def _slip(lines: Sequence[Mapping[str, Any]], total: int) -> tuple[int, Fraction] | None:
    """The one unit price that, moved by powers of ten, makes the sum the total: obvious only if it is the only one."""
    whole, found = sum(map(_amount, lines)), []
    for at, line in enumerate(lines):
        for factor in SLIPS:
            price = line["unit_price"] * factor
            if whole - _amount(line) + _amount({**line, "unit_price": price}) == total:
                found.append((at, price))
    return found[0] if len(found) == 1 else None


def _line(value: object) -> dict[str, Any]:
    line = shape.record(value, ("item", "quantity", "unit_price"), "line")
    kept = {name: number(line[name], name) for name in ("quantity", "unit_price")}
    return {"item": shape.text(line["item"], "item"), **kept}


def _amount(line: Mapping[str, Any]) -> int:
    """Fen of one line, rounded half up."""
    return half_up(line["quantity"] * line["unit_price"] * 100)


def _fen(value: object, what: str) -> int:
    found = number(value, what)
    if found.denominator != 1:
        raise CorrectionError("not-a-number", f"{what} is a whole number of fen")
    return found.numerator


def _step(rule: int, what: str, old: str, new: str) -> dict[str, Any]:
    return {"rule": rule, "what": what, "from": old, "to": new}


def _shown(line: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: text_of(line[name]) for name in ("quantity", "unit_price")}
    return {"item": line["item"], **numbers, "amount_fen": str(_amount(line))}
