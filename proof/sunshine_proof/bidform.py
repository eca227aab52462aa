"""`bid-summary/1` and `bid-price/1`: what a bid says in numbers, so that nothing is ever read out of a PDF."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError, speaking

MAX_LINES = 20_000
MAX_FEN = 10**17
_FEN = re.compile(r"(0|[1-9]\d{0,16})\Z")
_DECIMAL = re.compile(r"(0|[1-9]\d{0,14})(\.\d{1,6})?\Z")
# 15+6 digits times 15+6 digits, 20,000 times, is exact within 60 digits; anything inexact would raise
_EXACT = Context(prec=60)
_HALF_UP = Context(prec=60, rounding=ROUND_HALF_UP)


class FormError(ProofError):
    """A form that does not follow its schema."""


@dataclass(frozen=True)
class Summary:
    """开标一览表: total in fen or rate (none in the first of two envelopes), delivery in days, the words read aloud."""

    lot: str
    total_fen: int | None
    rate: Decimal | None
    delivery_days: int
    quality: str
    project_leader: str
    validity_days: int


@dataclass(frozen=True)
class PriceLine:
    """One item: unit price and quantity exact to 6 decimals, `amount` = their product in yuan, not rounded."""

    item: str
    unit_price: Decimal
    quantity: Decimal
    amount: Decimal
    attributes: dict[str, str]


@dataclass(frozen=True)
class Price:
    """报价明细. Unit prices are in yuan and include tax; `lines_yuan` is their exact sum, `lines_fen` rounded half up.

    `total_matches` only reports whether total and lines agree: which prevails is the panel's arithmetic correction.
    """

    lot: str
    total_fen: int
    tax_rate: Decimal
    lines: tuple[PriceLine, ...]
    lines_yuan: Decimal
    lines_fen: int
    total_matches: bool


def fen(value: object, what: str) -> int:
    """A whole number of fen from its text without sign, separators or leading zeros; FormError otherwise."""
    if not isinstance(value, str) or not _FEN.match(value):
        raise FormError("form-money", f"{what} must be whole fen as text, such as 12345600")
    return int(value)


def decimal(value: object, what: str) -> Decimal:
    """An exact non-negative decimal from text with at most 6 decimals; FormError otherwise."""
    if not isinstance(value, str) or not _DECIMAL.match(value):
        raise FormError("form-decimal", f"{what} must be a plain decimal as text with at most 6 decimals")
    return Decimal(value)


def _head(form: object, version: str, keys: tuple[str, ...], lot: str | None) -> dict[str, Any]:
    found = shape.record(form, ("v", "lot", *keys), version)
    if found["v"] != version:
        raise FormError("form-version", f"expected {version}")
    if shape.text(found["lot"], "lot") != lot and lot is not None:
        raise FormError("form-lot", "the form is for another lot")
    return found


@speaking(FormError)
def check_summary(form: object, lot: str | None = None, *, offer: bool | None = True) -> Summary:
    """Read `bid-summary/1` (for `lot`, when given); FormError(code, detail) otherwise.

    offer  True: a total or a rate is there; False: neither is (the first of two envelopes tells no price); None: either
    """
    keys = ("total_fen", "rate", "delivery_days", "quality", "project_leader", "validity_days")
    found = _head(form, "bid-summary/1", keys, lot)
    total = None if found["total_fen"] is None else fen(found["total_fen"], "total_fen")
    rate = None if found["rate"] is None else decimal(found["rate"], "rate")
    told = total is not None or rate is not None
    if offer and not told:
        raise FormError("form-offer", "an offer has a total or a rate")
    if offer is False and told:
        raise FormError("price-in-first-envelope", "of two envelopes the first tells no price: total and rate are null")
    return Summary(
        found["lot"],
        total,
        rate,
        shape.whole(found["delivery_days"], 0, 36_500, "delivery_days"),
        _words(found["quality"], "quality"),
        _words(found["project_leader"], "project_leader"),
        shape.whole(found["validity_days"], 0, 3_650, "validity_days"),
    )


def _words(value: object, what: str) -> str:
    """Text that may be empty: not every lot asks for it."""
    return "" if value == "" else shape.text(value, what, 500)


@speaking(FormError)
def check_price(form: object, lot: str | None = None) -> Price:
    """Read `bid-price/1` (for `lot`, when given); FormError(code, detail) otherwise.

    A total that differs from the sum of its lines is reported in the result, not refused.
    """
    found = _head(form, "bid-price/1", ("total_fen", "tax_rate", "lines"), lot)
    total, rate = fen(found["total_fen"], "total_fen"), decimal(found["tax_rate"], "tax_rate")
    if rate >= 1:
        raise FormError("form-decimal", "tax_rate is a share of one, such as 0.13")
    lines = tuple(_line(item) for item in shape.items(found["lines"], 0, MAX_LINES, "lines"))
    if len({line.item for line in lines}) != len(lines):
        raise FormError("form-lines", "an item appears twice")
    yuan = Decimal(0)
    for line in lines:
        yuan = _EXACT.add(yuan, line.amount)
    in_fen = int(_HALF_UP.quantize(_EXACT.multiply(yuan, Decimal(100)), Decimal(1)))
    return Price(found["lot"], total, rate, lines, yuan, in_fen, in_fen == total)


def _line(item: object) -> PriceLine:
    line = shape.record(item, ("item", "unit_price", "quantity", "attributes"), "line")
    price, quantity = decimal(line["unit_price"], "unit_price"), decimal(line["quantity"], "quantity")
    attributes = line["attributes"]
    if not isinstance(attributes, Mapping) or len(attributes) > 50:
        raise FormError("form-lines", "attributes are an object of at most 50 texts")
    texts = {shape.text(key, "attribute", 60): _words(value, "attribute") for key, value in attributes.items()}
    return PriceLine(shape.text(line["item"], "item", 60), price, quantity, _EXACT.multiply(price, quantity), texts)
