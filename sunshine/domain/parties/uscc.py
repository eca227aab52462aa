"""统一社会信用代码 (GB 32100-2015): eighteen characters, the last of which checks the others."""

import hashlib
import re

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.text import half_width

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100 §4: no I, O, S, V, Z
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))  # GB 32100 appendix A: 3^(i-1) mod 31
SHAPE = re.compile(rf"[{ALPHABET}]{{2}}\d{{6}}[{ALPHABET}]{{10}}", re.ASCII)  # authority, kind, division, entity, check
FICTIONAL_DIVISION = "999999"  # GB/T 2260 gives this administrative division to nobody
ENTITY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714: check character of the entity part


def normalise(text: str) -> str:
    """Upper case, half width, without spaces and hyphens: how the code is stored."""
    return re.sub(r"[\s\-]", "", half_width(text)).upper()


def check_character(body: str) -> str:
    """The 18th character for the first 17 (GB 32100 appendix A)."""
    remainder = sum(ALPHABET.index(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 31
    return ALPHABET[(31 - remainder) % 31]


def check(text: str) -> str:
    """The normalised code. Raises Refused("uscc-invalid") with the reason a person can act on."""
    code = normalise(text)
    if len(code) != 18:
        raise _refused(_("统一社会信用代码应为 18 位，请核对营业执照。"))
    if not SHAPE.fullmatch(code):
        raise _refused(_("统一社会信用代码含有不允许的字符（不使用 I、O、S、V、Z），第 3 至 8 位应为数字。"))
    if check_character(code[:17]) != code[17]:
        raise _refused(_("统一社会信用代码的校验位不符，请逐位核对。"))
    return code


def fictional(seed: str | int) -> str:
    """A well-formed code that can belong to nobody; the same seed gives the same code (demo and tests)."""
    digest = hashlib.sha256(f"uscc {seed}".encode()).digest()
    entity = "".join(str(byte % 10) for byte in digest[:8])
    remainder = 11 - sum(int(c) * w for c, w in zip(entity, ENTITY_WEIGHTS, strict=True)) % 11
    body = "91" + FICTIONAL_DIVISION + entity + {10: "X", 11: "0"}.get(remainder, str(remainder))
    return body + check_character(body)


def _refused(text: object) -> Refused:
    return Refused("uscc-invalid", text, "GB 32100-2015", field="uscc")
