"""The one shape of refusal in this package: a stable code for machines, a detail for people."""

from collections.abc import Iterator
from contextlib import contextmanager


class ProofError(ValueError):
    """Something does not follow its format or formula.

    code    stable kebab-case identifier
    detail  what exactly was wrong, in English; never contains a secret
    """

    def __init__(self, code: str, detail: str = ""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@contextmanager
def speaking(error: type[ProofError]) -> Iterator[None]:
    """Give refusals from the small tools below (shape, hex, Bech32 …) the name of the format that used them.

    So a caller of `check_lid` catches SealError and nothing else. Works as a decorator too.
    """
    try:
        yield
    except ProofError as refusal:
        if isinstance(refusal, error):
            raise
        raise error(refusal.code, refusal.detail) from refusal
