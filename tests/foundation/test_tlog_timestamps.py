"""The platform and its time authority: tokens come in about once a minute, false ones raise an alarm, none stops the log."""

import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.checks import run_checks
from django.test import Client

from sunshine.domain.publishing.models import Notification
from sunshine.foundation import clock
from sunshine.foundation.audit.models import record
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer, timestamps, transfer
from sunshine.foundation.tlog.models import Checkpoint, LogAlarm, Timestamp
from sunshine.foundation.vault import testtsa
from sunshine.interfaces.jobs import stamping
from sunshine.interfaces.rehearsal import play
from sunshine_proof.timestamp import Asked, read_request, response_of, sign_token, verify_token

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
Answer = Callable[[bytes], bytes]


def grown() -> Checkpoint:
    record("test:happen", subject="test/T-1", by="", at=clock.now(), facts={})
    head = sequencer.tick()
    assert head is not None
    return head


def later(**by: int) -> None:
    clock.advance(clock.now() + timedelta(**by))


@contextmanager
def authority(settings: Any, tmp_path: Path, answer: Answer, status: int = 200) -> Iterator[None]:
    """The platform asks an authority of somebody else, over HTTP; its root is that of the rehearsal."""
    settings.TIMESTAMP_URL = ""
    (tmp_path / "roots.pem").write_bytes(testtsa.load().root.public_bytes(Encoding.PEM))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    timestamps.configured_roots.cache_clear()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/tsa"
    settings.TIMESTAMP_ROOTS = str(tmp_path / "roots.pem")
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signing(**other: Any) -> Answer:
    """What an authority answers that knows its trade; `other` is what it does differently."""
    here, now = testtsa.load(), clock.now()

    def answer(body: bytes) -> bytes:
        given = {"at": now, "serial": 5, "policy": "1.2.3"} | other
        return response_of(sign_token(read_request(body), here.key, [here.certificate], **given))

    return answer


def test_one_token_a_minute_over_the_newest_checkpoint(cast: play.Cast) -> None:
    first = grown()
    assert stamping.ask() and Timestamp.objects.get().checkpoint == first
    grown()
    assert stamping.ask() and Timestamp.objects.count() == 1, "within the minute nothing is asked"
    later(seconds=61)
    assert stamping.ask() and Timestamp.objects.count() == 2
    later(seconds=61)
    assert stamping.ask() and Timestamp.objects.count() == 2, "nothing new to stamp"
    stamp = timestamps.newest_stamp()
    assert stamp is not None and "TEST ONLY" in stamp.authority and stamp.checkpoint == queries.newest()
    assert abs(stamp.at - stamp.checkpoint.at) < timedelta(minutes=3), "on the rehearsal clock"


def test_an_authority_over_http_is_asked_and_anybody_can_check_its_answer(
    cast: play.Cast, settings: Any, tmp_path: Path, client: Client
) -> None:
    with authority(settings, tmp_path, signing()):
        head = grown()
        assert stamping.ask()
    page = client.get("/log/").content.decode()
    assert f"{head.size}.tsr" in page and "平台之外的时间戳机构" in page
    for kind in ("tsr", "txt", "note"):
        (tmp_path / f"x.{kind}").write_bytes(client.get(f"/log/timestamps/{head.size}.{kind}").content)
    roots = client.get("/log/timestamps/roots.pem").content
    assert (tmp_path / "x.note").read_text().startswith((tmp_path / "x.txt").read_text())
    assert client.get(f"/log/timestamps/{head.size}.exe").status_code == 404
    assert client.get("/log/timestamps/7.tsr").status_code == 404
    if shutil.which("openssl") is None:
        pytest.skip("NOT CHECKED BY OPENSSL: there is no openssl on this machine")
    (tmp_path / "r.pem").write_bytes(roots)
    at = ["-attime", str(int(clock.now().timestamp()))]
    check = ["openssl", "ts", "-verify", "-in", "x.tsr", "-data", "x.txt", "-CAfile", "r.pem", *at]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "x.txt").write_text("another")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode != 0


def replayed() -> Answer:
    """Whatever is asked, a genuine answer to an earlier question about the same checkpoint."""
    here, now = testtsa.load(), clock.now()

    def answer(body: bytes) -> bytes:
        earlier = Asked(read_request(body).imprint, 12345)
        return response_of(sign_token(earlier, here.key, [here.certificate], at=now, serial=1, policy="1.2.3"))

    return answer


def spoilt() -> Answer:
    good = signing()
    return lambda body: good(body)[:-4] + b"spoi"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: signing(at=clock.now() - timedelta(minutes=6)), "timestamp-time"),
        (lambda: signing(at=clock.now() + timedelta(hours=1)), "timestamp-time"),
        (replayed, "timestamp-nonce"),
        (lambda: lambda body: b"\x30\x03\x02\x01\x00", "timestamp-shape"),
        (lambda: lambda body: b"x" * 100_000, "timestamp-shape"),
        (spoilt, "timestamp-signature"),
    ],
)
def test_a_false_answer_is_not_kept_and_everybody_concerned_is_told_once(
    cast: play.Cast, settings: Any, tmp_path: Path, client: Client, make: Callable[[], Answer], code: str
) -> None:
    told = Notification.objects.filter(kind="time-alarm")
    with authority(settings, tmp_path, make()):
        grown()
        assert not stamping.ask() and not stamping.ask()
    assert not Timestamp.objects.exists()
    assert LogAlarm.objects.get().code == code and LogAlarm.objects.get().witness is None
    assert told.count() == told.values("person").distinct().count() > 1
    assert "时间戳机构的答复不成立" in client.get("/log/").content.decode()
    operator = Client()
    operator.force_login(cast["verifier"].person, "allauth.account.auth_backends.AuthenticationBackend")
    page = operator.get("/operator/witnesses/").content.decode()
    assert "时间戳机构" in page and code in page
    settle = f"/operator/log-alarms/{LogAlarm.objects.get().public_id}/"
    assert operator.get(settle).status_code == 200
    assert operator.post(settle, {"words": "已更换机构"}).status_code == 302


def test_an_authority_that_is_away_or_refuses_raises_no_alarm(cast: play.Cast, settings: Any, tmp_path: Path) -> None:
    grown()
    with authority(settings, tmp_path, lambda body: b"\x30\x05\x30\x03\x02\x01\x02"):
        assert not stamping.ask()
    with authority(settings, tmp_path, lambda body: b"busy", status=503):
        assert not stamping.ask()
    assert not stamping.ask(), "nobody listens any more"
    assert not Timestamp.objects.exists() and not LogAlarm.objects.exists()


def test_the_operator_sees_that_no_token_has_come(cast: play.Cast, settings: Any) -> None:
    operator = Client()
    operator.force_login(cast["verifier"].person, "allauth.account.auth_backends.AuthenticationBackend")
    assert "没有取得时间戳" not in operator.get("/operator/witnesses/").content.decode()
    grown()
    later(minutes=11)
    assert "没有取得时间戳" in operator.get("/operator/witnesses/").content.decode()
    assert stamping.ask()
    assert "没有取得时间戳" not in operator.get("/operator/witnesses/").content.decode()


def test_failures_are_waited_for_longer_and_longer_and_success_ends_the_waiting() -> None:
    now, results, asked = [0.0], [False, False, False, True, True], list[float]()

    def work() -> bool:
        asked.append(now[0])
        return results.pop(0)

    minutes = stamping.Minutes(work, lambda: now[0])
    while results:
        minutes()
        assert minutes._running is not None
        minutes._running.result()
        now[0] += 1
    minutes.close()
    assert asked == [0, 10, 30, 70, 71]


def test_thinning_keeps_one_stamped_checkpoint_of_each_hour(cast: play.Cast) -> None:
    stamped = []
    for n in range(6):
        head = grown()
        if n % 2 == 0:
            assert stamping.ask()
            stamped.append(head.size)
        later(minutes=2)
    last = grown()
    later(days=1)
    sequencer.thin(clock.now())
    assert set(Checkpoint.objects.values_list("size", flat=True)) == {stamped[-1], last.size}
    assert Timestamp.objects.get().checkpoint_id == stamped[-1]


def test_an_export_carries_the_timestamps_and_an_import_checks_and_restores_them(
    cast: play.Cast, tmp_path: Path, forgotten: Callable[[], None]
) -> None:
    for _ in range(2):
        grown()
        assert stamping.ask()
        later(minutes=2)
    grown()
    transfer.export_log(tmp_path)
    before = list(Timestamp.objects.values_list("checkpoint_id", "authority", "token", "at").order_by("pk"))
    names = sorted(path.name for path in (tmp_path / "timestamps").iterdir())
    assert names == sorted(f"{size}.{kind}" for size, *_ in before for kind in ("note", "tsr")) and len(before) == 2
    forgotten()
    first, second = (tmp_path / "timestamps" / f"{size}.tsr" for size, *_ in before)
    good = first.read_bytes()
    for wrong in (second.read_bytes(), good[:-1] + bytes([good[-1] ^ 1]), b"", good + b"\0"):
        first.write_bytes(wrong)
        with pytest.raises(Refused) as refused:
            transfer.import_log(tmp_path)
        assert refused.value.code == "timestamp-false" and not Timestamp.objects.exists()
        forgotten()
    first.write_bytes(good)
    transfer.import_log(tmp_path)
    assert list(Timestamp.objects.values_list("checkpoint_id", "authority", "token", "at").order_by("pk")) == before
    stamp = timestamps.newest_stamp()
    assert stamp is not None and verify_token(
        bytes(stamp.token), timestamps.stamped_text(stamp.checkpoint), [testtsa.load().root]
    )


def test_production_wants_roots_with_the_authority_and_none_of_a_rehearsal(settings: Any, tmp_path: Path) -> None:
    def lacks() -> set[str]:
        return {found.id or "" for found in run_checks()} & {"vault.E003", "vault.E004", "vault.E005"}

    testroot = testtsa.load().root.public_bytes(Encoding.PEM)
    settings.REHEARSAL, settings.USE_TEST_CA = False, False
    assert not lacks(), "timestamps are optional"
    settings.TIMESTAMP_URL = "https://tsa.example/"
    assert lacks() == {"vault.E004"}
    settings.TIMESTAMP_ROOTS = str(tmp_path / "roots.pem")
    assert lacks() == {"vault.E003"}
    (tmp_path / "roots.pem").write_bytes(testroot)
    assert lacks() == {"vault.E005"}
    with pytest.raises(Refused, match="演练时间戳"):
        testtsa.load()
