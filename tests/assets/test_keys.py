"""Keyrings, certificates, signatures and trust in the trustees: JavaScript against Python's libraries."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pyrage
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding

from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.keyring import BLOB_SIZE, check_blob, decode_keyring, encode_keyring
from sunshine_proof.policy import trustee_digest
from tests.assets.authority import ISSUING, SIGNING, Authority, pem
from tests.assets.door import ORIGIN

Run = Callable[..., Any]
PASSPHRASE = "十二个字符以上的口令 correct horse"
CONTENT = {"v": "keyring/1", "bids": [{"lot": "L-1", "note": "中文"}], "trustee": []}


def test_a_keyring_of_the_browser_opens_in_python_and_has_everybodys_size(engine: Run) -> None:
    for content in (CONTENT, {"v": "keyring/1", "bids": [], "trustee": []}):
        found = engine(
            "return L.bytes.toBase64(await L.keyring.lockKeyring(given.content, given.passphrase));",
            content=content,
            passphrase=PASSPHRASE,
        )
        blob = base64.b64decode(found)
        check_blob(blob)
        assert len(blob) == BLOB_SIZE
        plain = pyrage.passphrase.decrypt(blob, PASSPHRASE)
        assert len(plain) == 262144
        assert json.loads(plain) == content == decode_keyring(blob, PASSPHRASE)


UNLOCK = """
    const blob = L.bytes.fromBase64(given.blob);
    try { return await L.keyring.unlockKeyring(blob, given.passphrase); }
    catch (failure) { return failure.code; }
"""


def test_a_keyring_of_python_opens_in_the_browser_and_only_with_its_passphrase(engine: Run) -> None:
    blob = base64.b64encode(encode_keyring(CONTENT, PASSPHRASE)).decode()
    assert engine(UNLOCK, blob=blob, passphrase=PASSPHRASE) == CONTENT
    assert engine(UNLOCK, blob=blob, passphrase=PASSPHRASE + " ") == "wrong-passphrase"


def test_a_keyring_written_by_pyrage_itself_opens_and_a_damaged_one_is_told_apart(node: Run) -> None:
    plain = json.dumps(CONTENT).encode().ljust(262144)
    blob = bytearray(pyrage.passphrase.encrypt(plain, PASSPHRASE))
    assert node(UNLOCK, blob=base64.b64encode(blob).decode(), passphrase=PASSPHRASE) == CONTENT
    blob[-5] ^= 1
    assert node(UNLOCK, blob=base64.b64encode(blob).decode(), passphrase=PASSPHRASE) == "keyring-damaged"


def test_a_full_keyring_is_refused_instead_of_growing(node: Run) -> None:
    code = node(
        """try { await L.keyring.lockKeyring({ v: "keyring/1", bids: ["x".repeat(262144)], trustee: [] }, "p"); }
           catch (failure) { return failure.code; }"""
    )
    assert code == "keyring-full"


def test_a_request_made_in_the_browser_is_a_proper_pkcs10_with_its_subject(engine: Run) -> None:
    found = engine(
        """const keys = await L.certs.makeSigningKey();
           let leaked = true;
           try { await crypto.subtle.exportKey("pkcs8", keys.privateKey); } catch { leaked = false; }
           const csr = await L.certs.makeRequest(keys, given.subject);
           const spki = L.bytes.toBase64(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
           return { csr, leaked, spki };""",
        subject=[{"CN": ["李四"]}, {"O": ["李氏机电（虚构）有限公司"]}, {"2.5.4.97": ["91440101MA5TETT00X"]}],
    )
    csr = x509.load_pem_x509_csr(found["csr"].encode())
    assert csr.is_signature_valid
    assert not found["leaked"]
    names = {attribute.oid.dotted_string: attribute.value for attribute in csr.subject}
    assert names == {"2.5.4.3": "李四", "2.5.4.10": "李氏机电（虚构）有限公司", "2.5.4.97": "91440101MA5TETT00X"}
    key = x509.load_pem_x509_csr(found["csr"].encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)


@pytest.mark.parametrize("r", [1, 127, 128, 255, 2**248 - 1, 2**255, 2**256 - 1])
@pytest.mark.parametrize("s", [1, 2**255 + 5])
def test_signatures_become_the_der_that_cryptography_writes_and_come_back(node: Run, r: int, s: int) -> None:
    raw = (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()
    der, again = node(
        """const der = L.certs.rawToDer(L.bytes.fromHex(given.raw));
           return [L.bytes.toHex(der), L.bytes.toHex(L.certs.derToRaw(der))];""",
        raw=raw,
    )
    assert der == utils.encode_dss_signature(r, s).hex()
    assert again == raw


@pytest.mark.parametrize(
    "der", ["", "30", "3006020100020100ff", "300702020001020101", "3081060201010201 01".replace(" ", "")]
)
def test_sloppy_der_is_refused(node: Run, der: str) -> None:
    code = node(
        """try { L.certs.derToRaw(L.bytes.fromHex(given.der)); return "taken"; }
           catch (failure) { return failure.code ?? failure.name; }""",
        der=der,
    )
    assert code == "bad-signature-encoding"


def test_a_document_signature_of_the_browser_verifies_in_python(engine: Run) -> None:
    digest = hashlib.sha256("合同".encode()).hexdigest()
    found = engine(
        """const keys = await L.certs.makeSigningKey();
           const signature = await L.certs.signMessage(keys.privateKey, L.certs.documentMessage(given.digest));
           return { signature: L.bytes.toBase64(signature),
                    csr: await L.certs.makeRequest(keys, [{ CN: ["x"] }]) };""",
        digest=digest,
    )
    key = x509.load_pem_x509_csr(found["csr"].encode()).public_key()
    message = hashlib.sha256(b"sunshine/1 document\n" + bytes.fromhex(digest)).digest()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(found["signature"]), message, ec.ECDSA(hashes.SHA256()))


# the vectors' policies have only what their formulas need
LOG = {"log_origin": ORIGIN, "log_vkey": encode_vkey(ORIGIN, bytes(32)), "witness_vkeys": []}


class Trustees:
    """A policy whose three trustees have signed their recipients."""

    def __init__(self, case: dict[str, Any], authority: Authority) -> None:
        self.policy = LOG | json.loads(json.dumps(case["policy"]))
        self.certificates = list(authority.chain)
        self.roots = list(authority.roots)
        self.authority = authority
        for trustee in self.policy["trustees"]:
            self.sign(trustee)

    def sign(self, trustee: dict[str, Any], **leaf: Any) -> None:
        key, certificate = self.authority.leaf(trustee["role"], **leaf)
        digest = trustee_digest(self.policy["tender"], trustee["role"], trustee["recipient"])
        trustee["sig"] = base64.b64encode(key.sign(digest, ec.ECDSA(hashes.SHA256()))).decode()
        trustee["cert_sha256"] = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        self.certificates.append(pem(certificate))

    def verify(self, run: Run) -> Any:
        return run(
            """try { return await L.policy.verifyPolicy(given.policy, { certificates: given.certificates, roots: given.roots }); }
               catch (failure) { return failure.code ?? String(failure); }""",
            policy=self.policy,
            certificates=self.certificates,
            roots=self.roots,
        )


def test_trustees_who_signed_their_keys_are_trusted_by_name(
    engine: Run, vectors: list[Any], authority: Authority
) -> None:
    found = Trustees(vectors[1], authority).verify(engine)
    assert [(each["i"], each["role"], each["name"]) for each in found] == [
        (1, "招标人", "招标人"),
        (2, "监督", "监督"),
        (3, "平台", "平台"),
    ]


def test_a_key_the_platform_slipped_in_is_noticed(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.policy["trustees"][1]["recipient"] = vectors[2]["policy"]["trustees"][0]["recipient"]
    assert trustees.verify(node) == "trustee-signature-wrong"


def test_a_role_taken_by_another_is_noticed(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.policy["trustees"][1]["role"] = "审计"
    assert trustees.verify(node) == "trustee-signature-wrong"


def test_a_certificate_of_an_unknown_root_is_refused(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.roots = Authority().roots
    assert trustees.verify(node) == "chain-untrusted"


def test_a_missing_certificate_is_refused(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.certificates.pop()
    assert trustees.verify(node) == "trustee-certificate-missing"


@pytest.mark.parametrize(
    ("unfit", "code"), [({"days": -2}, "certificate-expired"), ({"kind": ISSUING}, "chain-untrusted")]
)
def test_a_certificate_that_may_not_sign_now_is_refused(
    node: Run, vectors: list[Any], authority: Authority, unfit: dict[str, Any], code: str
) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.sign(trustees.policy["trustees"][0], **unfit)
    assert trustees.verify(node) == code


def test_a_leaf_cannot_act_as_an_authority(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    false = Authority()
    false.issuer_key, false.issuer = authority.leaf("false issuer", kind=SIGNING)
    trustees.authority = false
    trustees.certificates.append(pem(false.issuer))
    trustees.sign(trustees.policy["trustees"][0])
    assert trustees.verify(node) == "chain-untrusted"


@pytest.mark.parametrize("k", [0, 4, 1.5])
def test_a_policy_with_an_impossible_threshold_is_refused(
    node: Run, vectors: list[Any], authority: Authority, k: float
) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.policy["k"] = k
    assert trustees.verify(node) == "policy-malformed"


def test_one_key_under_two_numbers_is_refused(node: Run, vectors: list[Any], authority: Authority) -> None:
    trustees = Trustees(vectors[1], authority)
    trustees.policy["trustees"][1] = {**trustees.policy["trustees"][0], "i": 2}
    assert trustees.verify(node) == "policy-malformed"


@pytest.mark.parametrize(
    ("typed", "places", "canonical"),
    [
        ("1,234.50", 2, "1234.5"),
        ("１２．３４", 6, "12.34"),
        ("007", 0, "7"),
        (" 0.925000 ", 4, "0.925"),
        ("12,34", 2, "not-a-number"),
        ("1.2345678", 6, "too-many-decimals"),
        ("-1", 2, "not-a-number"),
        ("1e5", 2, "not-a-number"),
        ("", 2, "not-a-number"),
        ("1.", 2, "not-a-number"),
    ],
)
def test_numbers_as_people_type_them(node: Run, typed: str, places: int, canonical: str) -> None:
    found = node(
        """try { return L.decimal.canonicalDecimal(given.typed, given.places); } catch (failure) { return failure.code; }""",
        typed=typed,
        places=places,
    )
    assert found == canonical


def test_totals_are_exact_and_rounded_once(node: Run) -> None:
    lines = [{"unit_price": "0.333333", "quantity": "3"}, {"unit_price": "0.004", "quantity": "1"}] * 2
    big = [{"unit_price": "123456789012.123456", "quantity": "1000.000001"}]
    found = node(
        "return [given.lines, given.big].map((some) => L.decimal.yuan(L.decimal.totalFen(some)));", lines=lines, big=big
    )
    assert found == ["2.01", "123,456,789,135,580.25"]
