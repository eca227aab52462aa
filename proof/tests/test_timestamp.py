"""Timestamps: what OpenSSL makes is understood, what we make OpenSSL understands, and nothing forged passes."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from timestamp_cast import AT, TEXT, Authority, authority, openssl, openssl_reply

from sunshine_proof.checkpoint import encode_vkey, sign_note
from sunshine_proof.cli.verify import main
from sunshine_proof.timestamp import (
    TimestampError,
    build_request,
    read_request,
    response_of,
    sign_token,
    token_of,
    verify_token,
)

with_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="NOT CHECKED AGAINST OPENSSL: there is no openssl on this machine"
)
OURS = authority()
TOKEN = OURS.token()


def refused(code: str, token: bytes, text: str = TEXT, by: Authority = OURS, nonce: int | None = None) -> None:
    with pytest.raises(TimestampError) as found:
        verify_token(token, text, [by.root], nonce)
    assert found.value.code == code, found.value


def test_a_token_says_when_by_whom_and_of_what() -> None:
    said = verify_token(OURS.token(), TEXT, [authority().root, OURS.root], 7)
    assert (said.at, said.authority, said.serial, said.policy) == (AT, "Test Time Authority", 1, "1.2.3.4.1")


@with_openssl
def test_openssl_accepts_our_token_and_no_other_text(tmp_path: Path) -> None:
    OURS.save(tmp_path)
    (tmp_path / "a.tsr").write_bytes(response_of(OURS.token()))
    (tmp_path / "text").write_text(TEXT)
    (tmp_path / "other").write_text(TEXT + "\n")
    check = ["ts", "-verify", "-in", "a.tsr", "-CAfile", "root.pem", "-attime", str(int(AT.timestamp()))]
    assert openssl(tmp_path, *check, "-data", "text").returncode == 0
    assert openssl(tmp_path, *check, "-data", "other").returncode != 0


@with_openssl
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_openssl_stamps_we_accept_and_no_other_text(tmp_path: Path, kind: str) -> None:
    roots = _openssl_authority(tmp_path, kind)
    token = token_of(openssl_reply(tmp_path, build_request(TEXT, 99)))
    said = verify_token(token, TEXT, roots, 99)
    assert abs(said.at - datetime.now(UTC)) < timedelta(minutes=1)
    for nonce, text, code in ((98, TEXT, "timestamp-nonce"), (99, TEXT + "x", "timestamp-message")):
        with pytest.raises(TimestampError, match=code):
            verify_token(token, text, roots, nonce)


def _openssl_authority(folder: Path, kind: str) -> list:
    """Root and authority made by OpenSSL alone."""
    from cryptography import x509

    new = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "rsa": ["-newkey", "rsa:2048"]}[kind]
    above = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]
    (folder / "e.cnf").write_text("extendedKeyUsage = critical,timeStamping\n")
    for arguments in (
        ["req", "-x509", *new, "-nodes", "-subj", "/CN=R", "-keyout", "root.key", "-out", "root.pem", "-days", "9"],
        ["req", *new, "-nodes", "-subj", "/CN=T", "-keyout", "tsa.key", "-out", "tsa.csr"],
        ["x509", "-req", "-in", "tsa.csr", *above, "-days", "8", "-extfile", "e.cnf", "-out", "tsa.pem"],
    ):
        done = openssl(folder, *arguments)
        assert done.returncode == 0, done.stderr
    return [x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())]


def test_another_text_another_nonce_and_another_root_are_refused() -> None:
    refused("timestamp-message", OURS.token("another\n"))
    refused("timestamp-nonce", OURS.token(nonce=8), nonce=7)
    refused("no-chain", OURS.token(), by=authority())


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (authority((ExtendedKeyUsageOID.CLIENT_AUTH,)), "timestamp-purpose"),
        (authority((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)), "timestamp-purpose"),
        (authority(critical=False), "timestamp-purpose"),
        (authority(()), "timestamp-purpose"),
        (replace(authority(days=1), at=AT + timedelta(days=2)), "not-valid-then"),
        (replace(authority(days=1), at=AT - timedelta(days=2)), "not-valid-then"),
    ],
)
def test_a_certificate_for_something_else_or_of_another_time_is_refused(made: Authority, code: str) -> None:
    refused(code, made.token(), by=made)


def test_an_expired_certificate_does_not_spoil_what_it_stamped_before() -> None:
    old = authority(days=1)
    assert verify_token(old.token(), TEXT, [old.root]).at == AT


def test_a_certificate_put_in_the_place_of_the_signers_is_refused() -> None:
    """Same key, same name, same number even: the signed attributes name the one that was there."""
    other = authority()
    asked = read_request(build_request(TEXT, 7))
    token = sign_token(asked, OURS.key, [other.certificate, other.root], at=AT, serial=1, policy="1.2.3")
    refused("timestamp-signature", token, by=other)


@pytest.mark.parametrize("origin", ["log.example.test", "rehearsal.example.test"])
def test_the_program_says_when_the_log_had_its_entries_and_names_rehearsals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], origin: str
) -> None:
    key = Ed25519PrivateKey.generate()
    text = TEXT.replace("log.example.test", origin)
    vkey = encode_vkey(origin, key.public_key().public_bytes_raw())
    OURS.save(tmp_path)
    (tmp_path / "a.note").write_text(sign_note(text, origin, key))
    (tmp_path / "a.tsr").write_bytes(response_of(OURS.token(text)))
    call = ["stamp", *(str(tmp_path / "a.tsr"), "--note", str(tmp_path / "a.note")), "--key", vkey, "--roots"]
    assert main([*call, str(tmp_path / "root.pem")]) == 0
    said = capsys.readouterr().out
    assert "2026-11-23T09:30:00+00:00" in said and ("REHEARSAL" in said) == origin.startswith("rehearsal.")
    assert main([*call, str(tmp_path / "a.note")]) == 1
    (tmp_path / "a.tsr").write_bytes(response_of(OURS.token("another\n")))
    assert main([*call, str(tmp_path / "root.pem")]) == 1
    assert "not about this checkpoint" in capsys.readouterr().out


# a certificate bent so that its number is negative is read with a warning, and refused
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_altered_byte_never_gives_another_answer(data: st.DataObject) -> None:
    token = bytearray(TOKEN)
    at = data.draw(st.integers(0, len(token) - 1))
    token[at] ^= data.draw(st.integers(1, 255))
    try:
        found = verify_token(bytes(token), TEXT, [OURS.root], 7)
    except TimestampError:
        return
    assert found == verify_token(TOKEN, TEXT, [OURS.root]), "only bytes that say nothing may differ"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.integers(0, 2000).map(lambda n: TOKEN[:n]), st.just(TOKEN + b"\0")))
def test_anything_else_is_a_refusal(data: bytes) -> None:
    for read in (token_of, read_request, lambda one: verify_token(one, TEXT, [OURS.root])):
        if data != TOKEN:
            with pytest.raises(TimestampError):
                read(data)


def test_a_refusing_authority_is_told_from_a_broken_one() -> None:
    assert token_of(response_of(TOKEN)) == TOKEN
    with pytest.raises(TimestampError, match="timestamp-refused"):
        token_of(bytes.fromhex("30053003020102"))
    with pytest.raises(TimestampError, match="timestamp-shape"):
        token_of(b"<html>")
    with pytest.raises(TimestampError, match="timestamp-shape"):
        token_of(response_of(TOKEN) + b" " * 70_000)
