"""The log's side: what it believes of a witness's answer, and how long it waits for one."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from witness_cast import HOST, NAME, Log, call, serving, url_of

from sunshine_proof.checkpoint import COSIGNATURE, encode_vkey, sign_note, split_note
from sunshine_proof.cli.witnessfile import make_key
from sunshine_proof.cosignature import cosign, merge, signature_line, verify_cosignature
from sunshine_proof.witness import parse_request
from sunshine_proof.witnessclient import add_checkpoint

pytestmark = pytest.mark.whole

LOG = Log()
KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
VKEY = encode_vkey(NAME, KEY.public_key().public_bytes_raw(), COSIGNATURE)
AT = 1_804_000_000


def signed(size: int = 20, key: Ed25519PrivateKey = KEY, name: str = NAME, at: int = AT) -> str:
    return cosign(split_note(LOG.note(size))[0], name, key, at)


def http(status: int, body: str | bytes = b"", kind: str = "text/plain", *, length: int | None = None) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    size = len(raw) if length is None else length
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n".encode() + raw


def size(text: str) -> bytes:
    return http(409, text, "text/x.tlog.size")


class Scripted:
    """A server that answers its connections with these bytes, one after the other, and keeps what it was sent."""

    def __init__(self, *answers: bytes, drip: bytes = b"", context: ssl.SSLContext | None = None, silent: bool = False):
        self.answers, self.drip, self.context, self.silent = answers, drip, context, silent
        self.asked: list[bytes] = []
        self.line = socket.create_server((HOST, 0))
        self.line.settimeout(0.05)
        self.url = f"{'https' if context else 'http'}://{HOST}:{self.line.getsockname()[1]}"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)
        self.line.close()
        assert not self.thread.is_alive()

    def work(self):
        left = list(self.answers)
        while left and not self.over.is_set():
            with suppress(OSError), self.line.accept()[0] as line:
                line.settimeout(5)
                self.converse(line, left.pop(0))

    def converse(self, line, answer):
        if self.silent:
            self.over.wait(10)
            return
        if self.context:
            line = self.context.wrap_socket(line, server_side=True)
        with line:
            said = b""
            while (head := said.partition(b"\r\n\r\n"))[1] == b"" or len(head[2]) < length_of(head[0]):
                said += line.recv(65_536)
            self.asked.append(said)
            line.sendall(answer)
            while self.drip and not self.over.wait(0.05):
                line.sendall(self.drip)


def length_of(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


def ask(*answers: bytes, old: int = 0, new: int = 20, timeout: float = 5, **more):
    with Scripted(*answers, **more) as server:
        return LOG.submit(server.url, VKEY, old, new, timeout), server.asked


def test_a_line_is_believed_when_it_verifies_and_lines_of_others_are_left_out():
    others = signed(key=STRANGER) + signed(key=STRANGER, name="witness.other.test") + "— grease Ym9ndXM=\n"
    for body in (signed(), signed() + others, others + signed()):
        found, _ = ask(http(200, body))
        assert (found.state, found.line, found.time, found.size) == ("cosigned", signed(), AT, 20)
        assert verify_cosignature(merge(LOG.note(20), [found.line]), VKEY) == AT
    found, _ = ask(http(200, signed(at=AT + 1) + signed(at=AT + 2) + signed()))
    assert (found.line, found.time) == (signed(at=AT + 2), AT + 2)


def test_what_was_asked_is_what_the_specification_asks_for():
    _, (asked,) = ask(http(200, signed()), old=5)
    head, _, body = asked.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /add-checkpoint HTTP/1.1\r\n")
    assert body == LOG.request(5, 20) and parse_request(body).old == 5


def test_a_200_without_the_witnesss_own_word_on_our_text_is_a_lie():
    ours, raw = signed(), split_note(LOG.note(20) + signed())[1][1][1]
    text = split_note(LOG.note(20))[0]
    smuggled = cosign_any(f"{text}\nx\n")
    bodies = [
        "", "\n", "ok", ours[:-1], ours + "x", ours + "\n", "\n" + ours, ours.replace("— ", "- "), ours * 3 + "— x y\n",
        signed(19), signed(key=STRANGER), signed(name="witness.other.test"), ours + signed(19), f"x\n\n{smuggled}",
        signed(19) + ours, ours.encode()[:-2] + b"\xff\n", b"\x00" * 50, LOG.note(20), LOG.note(20) + ours,
        sign_note(text, NAME, KEY).rpartition("\n\n")[2], ours.replace(ours.split(" ")[2][:6], "AAAAAA"),
    ]  # fmt: skip
    assert len(raw) == 76
    for body in bodies:
        found, _ = ask(http(200, body))
        assert (found.state, found.code, found.line, found.time) == ("lying", "witness-signature", "", None), body
        assert found.detail.isprintable()


def cosign_any(text: str) -> str:
    """A line over any text at all, as a witness that wants to deceive could make it."""
    line = signed()
    raw = split_note(LOG.note(20) + line)[1][1][1]
    signature = KEY.sign(f"cosignature/v1\ntime {AT}\n{text}".encode())
    return signature_line(NAME, raw[:12] + signature)


def test_the_size_a_witness_names_is_tried_once_with_a_proof_from_there():
    found, asked = ask(size("8\n"), http(200, signed()))
    assert found.state == "cosigned"
    assert [request.partition(b"\r\n\r\n")[2] for request in asked] == [LOG.request(0, 20), LOG.request(8, 20)]
    found, asked = ask(size("0\n"), http(200, signed()), old=5)
    assert found.state == "cosigned" and asked[1].endswith(LOG.request(0, 20))
    found, asked = ask(size("20\n"), http(200, signed()))
    assert found.state == "cosigned" and asked[1].endswith(LOG.request(20, 20))
    # another program of ours was faster, twice: next time
    found, asked = ask(size("8\n"), size("9\n"), http(200, signed()))
    assert (found.state, found.code, found.size, len(asked)) == ("behind", "witness-behind", 9, 2)


def test_a_witness_that_saw_more_than_we_have_raises_an_alarm():
    for answers in ([size("21\n")], [size("8\n"), size("9999999999999999999\n")]):
        found, _ = ask(*answers)
        assert (found.state, found.code) == ("refused", "witness-ahead") and found.size > 20


def test_a_409_that_names_no_other_size_is_a_lie():
    for text in (
        "0\n",
        "",
        "\n",
        "8",
        "08\n",
        "8\n8\n",
        " 8\n",
        "-8\n",
        "8\r\n",
        "+8\n",
        "٣\n",
        "1" * 20 + "\n",
        "x\n",
    ):
        found, _ = ask(size(text))
        assert (found.state, found.code) == ("lying", "witness-answer"), text
    assert ask(size("8\n"), size("8\n"))[0].state == "lying"


def test_every_refusal_has_its_name():
    cases = [
        (http(400), "refused", "witness-bad-request"), (http(403), "refused", "witness-forbidden"),
        (http(404), "refused", "witness-unknown-log"), (http(409, "8\n"), "refused", "witness-conflict"),
        (http(422), "refused", "witness-inconsistent"), (http(204), "refused", "witness-status"),
        (http(500), "unreachable", "witness-failed"), (http(503), "unreachable", "witness-failed"),
        (http(429), "unreachable", "witness-failed"), (http(418), "refused", "witness-status"),
        (b"HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "refused", "witness-status"),
    ]  # fmt: skip
    for answer, state, code in cases:
        found, asked = ask(answer)
        assert (found.state, found.code, len(asked)) == (state, code, 1)
    # another root of the size it has seen: 422 today, 409 in v1.0.0
    for answer in (http(422), http(409), size("20\n"), http(409, "other root")):
        assert ask(answer, old=20)[0].code == "witness-inconsistent"


def test_answers_that_are_no_http_or_not_whole_are_no_answers():
    cut = http(200, signed(), length=4000)
    endings = [b"", b"HTTP", b"SSH-2.0-x\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/1.1 200\r\n", cut, cut[:70]]
    endings += [b"HTTP/1.1 200 X\r\n" + b"a: b\r\n" * 300 + b"\r\n", b"HTTP/1.1 200 X\r\na: " + b"b" * 70_000]
    endings += [b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", b"HTTP/1.1 x X\r\n\r\n", b"\r\n\r\n"]
    for answer in endings:
        found, _ = ask(answer)
        assert (found.state, found.code) == ("unreachable", "witness-unreachable"), answer[:40]


def test_an_answer_longer_than_any_is_not_read_to_its_end():
    for answer in (
        http(200, signed() * 3000),
        http(200, b"x" * 65_537),
        http(409, b"1" * 65_537),
        http(200, length=10**15),
    ):
        drip = b"x" * 65_536 if len(answer) < 200 else b""
        assert ask(answer, drip=drip)[0].state == "lying"
    with Scripted(http(200, signed())) as server:
        assert LOG.submit(server.url, VKEY, 0, 20, limit=20).code == "witness-answer"


@pytest.mark.parametrize(
    "begun",
    [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 X\r\n", b"HTTP/1.1 200 X\r\n\r\n", http(200, length=60_000)],
)
def test_a_witness_that_drips_has_one_deadline(begun):
    begin = time.monotonic()
    found, _ = ask(begun, drip=b"a", timeout=0.6)
    assert found.state == "unreachable" and 0.4 < time.monotonic() - begin < 3
    assert ask(begun, drip=b"a\n", timeout=0.6)[0].state == "unreachable"
    # the second question does not begin a second time
    begin = time.monotonic()
    found, _ = ask(size("8\n"), begun, drip=b"a", timeout=0.6)
    assert time.monotonic() - begin < 3


def test_a_witness_that_says_nothing_has_one_deadline_also_under_tls():
    for scheme in ("http", "https"):
        with Scripted(b"", silent=True) as server:
            begin = time.monotonic()
            found = LOG.submit(server.url.replace("http", scheme), VKEY, 0, 20, timeout=0.5)
            assert found.state == "unreachable" and 0.3 < time.monotonic() - begin < 3
    assert threading.active_count() < 20


@contextmanager
def no_one():
    with socket.create_server((HOST, 0)) as line:
        port = line.getsockname()[1]
    yield f"http://{HOST}:{port}"


def test_addresses_that_lead_nowhere_are_no_answers():
    with no_one() as closed:
        urls = [closed, "", "nonsense", "ftp://x/", "http://", "http:///x", "file:///etc/passwd", "http://127.0.0.1:x/"]
        urls += ["http://127.0.0.1:99999/", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/\r\nx", "http://[::1", "//x"]
        urls += [
            "http://127.0.0.1:1/?q",
            "http://127.0.0.1:1/#f",
            "http://" + "a" * 300 + "/",
            "http://127.0.0.1\ud800/",
        ]
        urls += ["http://127.0.0.1:1/\u4e2d", "http://127.0.0.1:1/\x00", "http://127.0.0.1:-1/"]
        for url in urls:
            found = LOG.submit(url, VKEY, 0, 20, timeout=2)
            assert (found.state, found.code) == ("unreachable", "witness-unreachable"), url
            assert found.detail.isascii()
    for timeout in (0, -1):
        with Scripted() as server:
            assert LOG.submit(server.url, VKEY, 0, 20, timeout=timeout).state == "unreachable"


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    with no_one() as closed, Scripted(http(200, signed())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, closed)
        assert LOG.submit(f"{server.url}/", VKEY, 0, 20).state == "cosigned"


def test_a_prefix_of_the_address_is_kept():
    for prefix in ("/w/one", "/w/one/"):
        with Scripted(http(200, signed())) as server:
            assert LOG.submit(server.url + prefix, VKEY, 0, 20).state == "cosigned"
            assert server.asked[0].startswith(b"POST /w/one/add-checkpoint HTTP/1.1\r\n")


def test_what_is_wrong_with_us_is_not_sent():
    def proof(old, new):
        raise AssertionError("not asked for")

    def add(**change):
        given = {"url": "http://127.0.0.1:1", "witness_vkey": VKEY, "log_origin": LOG.origin, "old_size": 0,
                 "prove": proof, "checkpoint_note": LOG.note(20), "timeout": 2}  # fmt: skip
        return add_checkpoint(**{**given, **change})

    cases = [
        ({"witness_vkey": "x"}, "note-key"), ({"witness_vkey": LOG.vkey}, "note-key"),
        ({"log_origin": "x"}, "checkpoint"),
        ({"checkpoint_note": "x"}, "note-text"), ({"checkpoint_note": "a\n\n— b Ym9ndXM=\n"}, "checkpoint"),
        ({"checkpoint_note": LOG.note(20) + f"— x {'A' * 70_000}\n"}, "witness-request"),
        ({"checkpoint_note": LOG.note(20).replace("— log", "— \ud800")}, "note-text"),
    ]  # fmt: skip
    for change, code in cases:
        found = add(**change)
        assert (found.state, found.code) == ("unreachable", code) and "nothing was sent" in found.detail
    found = add(old_size=5)
    assert (found.state, found.code, found.size) == ("behind", "no-proof", 5) and "AssertionError" in found.detail
    found = add(old_size=5, prove=lambda old, new: [b"short"])
    assert (found.state, found.code) == ("unreachable", "witness-request")
    found = add(old_size=5, prove=lambda old, new: [bytes(32)] * 64)
    assert (found.state, found.code) == ("unreachable", "witness-request")


@given(st.binary(max_size=200), st.sampled_from([200, 409]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_answer_makes_the_client_stumble(noise, status):
    for answer in (noise, http(status, noise, "text/x.tlog.size")):
        found, _ = ask(answer, timeout=2)
        assert found.state in ("unreachable", "lying", "refused", "behind") and found.line == ""


def certificate(folder) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "witness")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "witness.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return str(path)


def test_tls_is_spoken_with_certificates_that_are_trusted_and_no_others(tmp_path, monkeypatch):
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    assert ask(http(200, signed()), context=context)[0].state == "unreachable"
    monkeypatch.setenv("SSL_CERT_FILE", path)
    assert ask(http(200, signed()), context=context)[0].line == signed()
    begin = time.monotonic()
    assert ask(http(200, length=60_000), context=context, drip=b"a", timeout=0.6)[0].state == "unreachable"
    assert time.monotonic() - begin < 3
    # a name that the certificate does not have
    with Scripted(http(200, signed()), context=context) as server:
        assert LOG.submit(server.url.replace(HOST, "localhost"), VKEY, 0, 20, timeout=2).state == "unreachable"


def test_a_witness_lost_in_its_past_is_brought_forward_again(tmp_path):
    # its file came back from a copy: the client proves from what it names; that it went back is seen by its size
    file = tmp_path / "witness.json"
    vkey = make_key(file, NAME)
    with serving(file, LOG) as server:
        assert LOG.submit(url_of(server), vkey, 0, 5).state == "cosigned"
        copy = file.read_bytes()
        assert LOG.submit(url_of(server), vkey, 5, 50).state == "cosigned"
    file.write_bytes(copy)
    with serving(file, LOG) as server:
        assert call(server.server_port, "POST", "/add-checkpoint", LOG.request(50, 60))[2] == "5\n"
        assert LOG.submit(url_of(server), vkey, 50, 60).state == "cosigned"
