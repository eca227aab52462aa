"""Bid packages and key files in both languages: what one writes the other reads, and what one refuses so does the other."""

import base64
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from sunshine_proof.bidpackage import open_package, write_package
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import build_lid, new_box_secret
from sunshine_proof.signer import read_signer
from tests.assets.authority import Authority, pem

Run = Callable[..., Any]

WRITE = """
    const chunks = [];
    const sink = {
      write: async (bytes) => void chunks.push(bytes.slice()),
      placeholder: async (bytes) => chunks.push(bytes) - 1,
      replace: async (place, bytes) => void (chunks[place] = bytes),
    };
    const writer = new L.bidpackage.PackageWriter(sink);
    for (const { part } of given.lid.parts) {
      const bytes = new Uint8Array(files.readFileSync(`${given.folder}/${part}.age`));
      await writer.body(part, bytes.length, async (write) => {
        for (let at = 0; at < bytes.length; at += 10000) await write(bytes.subarray(at, at + 10000));
      });
    }
    await writer.finish(given.lid);
    files.writeFileSync(given.out, L.bytes.concat(...chunks));
"""
READ = """
    const blob = new Blob([files.readFileSync(given.path)]);
    try {
      const found = await L.bidpackage.openPackage(blob);
      const pid = L.bytes.fromHex(found.lid.policy);
      await L.bidpackage.checkPackage(found, { parts: (found.lid.parts ?? []).map(({ part }) => part) }, pid, found.lid.policy);
      return { id: found.lid.id, parts: [...found.bodies.keys()] };
    } catch (failure) { return { code: failure.code ?? String(failure) }; }
"""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Bodies and a lid over them; of the shape a package needs, with shares nobody looks at here."""
    import hashlib

    from sunshine_proof.agefile import encrypt_file, new_secret, recipient_of

    folder, parts = tmp_path_factory.mktemp("sealed"), []
    for part, size in (("summary", 70_000), ("tech", 300_000), ("price", 0)):
        (folder / part).write_bytes(bytes(size))
        written = encrypt_file(folder / part, folder / f"{part}.age", recipient_of(new_secret()))
        parts.append({"part": part, "size": written.size, "sha256": written.sha256})
        assert hashlib.sha256((folder / f"{part}.age").read_bytes()).hexdigest() == written.sha256
    return folder, build_lid({"v": "any"}, parts, 1, "", new_box_secret())


@pytest.fixture
def package(sealed: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    folder, lid = sealed
    write_package(tmp_path / "py.zip", lid, {part["part"]: folder / f"{part['part']}.age" for part in lid["parts"]})
    return tmp_path / "py.zip"


def test_a_package_written_in_javascript_reads_in_python_and_the_other_way(
    node: Run, sealed: tuple[Path, dict[str, Any]], package: Path, tmp_path: Path
) -> None:
    folder, lid = sealed
    node(WRITE, lid=lid, folder=str(folder), out=str(tmp_path / "js.zip"))
    with open_package(tmp_path / "js.zip") as found:
        found.check_bodies()
        assert found.record == lid
    assert node(READ, path=str(package)) == {"id": lid["id"], "parts": ["summary", "tech", "price"]}
    for one, other in zip(_entries(package), _entries(tmp_path / "js.zip"), strict=True):
        assert one == other


def _entries(path: Path) -> list[tuple[str, int, int]]:
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, info.file_size, info.CRC) for info in archive.infolist()]


def test_both_languages_refuse_the_same_damaged_packages(node: Run, package: Path, tmp_path: Path) -> None:
    chance, whole = random.Random(7), package.read_bytes()
    cases = []
    for n in range(60):
        data = bytearray(whole)
        if n % 3 == 0:
            del data[chance.randrange(len(data)) :]
        elif n % 3 == 1:
            data[chance.randrange(len(data) - 1500, len(data))] ^= 1 << chance.randrange(8)
        else:
            at = chance.randrange(len(data))
            data[at:at] = b"x"
        path = tmp_path / f"{n}.zip"
        path.write_bytes(data)
        cases.append(path)
    script = READ.replace("given.path", "path")
    found = node(
        "const all = []; for (const path of given.paths) all.push(await (async () => {" + script + "})()); return all;",
        paths=[str(path) for path in cases],
    )
    for path, theirs in zip(cases, found, strict=True):
        assert ("code" not in theirs) == _python_takes(path), (path.name, theirs)


def _python_takes(path: Path) -> bool:
    try:
        with open_package(path) as found:
            found.check_bodies()
            return True
    except ProofError:
        return False


@pytest.mark.parametrize("lock", ["", "correct horse battery", "口令口令口令口令口令口令"])
def test_a_key_file_written_in_python_signs_in_javascript(node: Run, authority: Authority, lock: str) -> None:
    key, certificate = authority.leaf("李氏机电")
    kind = BestAvailableEncryption(lock.encode()) if lock else NoEncryption()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kind).decode() + pem(certificate) + authority.chain[0]
    found = node(
        """const signer = await L.signerfile.readSigner(given.text, given.lock);
           const sig = await L.certs.signMessage(signer.keys.privateKey, L.bytes.utf8("said"));
           let leaks = true;
           try { await crypto.subtle.exportKey("pkcs8", signer.keys.privateKey); } catch { leaks = false; }
           return { sig: L.bytes.toBase64(sig), name: signer.name, chain: signer.chain.length, leaks };""",
        text=text,
        lock=lock,
    )
    from cryptography.hazmat.primitives import hashes

    key.public_key().verify(base64.b64decode(found["sig"]), b"said", ec.ECDSA(hashes.SHA256()))
    assert found["name"] == "李氏机电" and found["chain"] == 1 and not found["leaks"]


def test_a_key_file_written_in_javascript_opens_in_python(node: Run, authority: Authority, tmp_path: Path) -> None:
    made = node("return L.signerfile.makeSigner('correct horse battery', [{ CN: ['李四'] }, { O: ['李氏机电'] }]);")
    path = tmp_path / "key.pem"
    path.write_text(made["key"] + pem(authority.enrol(made["request"])))
    assert read_signer([path], "correct horse battery").name == "李四"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "signer-file"),
        ("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", "signer-file"),
        ("-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----", "signer-file"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----", "signer-file"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n/////////w==\n-----END ENCRYPTED PRIVATE KEY-----", "signer-file"),
    ],
)
def test_what_is_no_key_has_its_code_in_javascript(node: Run, text: str, code: str) -> None:
    said = (
        "try { await L.signerfile.readSigner(given.text, 'x'); return ''; } catch (e) { return e.code ?? String(e); }"
    )
    assert node(said, text=text) == code


def test_javascript_takes_and_refuses_the_packages_of_the_shared_vectors(node: Run, tmp_path: Path) -> None:
    cases = json.loads((Path(__file__).parents[2] / "proof/vectors/bid-package-1.json").read_text())["cases"]
    paths = [tmp_path / f"{n}.zip" for n in range(len(cases))]
    for path, case in zip(paths, cases, strict=True):
        path.write_bytes(base64.b64decode(case["package"]))
    body = "const all = []; for (const path of given.paths) all.push(await (async () => {"
    found = node(body + READ.replace("given.path", "path") + "})()); return all;", paths=[str(path) for path in paths])
    names = {"lid-signature": "lid-forged", "lid-id": "lid-forged"}
    for case, theirs in zip(cases, found, strict=True):
        if "lid" in case:
            assert theirs == {"id": case["lid"], "parts": case["parts"]}, case["name"]
        else:
            assert theirs == {"code": names.get(case["refused"], case["refused"])}, case["name"]
