"""What JavaScript seals, the house's verifier, pyrage, the plain age command and openssl must be able to read."""

import base64
import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sunshine_proof.bidform import check_price
from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.cms import verify_detached
from sunshine_proof.lid import check_body, check_lid
from sunshine_proof.payload import padme, read_payload
from sunshine_proof.statement import check_name
from tests.assets.authority import Authority, pem

Run = Callable[..., Any]

SEAL = """
    const { policy, folder } = given;
    const pid = L.policy.policyId(policy);
    const pkcs8 = L.bytes.fromBase64(given.key);
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    const random = (size) => Uint8Array.from({ length: size }, (_, n) => (n * n) >>> 3);
    const box = L.lid.makeBoxKey();
    const parts = [], rescue = [];
    for (const part of policy.parts) {
      const chosen = part === "tech" ? [new File([random(given.size)], "技术方案.pdf"), new File(["甲"], "技术方案.PDF")] : [];
      const form = { v: "bid-price/1", lot: "L-1", total_fen: "100", tax_rate: "0.13",
        lines: [{ item: "1", unit_price: "0.333333", quantity: "3", attributes: {} }] };
      const forms = part === "tech" ? [] : [{ name: `${part}.json`, input: L.bytes.utf8(L.canonical.jcs(form)) }];
      const files2 = await L.payload.hashDocuments([...forms, ...L.payload.nameDocuments(chosen)]);
      const statement = L.payload.statementBytes({ policy: L.bytes.toHex(pid), bidder: given.bidder, box_key: box.key,
        seq: 1, part, files: files2 });
      const signature = await L.cms.signDetached(statement, { privateKey, certificate: given.certificate, chain: given.chain });
      const payload = await L.payload.payloadStream({ statement, signature, files: files2 });
      const out = files.openSync(`${folder}/${part}.age`, "w");
      const sealed = await L.seal.sealPart(policy, pid, part, payload.stream, async (bytes) => files.writeSync(out, bytes));
      files.closeSync(out);
      parts.push(sealed.description); rescue.push({ ...sealed.rescue, plain: payload.size });
    }
    const lid = L.lid.makeLid(pid, parts, { seq: 1, prev: "", boxSecret: box.secret });
    return { lid, rescue, identities: rescue.map(({ S }) => L.agefile.identityOf(L.bytes.fromHex(S))) };
"""
BIDDER = {"uscc": "91440101MA5TETT00X", "name": "李氏机电（虚构）有限公司"}


@pytest.fixture(scope="module")
def complete(vectors: list[Any]) -> dict[str, Any]:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    trustees = [
        {**trustee, "cert_sha256": hashlib.sha256(bytes([trustee["i"]])).hexdigest(), "sig": "AA=="}
        for trustee in vectors[2]["policy"]["trustees"]
    ]
    more = {"log_origin": "log.example", "log_vkey": encode_vkey("log.example", key), "witness_vkeys": []}
    return {**vectors[2]["policy"], "trustees": trustees, **more}


@pytest.fixture
def sealed(node: Run, complete: dict[str, Any], authority: Authority, tmp_path: Path) -> dict[str, Any]:
    key, certificate = authority.leaf("李氏机电（虚构）有限公司")
    der = base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
    given = {"key": der, "certificate": pem(certificate), "chain": authority.chain, "bidder": BIDDER, "size": 3_000_000}
    found: dict[str, Any] = node(SEAL, policy=complete, folder=str(tmp_path), **given)
    return {**found, "folder": tmp_path, "certificate": certificate}


def test_a_sealed_bid_is_whole_in_the_eyes_of_the_house_verifier(
    sealed: dict[str, Any], complete: dict[str, Any], authority: Authority
) -> None:
    check_lid(sealed["lid"], complete)
    roots = [x509.load_pem_x509_certificate(root.encode()) for root in authority.roots]
    for part, identity in zip(sealed["lid"]["parts"], sealed["identities"], strict=True):
        body = sealed["folder"] / f"{part['part']}.age"
        check_body(part, body)
        plain = body.with_suffix(".zip")
        pyrage.decrypt_file(str(body), str(plain), [pyrage.x25519.Identity.from_str(identity)])
        with read_payload(plain) as payload:
            signer = verify_detached(payload.signature, payload.statement_bytes, roots, datetime.now(UTC))
            assert signer == sealed["certificate"]
            assert payload.statement["bidder"] == BIDDER
            assert payload.statement["part"] == part["part"]
            if part["part"] == "price":
                assert check_price(payload.form("price.json")).total_matches
            if part["part"] == "tech":
                assert payload.names == ["files/技术方案.pdf", "files/技术方案 (2).PDF"]
                with payload.open("files/技术方案.pdf") as stream:
                    assert len(stream.read()) == 3_000_000


def test_the_plain_age_command_and_openssl_open_it_without_us(sealed: dict[str, Any], authority: Authority) -> None:
    folder: Path = sealed["folder"]
    (folder / "key").write_text(sealed["identities"][1] + "\n")
    (folder / "root.pem").write_text(authority.roots[0])
    subprocess.run(["age", "-d", "-i", "key", "-o", "tech.zip", "tech.age"], cwd=folder, check=True)
    subprocess.run(["python3", "-m", "zipfile", "-t", "tech.zip"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["python3", "-m", "zipfile", "-e", "tech.zip", "out"], cwd=folder, check=True)
    verify = (
        "openssl cms -verify -binary -inform DER -in out/statement.p7s -content out/statement.json -CAfile root.pem"
    )
    done = subprocess.run([*verify.split(), "-purpose", "any"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (folder / "out/statement.json").read_bytes()


def test_summary_and_price_of_every_bidder_weigh_the_same_and_tech_only_shows_its_bucket(
    sealed: dict[str, Any],
) -> None:
    plain = {secret["part"]: secret["plain"] for secret in sealed["rescue"]}
    assert plain["summary"] == plain["price"] == 65536
    assert all(padme(size) == size for size in plain.values())


def test_padme_is_the_same_in_both_languages(node: Run) -> None:
    sizes = [0, 1, 2, 3, 9, 100, 65535, 65536, 65537, 10**6 + 1, 2**31 - 1, 2**32, 2**32 + 1, 5 * 10**9 + 7, 2**40 + 1]
    assert node("return given.sizes.map(L.payload.padme);", sizes=sizes) == [padme(size) for size in sizes]


@pytest.mark.parametrize("size", [0, 2**32 - 66_000, 2**32 - 1, 2**32, 2**33 + 12345])
def test_padding_meets_its_bucket_also_where_zip64_begins(node: Run, size: int) -> None:
    found = node(
        """const entries = [{ name: "statement.json", size: 500 }, { name: "files/大.bin", size: given.size }];
           const { pad, size } = L.payload.paddingFor(entries);
           return { size, total: L.zip.zipLength([...entries, { name: ".pad", size: pad }]) };""",
        size=size,
    )
    assert found["size"] == found["total"] == padme(found["size"])


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/b\\c:d",
        "con.txt",
        "标书\u202e.pdf",
        "x\n.pdf",
        " .pdf ",
        "...",
        "",
        "长" * 300 + ".docx",
        "a" * 500,
    ],
)
def test_any_file_name_becomes_one_that_the_verifier_takes(node: Run, name: str) -> None:
    check_name("files/" + node("return L.payload.safeName(given.name);", name=name))
