"""The worker as a process: one hand at a time, and a clean end. Real commits, so in a module of their own."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection, connections

from sunshine.interfaces.jobs import minute

pytestmark = pytest.mark.whole


@pytest.mark.django_db(transaction=True)
def test_only_one_process_moves_the_minute_hand() -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtextextended('sunshine-job/minute-hand', 0))")
            assert cursor.fetchone()[0]
        done: list[int] = []
        minute.run((lambda: done.append(1) or 1,))  # type: ignore[func-returns-value]
        assert done == []
    finally:
        other.close()
    deadline = time.monotonic() + 10  # the server notices a closed connection in its own time
    held = False
    while not held and time.monotonic() < deadline:
        with minute.alone("minute-hand") as held:
            time.sleep(0.05)
    assert held


@pytest.mark.django_db(transaction=True)
def test_sigterm_ends_the_worker_cleanly() -> None:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    environment = {**os.environ, "DATABASE_URL": url, "SUNSHINE_LOG": "INFO"}
    worker = subprocess.Popen([sys.executable, "manage.py", "run_jobs"], env=environment, stderr=subprocess.PIPE)
    try:
        assert worker.stderr is not None
        assert b"the jobs are running" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=15)[1]
    finally:
        worker.kill()
    assert worker.returncode == 0, said
    assert b"Traceback" not in said
