"""A witness that serves: it grows with its log, survives what machines do, and cosigns nothing it did not keep."""

import errno
import json
import os
import signal
import socket
import stat
import threading
import time

import pytest
from witness_cast import HOST, NAME, Log, call, process, run, serving, url_of

from sunshine_proof.canonical import h, jcs
from sunshine_proof.checkpoint import NoteError, verify_note
from sunshine_proof.cli.witness import open_server
from sunshine_proof.cli.witnessfile import StateError, StateFile, make_key
from sunshine_proof.cosignature import cosignature_times, verify_cosignature
from sunshine_proof.witness import checkpoint_path

pytestmark = pytest.mark.whole

LOG = Log()
OTHER = Log("other.example.test")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "witness.json"


@pytest.fixture
def vkey(file):
    return make_key(file, NAME)


def kept(file) -> dict[str, str]:
    return json.loads(file.read_text())["heads"]


def refused(*arguments, **more) -> str:
    with pytest.raises((StateError, NoteError)) as caught:
        open_server(*arguments, **more).server_close()
    return caught.value.code


def test_a_growing_log_is_cosigned_step_by_step_and_shown_to_everybody(file, vkey):
    with serving(file, LOG, OTHER) as server:
        old = 0
        for new in (0, 1, 1, 16, 48, 48, 99):
            before = int(time.time())
            found = LOG.submit(url_of(server), vkey, old, new)
            assert (found.state, found.size) == ("cosigned", new)
            assert before <= found.time <= time.time()
            assert verify_cosignature(LOG.note(new) + found.line, vkey) == found.time
            # what was answered is already in the file
            assert kept(file) == {LOG.origin: LOG.note(new) + found.line}
            status, kind, shown = call(server.server_port, "GET", checkpoint_path(LOG.origin))
            assert (status, kind, shown) == (200, "text/plain; charset=utf-8", LOG.note(new) + found.line)
            verify_note(shown, LOG.vkey)
            old = new
        assert call(server.server_port, "GET", checkpoint_path(OTHER.origin))[0] == 404
        assert OTHER.submit(url_of(server), vkey, 0, 5).state == "cosigned"
        assert set(kept(file)) == {LOG.origin, OTHER.origin}
        chinese, english = call(server.server_port, "GET", "/")[2].splitlines()
        assert "见证人" in chinese and "witness" in english
        for sentence in (chinese, english):
            assert vkey in sentence
            assert (
                f"{LOG.origin}" in sentence and "99" in sentence and f"{OTHER.origin}" in sentence and "5" in sentence
            )


def test_forks_rollbacks_strangers_and_other_logs_are_turned_away(file, vkey, capfd):
    fork, stranger = LOG.fork(3), Log()
    with serving(file, LOG) as server:
        url = url_of(server)
        assert LOG.submit(url, vkey, 0, 10).state == "cosigned"
        before = file.read_bytes()
        assert fork.submit(url, vkey, 10, 20).code == "witness-inconsistent"
        assert fork.submit(url, vkey, 10, 10).code == "witness-inconsistent"
        ahead = LOG.submit(url, vkey, 4, 7)
        assert (ahead.state, ahead.code, ahead.size) == ("refused", "witness-ahead", 10)
        assert stranger.submit(url, vkey, 10, 20).code == "witness-forbidden"
        assert OTHER.submit(url, vkey, 0, 1).code == "witness-unknown-log"
        for body, status in (
            (fork.request(10, 20), 422), (fork.request(10, 10), 422), (LOG.request(4, 7), 409),
            (stranger.request(10, 20), 403), (OTHER.request(0, 1), 404), (LOG.request(10, 20)[:-1], 400),
            (LOG.request(10, 20).replace(b"old 10", b"old 30"), 400),
        ):  # fmt: skip
            assert call(server.server_port, "POST", "/add-checkpoint", body)[0] == status
        assert call(server.server_port, "POST", "/add-checkpoint", LOG.request(4, 7))[1:] == (
            "text/x.tlog.size",
            "10\n",
        )
        assert file.read_bytes() == before
        # the log that is honest goes on
        assert LOG.submit(url, vkey, 10, 20).state == "cosigned"
    said = capfd.readouterr().err
    evidence = next(line for line in said.splitlines() if "EVIDENCE" in line)
    first, second = json.loads(evidence[evidence.index("[") :])
    assert (
        first != second and verify_note(first, LOG.vkey).split("\n")[1] == verify_note(second, LOG.vkey).split("\n")[1]
    )
    assert json.loads(file.read_text())["key"] not in said


def test_a_client_that_does_not_know_where_the_witness_stands_finds_out(file, vkey):
    with serving(file, LOG) as server:
        url = url_of(server)
        assert LOG.submit(url, vkey, 5, 10).state == "cosigned"
        for belief, size in ((0, 20), (15, 30), (99, 40), (-1, 50), (50, 50), (3, 50)):
            assert LOG.submit(url, vkey, belief, size).state == "cosigned"


def test_the_file_is_for_its_owner_alone_whatever_the_umask(file):
    before = os.umask(0)
    try:
        vkey = make_key(file, NAME)
        with serving(file, LOG) as server:
            assert LOG.submit(url_of(server), vkey, 0, 1).state == "cosigned"
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()] == [0o600, 0o600]
    assert sorted(path.name for path in file.parent.iterdir()) == ["witness.json", "witness.json.lock"]
    file.chmod(0o640)
    assert refused(file, NAME, [LOG.vkey]) == "state-open"


def test_of_many_racing_requests_one_tree_wins(file, vkey):
    branch, known = LOG, 0
    with serving(file, LOG) as server:
        for _ in range(3):
            # all four extend what the witness has seen; no two of them fit together
            asked = [(log, known, size) for log in (branch, branch.fork(known)) for size in (known + 5, known + 9)]
            start, won = threading.Barrier(4 * len(asked)), []

            def send(log, old, new, start=start, won=won):
                body = log.request(old, new)
                start.wait()
                won.append((call(server.server_port, "POST", "/add-checkpoint", body)[0], log, new))

            threads = [threading.Thread(target=send, args=each) for each in asked * 4]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(status for status, _, _ in won) == [200] + [409] * 15
            branch, known = next((log, new) for status, log, new in won if status == 200)
            assert kept(file)[LOG.origin].startswith(branch.note(known))


def test_nothing_is_answered_before_it_is_kept(file, vkey, monkeypatch):
    writing, finish = threading.Event(), threading.Event()
    write = StateFile.write

    def slowly(self, state):
        writing.set()
        assert finish.wait(10)
        write(self, state)

    with serving(file, LOG) as server:
        monkeypatch.setattr(StateFile, "write", slowly)
        body = LOG.request(0, 5)
        with socket.create_connection((HOST, server.server_port), timeout=0.3) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            assert writing.wait(10)
            with pytest.raises(TimeoutError):
                line.recv(1)
            assert kept(file) == {} and call(server.server_port, "GET", checkpoint_path(LOG.origin))[0] == 404
            finish.set()
            line.settimeout(10)
            assert line.recv(15).startswith(b"HTTP/1.1 200")
        assert list(kept(file)) == [LOG.origin]


@pytest.mark.parametrize("act", ["fsync", "fchmod", "replace"])
def test_a_full_disk_means_no_cosignature(file, vkey, monkeypatch, act):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with serving(file, LOG) as server:
        assert LOG.submit(url_of(server), vkey, 0, 5).state == "cosigned"
        before, shown = file.read_bytes(), call(server.server_port, "GET", checkpoint_path(LOG.origin))
        with monkeypatch.context() as patch:
            patch.setattr(os, act, full)
            found = LOG.submit(url_of(server), vkey, 5, 10)
            assert (found.state, found.code, found.line) == ("unreachable", "witness-failed", "")
            status, _, text = call(server.server_port, "POST", "/add-checkpoint", LOG.request(5, 10))
            assert status == 500 and "— " not in text
        assert file.read_bytes() == before and not list(file.parent.glob(".*"))
        assert call(server.server_port, "GET", checkpoint_path(LOG.origin)) == shown
        # nothing was promised, so even the other branch is still open
        assert LOG.fork(7).submit(url_of(server), vkey, 5, 10).state == "cosigned"


def test_a_file_that_may_not_grow_stops_the_program_from_cosigning(file, vkey):
    before = file.read_bytes()
    with process(file, LOG, before="ulimit -f 0") as (running, url):
        assert LOG.submit(url, vkey, 0, 5).code == "witness-failed"
        assert file.read_bytes() == before and running.poll() is None


def test_a_clock_set_back_never_makes_a_cosignature_older(file, vkey):
    clock = [2_000_000_000.9]
    with serving(file, LOG, OTHER, now=lambda: clock[0]) as server:
        url = url_of(server)
        assert LOG.submit(url, vkey, 0, 1).time == 2_000_000_000
        clock[0] = 1_500_000_000
        assert LOG.submit(url, vkey, 1, 2).time == 2_000_000_000
        assert LOG.submit(url, vkey, 2, 2).time == 2_000_000_000
        # every log has its own past
        assert OTHER.submit(url, vkey, 0, 1).time == 1_500_000_000
    with serving(file, LOG, now=lambda: clock[0]) as server:
        assert LOG.submit(url_of(server), vkey, 2, 3).time == 2_000_000_000
        clock[0] = 2_000_000_007
        assert LOG.submit(url_of(server), vkey, 3, 3).time == 2_000_000_007
        assert cosignature_times(kept(file)[LOG.origin], vkey) == [2_000_000_007]


@pytest.mark.parametrize("moment", [0, -5, 2.0**63])
def test_a_clock_that_gives_no_time_means_no_cosignature(file, vkey, moment):
    with serving(file, LOG, now=lambda: moment) as server:
        assert LOG.submit(url_of(server), vkey, 0, 1).code == "witness-failed"
        assert kept(file) == {}


def test_kill_9_at_any_moment_never_makes_a_witness_forget(file, vkey):
    promised = 0
    for _ in range(3):
        with process(file, LOG) as (running, url):
            # the other branch of an old tree, and an older tree of ours: both are remembered
            if promised:
                assert LOG.fork(promised - 1).submit(url, vkey, promised, promised).state == "refused"
                assert LOG.submit(url, vkey, 0, promised - 1).code == "witness-ahead"
            threading.Timer(0.15, running.kill).start()
            for size in range(promised + 1, promised + 30):
                found = LOG.submit(url, vkey, promised, size)
                if found.state != "cosigned":
                    break
                promised = found.size
            assert running.wait(10) == -signal.SIGKILL
    assert promised > 3
    with process(file, LOG) as (_, url):
        again = LOG.submit(url, vkey, promised, promised)
        if again.state != "cosigned":
            # the last tree was kept, and killed before it was answered
            assert (again.code, again.size) == ("witness-ahead", promised + 1)
        assert LOG.submit(url, vkey, 0, promised - 1).code == "witness-ahead"


def test_a_second_process_on_the_same_file_is_refused_in_a_sentence(file, vkey, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.json"
    link.symlink_to(file)
    with process(file, LOG) as (_, url):
        for path in (file, link):
            second = run("serve", "--state", path, "--name", NAME, "--log", LOG.vkey, "--port", 0)
            assert second.returncode == 1 and second.stdout == ""
            assert second.stderr == f"sunshine-witness: another process is using {file}\n"
        # reading the key disturbs nobody
        assert run("key", "--state", link, "--name", NAME).stdout == f"{vkey}\n"
        assert LOG.submit(url, vkey, 0, 1).state == "cosigned"
    with serving(link, LOG) as server:
        assert LOG.submit(url_of(server), vkey, 1, 2).state == "cosigned"
    assert link.is_symlink() and refused(link, "another.example.test", [LOG.vkey]) == "state-name"


def test_a_file_that_was_let_go_is_not_written_any_more(file, vkey):
    with serving(file, LOG) as server:
        witness = server.witness
    assert witness.add(LOG.request(0, 1)).status == 500
    assert kept(file) == {}


def summed(found) -> bytes:
    body = {key: value for key, value in found.items() if key != "sum"}
    return jcs({**body, "sum": h(jcs(body)).hex()})


def test_a_damaged_file_is_refused_and_left_as_it_is(file, vkey):
    with serving(file, LOG) as server:
        assert LOG.submit(url_of(server), vkey, 0, 5).state == "cosigned"
    good = file.read_bytes()
    found = json.loads(good)
    damaged = [good[:cut] for cut in (0, 1, 2, 50, 200, len(good) - 3)]
    damaged += [good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :] for place in range(2, len(good) - 2, 7)]
    damaged += [b"{}", b"[]", b"null", b"\xff", good + good, bytes(len(good)), good.replace(b'"', b"", 1)]
    # what was changed on purpose and summed up anew is found, too
    damaged += [summed({**found, **change}) for change in (
        {"v": "sunshine-witness/2"}, {"name": "other"}, {"name": 1}, {"key": "00" * 32}, {"key": None}, {"heads": []},
        {"heads": {LOG.origin: LOG.note(5)}}, {"heads": {LOG.origin: 5}}, {"heads": {LOG.origin: ""}}, {"more": 1},
        {"heads": {OTHER.origin: found["heads"][LOG.origin]}}, {"vkey": LOG.vkey},
    )]  # fmt: skip
    for data in damaged:
        file.write_bytes(data)
        assert refused(file, NAME, [LOG.vkey]) == "state-damaged"
        with pytest.raises(StateError):
            make_key(file, NAME)
        assert file.read_bytes() == data
    assert summed(found) + b"\n" == good
    file.write_bytes(good)
    open_server(file, NAME, [LOG.vkey]).server_close()
    file.unlink()
    assert refused(file, NAME, [LOG.vkey]) == "state-missing" and not file.exists()


def test_the_program_says_in_one_sentence_what_is_wrong(file, vkey, tmp_path):
    secret = json.loads(file.read_text())["key"]
    serve = ["serve", "--state", file, "--name", NAME, "--port", 0, "--log"]
    with socket.create_server((HOST, 0)) as taken:
        cases = [
            (["key", "--state", file, "--name", "another"], "belongs to the witness"),
            (["key", "--state", tmp_path / "new.json", "--name", "two words"], "a name without spaces"),
            (["key", "--state", tmp_path / "no" / "new.json", "--name", NAME], "No such file or directory"),
            ([*serve, vkey], "an Ed25519 verifier key"), ([*serve, "nonsense"], "name+id+key"),
            ([*serve, os.fsdecode(b"\xff") + LOG.vkey], "an Ed25519 verifier key"),
            ([*serve, LOG.vkey, "--port", taken.getsockname()[1]], "Address already in use"),
            ([*serve, LOG.vkey, "--port", 99_999], "port must be 0-65535"),
            (["serve", "--state", tmp_path / "no.json", "--name", NAME, "--log", LOG.vkey, "--port", 0], "make a new"),
        ]  # fmt: skip
        for arguments, sentence in cases:
            ended = run(*arguments)
            assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), ended.stderr
            assert ended.stderr.startswith("sunshine-witness: ") and sentence in ended.stderr
            assert secret not in ended.stderr
    assert not (tmp_path / "new.json").exists()
    file.write_bytes(file.read_bytes()[:-9])
    damaged = run("serve", "--state", file, "--name", NAME, "--port", 0, "--log", LOG.vkey)
    assert damaged.returncode == 1 and "is damaged" in damaged.stderr and secret not in damaged.stderr
    assert run("serve", "--state", file).returncode == 2


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_asked_to(file, vkey, end):
    with process(file, LOG) as (running, url):
        assert LOG.submit(url, vkey, 0, 3).state == "cosigned"
        running.send_signal(end)
        out, err = running.communicate(timeout=10)
        assert (running.returncode, out, err.count("\n")) == (0, "", 1)
        assert err.endswith(f" 200 {LOG.origin} 3\n")
