"""What several tests of the log share."""

from collections.abc import Callable

import pytest
from django.db import connection


@pytest.fixture
def forgotten() -> Callable[[], None]:
    """Empties the log as if it had never been, with the guards looking away, as a restored backup would."""

    def forget() -> None:
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")  # tables with checks outstanding cannot be altered
            for table in ("timestamp", "cosignature", "leaf", "storedtile", "head", "checkpoint", "waiting"):
                for line in (
                    "alter table {} disable trigger user",
                    "delete from {}",
                    "alter table {} enable trigger user",
                ):
                    cursor.execute(line.format(f"tlog_{table}"))
            cursor.execute("insert into tlog_waiting (event_id) select id from audit_event")

    return forget
