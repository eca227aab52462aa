"""Payloads and CMS: what is written, and what a stranger's archive may not do."""

import hashlib
import io
import struct
import subprocess
import zipfile
from pathlib import Path

import proof_cast as cast
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from sunshine_proof.canonical import jcs
from sunshine_proof.cms import (
    CertificateError,
    CmsError,
    document_digest,
    sign_detached,
    sign_digest,
    verify_detached,
    verify_signature,
)
from sunshine_proof.payload import PayloadError, build_statement, padme, read_payload, write_payload

ROOTS = [cast.ROOT.certificate]
FORM = b'{"v":"bid-summary/1"}'
FILES = {
    "summary.json": FORM,
    "files/技术方案.txt": "正文".encode(),
    "files/附件/甲.txt": b"",
    "files/b.bin": bytes(70_000),
}


def statement(files, **change):
    fields = {"policy": "ab" * 32, "bidder": cast.BIDDER, "box_key": "cd" * 32, "seq": 1, "part": "tech"}
    return build_statement(**(fields | change), files=files)


def archive(path: Path, entries, **options) -> Path:
    """A hand-made ZIP: [(name, bytes)], statement and signature in front unless given."""
    with zipfile.ZipFile(path, "w", **options) as made:
        for name, data in entries:
            made.writestr(name, data)
    return path


def forged(path: Path, files, extra=(), listed=None) -> Path:
    text = jcs(listed if listed is not None else statement(files))
    return archive(path, [("statement.json", text), ("statement.p7s", cast.sign(text)), *files.items(), *extra])


def refused(path: Path) -> str:
    with pytest.raises(PayloadError) as caught:
        read_payload(path)
    return caught.value.code


def test_a_payload_comes_back_as_it_was_written(tmp_path):
    size = write_payload(tmp_path / "p.zip", statement(FILES), FILES, cast.sign)
    assert size == (tmp_path / "p.zip").stat().st_size == padme(size)
    with read_payload(tmp_path / "p.zip") as found:
        assert found.names == list(FILES)
        assert found.statement["bidder"] == cast.BIDDER
        assert found.form("summary.json") == {"v": "bid-summary/1"}
        assert verify_detached(found.signature, found.statement_bytes, ROOTS, cast.NOON) == cast.LI.certificate
        folder = tmp_path / "out"
        folder.mkdir()
        paths = found.extract(folder)
        assert {str(p.relative_to(folder)): p.read_bytes() for p in paths} == FILES
        for missing in ("price.json", ".pad", "statement.json"):
            with pytest.raises(PayloadError):
                found.form(missing)


def test_every_entry_is_stored_and_tells_no_time(tmp_path):
    write_payload(tmp_path / "p.zip", statement(FILES), FILES, cast.sign)
    infos = zipfile.ZipFile(tmp_path / "p.zip").infolist()
    assert [info.filename for info in infos] == ["statement.json", "statement.p7s", *FILES, ".pad"]
    assert {(info.compress_type, info.date_time) for info in infos} == {(0, (1980, 1, 1, 0, 0, 0))}
    assert b"\xe6\x8a\x80\xe6\x9c\xaf" in (tmp_path / "p.zip").read_bytes()


def test_small_payloads_all_weigh_the_same(tmp_path):
    sizes = set()
    for length in (0, 1, 500, 20_000):
        files = {"files/a": bytes(length)}
        sizes.add(write_payload(tmp_path / f"{length}.zip", statement(files), files, cast.sign))
    assert sizes == {65_536}


@given(st.integers(1, 1 << 45))
def test_a_padme_bucket_is_at_most_twelve_percent_larger_and_its_own_bucket(size):
    assert size <= padme(size) <= size * 1.12 + 1
    assert padme(padme(size)) == padme(size)


def test_a_file_that_changes_while_it_is_sealed_is_refused(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    said = statement({"files/a": path})
    path.write_bytes(b"after!")
    with pytest.raises(PayloadError, match="changed"):
        write_payload(tmp_path / "p.zip", said, {"files/a": path}, cast.sign)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


BAD_NAMES = [
    "../x",
    "files/../x",
    "/etc/passwd",
    "files/a\\b",
    "files//a",
    "files/",
    "C:/x",
    "files/c:d",
    "x",
    "files/\0a",
]
BAD_NAMES += ["files/a\nb", "statement.json", ".pad", "files", "files/" + "d/" * 20 + "x", "files/" + "x" * 2000]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leaves_its_folder_is_refused(name, tmp_path):
    with pytest.raises(PayloadError):
        statement({name: b"x"})
    listed = statement({"files/ok": b"x"})
    listed["files"][0]["name"] = name
    if name == "statement.json":
        return
    assert refused(forged(tmp_path / "z.zip", {name.replace("\0", "%"): b"x"}, listed=listed))


def test_awkward_names_cost_nobody_the_bid(tmp_path):
    names = [
        "files/ con .pdf ",
        "files/CON",
        "files/a*?.txt",
        "files/A.txt",
        "files/a.txt",
        "files/" + "长" * 200 + ".pdf",
    ]
    files = {name: name.encode() for name in names}
    write_payload(tmp_path / "p.zip", statement(files), files, cast.sign)
    (tmp_path / "out").mkdir()
    with read_payload(tmp_path / "p.zip") as found:
        assert [p.read_bytes() for p in found.extract(tmp_path / "out")] == list(files.values())


def test_a_file_that_is_also_a_folder_is_refused():
    with pytest.raises(PayloadError, match="folder"):
        statement({"files/a": b"", "files/a/b": b""})


def test_an_entry_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning):
        path = forged(tmp_path / "z.zip", {"files/a": b"x"}, extra=[("files/a", b"x")])
    assert refused(path) == "payload-names"


def test_unlisted_missing_or_changed_files_are_refused(tmp_path):
    files, said = {"files/a": b"x"}, statement({"files/a": b"x"})
    assert refused(forged(tmp_path / "1.zip", files, [("files/b", b"")])) == "statement-files"
    assert refused(forged(tmp_path / "2.zip", {}, listed=said)) == "statement-files"
    assert refused(forged(tmp_path / "3.zip", {"files/a": b"y"}, listed=said)) == "statement-files"
    assert refused(forged(tmp_path / "4.zip", {"files/a": b"xx"}, listed=said)) == "statement-files"
    assert refused(archive(tmp_path / "5.zip", [("statement.json", jcs(said)), ("files/a", b"x")])) == "payload-entry"
    assert refused(archive(tmp_path / "6.zip", [])) == "payload-entry"
    assert refused(forged(tmp_path / "7.zip", files, listed=said | {"seq": 0})) == "wrong-shape"
    assert refused(forged(tmp_path / "8.zip", files, listed=said | {"v": "bid-statement/2"})) == "statement-version"


def test_compressed_bombs_and_encrypted_entries_are_refused(tmp_path):
    path = archive(tmp_path / "z.zip", [("files/a", bytes(50_000_000))], compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    assert refused(path) == "payload-zip"
    plain = bytearray(forged(tmp_path / "e.zip", {"files/a": b"x"}).read_bytes())
    plain[6] |= 1
    (tmp_path / "e.zip").write_bytes(plain)
    assert refused(tmp_path / "e.zip") == "payload-zip"


def test_overlapping_entries_are_refused(tmp_path):
    path = forged(tmp_path / "z.zip", {"files/a": bytes(1000), "files/b": b"x"})
    data = bytearray(path.read_bytes())
    records = [at for at in range(len(data) - 4) if data[at : at + 4] == b"PK\1\2"]
    data[records[3] + 42 : records[3] + 46] = data[records[2] + 42 : records[2] + 46]
    path.write_bytes(data)
    assert refused(path) == "payload-zip"


def test_bytes_outside_the_entries_are_refused(tmp_path):
    good = forged(tmp_path / "z.zip", {"files/a": b"x"}).read_bytes()
    end = struct.unpack("<L", good[-6:-2])[0]
    for number, data in enumerate((b"#!" + good, good + b"!", good[:end] + b"!" + good[end:], good[:-1], b"", b"PK")):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        assert refused(path) == "payload-zip"
    assert refused(archive(tmp_path / "c.zip", [(f"files/{n}", b"") for n in range(2001)])) == "payload-bounds"


def test_every_flipped_byte_of_a_small_payload_is_refused_or_harmless(tmp_path):
    path = forged(tmp_path / "z.zip", {"files/a": b"x"})
    good, text = path.read_bytes(), statement({"files/a": b"x"})
    for at in range(0, len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        try:
            with read_payload(path) as found:
                # what is left are dates, attributes and the signature, which is checked by itself
                assert found.statement == text and found.open("files/a").read() == b"x"
        except PayloadError:
            pass


def test_archives_of_streaming_writers_are_read(tmp_path):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = bytearray()

        def writable(self):
            return True

        def write(self, piece):
            self.data += piece
            return len(piece)

    files, pipe = {"files/a": b"streamed"}, Pipe()
    text = jcs(statement(files))
    with zipfile.ZipFile(pipe, "w") as made:
        for name, data in [("statement.json", text), ("statement.p7s", cast.sign(text)), *files.items()]:
            made.writestr(name, data)
    assert pipe.data[6] & 8
    (tmp_path / "s.zip").write_bytes(pipe.data)
    with read_payload(tmp_path / "s.zip") as found:
        assert found.open("files/a").read() == b"streamed"
    pipe.data[pipe.data.index(b"PK\7\x08") + 8] ^= 1
    (tmp_path / "s.zip").write_bytes(pipe.data)
    assert refused(tmp_path / "s.zip") == "payload-zip"


def test_openssl_agrees_on_our_signature(tmp_path):
    (tmp_path / "data").write_bytes(b"statement")
    (tmp_path / "sig").write_bytes(cast.sign(b"statement"))
    (tmp_path / "root").write_bytes(cast.ROOT.certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-no_check_time"]
    command += ["-in", tmp_path / "sig", "-content", tmp_path / "data", "-CAfile", tmp_path / "root"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"statement"


@pytest.mark.parametrize("options", [[], [pkcs7.PKCS7Options.NoAttributes]])
def test_signatures_of_another_writer_are_read_with_and_without_attributes(options):
    from cryptography.hazmat.primitives import hashes

    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"d").add_signer(cast.LI.certificate, cast.LI.key, hashes.SHA256())
    builder = builder.add_certificate(cast.INTERMEDIATE.certificate)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, *options]
    assert verify_detached(builder.sign(Encoding.DER, options), b"d", ROOTS) == cast.LI.certificate
    with pytest.raises(CmsError):
        verify_detached(builder.sign(Encoding.DER, options), b"e", ROOTS)
    attached = builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    with pytest.raises(CmsError, match="detached"):
        verify_detached(attached, b"d", ROOTS)


def test_every_flipped_byte_of_a_signature_is_refused_or_outside_what_is_signed():
    good = cast.sign(b"data")
    accepted = 0
    for at in range(len(good)):
        try:
            verify_detached(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], b"data", ROOTS)
            accepted += 1
        except CmsError:
            pass
    # versions and optional algorithm parameters are not signed; everything that matters is
    assert accepted <= 8


def test_signatures_by_strangers_misused_certificates_and_cut_chains_are_refused():
    def code(p7s, roots=ROOTS, at=None):
        with pytest.raises(CmsError) as caught:
            verify_detached(p7s, b"data", roots, at)
        return caught.value.code

    not_for_signing = cast.issue("只能认证", cast.INTERMEDIATE, signs=False)
    no_ca = cast.issue("冒充签发者", cast.LI)
    too_deep = cast.issue("再下一级", cast.issue("多余一级", cast.INTERMEDIATE, ca=True))
    middle = cast.INTERMEDIATE.certificate
    assert code(sign_detached(b"data", cast.ZHENG.key, [cast.ZHENG.certificate])) == "no-chain"
    assert code(sign_detached(b"data", cast.LI.key, [cast.LI.certificate])) == "no-chain"
    assert code(sign_detached(b"data", not_for_signing.key, [not_for_signing.certificate, middle])) == "no-chain"
    assert code(sign_detached(b"data", no_ca.key, [no_ca.certificate, cast.LI.certificate, middle])) == "no-chain"
    assert code(sign_detached(b"data", too_deep.key, [too_deep.certificate, middle])) == "no-chain"
    assert code(cast.sign(b"data"), at=cast.END.replace(year=2031)) == "not-valid-then"
    assert code(cast.sign(b"data"), roots=[]) == "no-chain"
    assert code(cast.sign(b"other")) == "bad-signature"
    assert code(cast.sign(b"data") + b"\0") == "cms-shape"
    for rubbish in (b"", b"\x30\x00", b"\x30\x80", b"not DER", bytes(300_000)):
        assert code(rubbish) == "cms-shape"
    with pytest.raises(CmsError):
        sign_detached(b"data", cast.ZHENG.key, [cast.LI.certificate])


def test_a_document_signature_is_of_this_digest_and_this_certificate():
    digest = document_digest(hashlib.sha256(b"report").digest())
    signature = sign_digest(cast.LI.key, digest)
    verify_signature(cast.LI.certificate, digest, signature)
    other = document_digest(hashlib.sha256(b"Report").digest())
    wrong = [(cast.ZHENG.certificate, digest, signature), (cast.LI.certificate, other, signature)]
    wrong += [(cast.LI.certificate, digest, bad) for bad in (b"", signature[:-1], signature + b"\0", bytes(64))]
    wrong += [(cast.LI.certificate, digest[:-1], signature)]
    for arguments in wrong:
        with pytest.raises(CertificateError):
            verify_signature(*arguments)
