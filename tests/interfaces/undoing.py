"""Look at a world, change it, and find it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened: the next request, or the next run, begins from the same state."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # durable flows run inside, as in any test
    with block:
        yield
        transaction.set_rollback(True)
