"""Amounts as people read them: grouped digits, and capital characters for documents. Exact; nothing is rounded."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

UNIT_WORDS = {"元": gettext_lazy("元"), "万元": gettext_lazy("万元"), "亿元": gettext_lazy("亿元")}
FEN_PER = {"元": 2, "万元": 6, "亿元": 10}  # decimal places between fen and the unit
DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")


def fen_of(value: Any) -> int:
    """Fen from an int or a `Money`. Raises TypeError for anything inexact."""
    amount = getattr(value, "amount", value)
    if type(amount) is not int:
        raise TypeError(f"fen are whole numbers, not {type(value).__name__}")
    return amount


def places(fen: int, unit: str = "元") -> int:
    """How many decimals an amount needs in a unit: two, or more where it would otherwise be rounded."""
    part = f"{Decimal(fen).scaleb(-FEN_PER[unit]):f}".partition(".")[2]
    return max(2, len(part.rstrip("0")))


def grouped(fen: int, unit: str = "元", decimals: int = 2) -> str:
    """``123456789`` fen → ``1,234,567.89`` 元 or ``123.456789`` 万元.

    `decimals` pads, so that the points of a column stand under each other; it never cuts, because a page never rounds
    an amount away.
    """
    amount = Decimal(fen).scaleb(-FEN_PER[unit])
    whole, _, part = f"{amount:,f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(decimals, '0')}"


def _block(number: int) -> str:
    """Capital characters of 0 < number < 10⁴, without leading 零."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + PLACES[place]
        gap = digit == 0
    return text


def _whole(number: int) -> str:
    """Capital characters of a positive whole number; 零 stands wherever digits are skipped inside it."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, size)
        if high:
            skipped = "零" if 0 < low < size // 10 else ""
            return _whole(high) + name + skipped + (_whole(low) if low else "")
    return _block(number)


def capital(fen: int) -> str:
    """An amount in capital characters: ``10700053`` → ``人民币壹拾万柒仟元零伍角叁分``.

    Rules of the 支付结算办法, annex 1 (how bills are to be filled in): 整 after 元 and after 角, none after 分;
    one 零 for any run of zeros inside the number; 零 after 元 when the yuan or the jiao digit is zero and something
    follows. Negative amounts begin with 负.
    """
    yuan, rest = divmod(abs(fen), 100)
    jiao, cent = divmod(rest, 10)
    text = _whole(yuan) + "元" if yuan else ""
    if not rest:
        text = (text or "零元") + "整"
    else:
        if yuan and (yuan % 10 == 0 or jiao == 0):
            text += "零"
        text += f"{DIGITS[jiao]}角" if jiao else ""
        text += f"{DIGITS[cent]}分" if cent else "整"
    return "人民币" + ("负" if fen < 0 else "") + text
