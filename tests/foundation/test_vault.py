"""Certificates and signatures: issued to proved keys under vetted names, trusted by chain, refused with the reason."""

import hashlib
import stat
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.db import DatabaseError, connection, transaction

from sunshine.domain.parties.uscc import fictional
from sunshine.foundation.calendar import SHANGHAI
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates, checks, testca
from sunshine.foundation.vault.models import Certificate
from sunshine.foundation.vault.signatures import LocalVerifier, verify_document
from sunshine_proof.certificates import document_digest, sign_digest

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=SHANGHAI)
DIGEST = hashlib.sha256(b"a statement").digest()


@dataclass
class Party:
    public_id: str
    name: str
    uscc: str = ""


LI = Party("U-li00000001", "李")
ZHAO = Party("U-zhao000001", "赵")
COMPANY = Party("O-qinghe0001", "清河市云杉科技有限公司（虚构）" * 3, fictional("云杉"))


@pytest.fixture(autouse=True)
def _own_secrets(settings, tmp_path):
    settings.SECRETS = tmp_path / "secrets"
    settings.TRUSTED_CA_FILES = []


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def request_for(key, name: str = "我说我是王") -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def enrol(key, person: Party = LI, at: datetime = NOW) -> Certificate:
    return certificates.issue(request_for(key), person=person, organisation=COMPANY, at=at)


def code_of(action, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.code


def verdict(signature: bytes, certificate: Certificate, at: datetime = NOW, digest: bytes = DIGEST, person: str = ""):
    return LocalVerifier().verify(digest, signature, certificate, at=at, person=person)


@pytest.mark.django_db
def test_a_certificate_names_what_was_vetted_and_not_what_was_asked():
    row = enrol(new_key())
    leaf = certificates.parsed(row)
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "李"
    assert leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value == f"NTRCN-{COMPANY.uscc}"
    assert "TEST ONLY 仅供测试" in leaf.issuer.rfc4514_string()
    assert row.public_id.startswith("C-") and (row.person_ref, row.organisation_ref) == (
        LI.public_id,
        COMPANY.public_id,
    )


@pytest.mark.django_db
def test_the_organisation_number_may_stand_under_another_oid(settings):
    settings.ORGANISATION_OID = "1.2.156.10260.4.1.4"
    leaf = certificates.parsed(enrol(new_key()))
    assert leaf.subject.get_attributes_for_oid(x509.ObjectIdentifier("1.2.156.10260.4.1.4"))


@pytest.mark.django_db
def test_openssl_agrees_on_the_chain_and_on_the_revocation(tmp_path):
    row = enrol(new_key())
    issuing, root = certificates.chain_pem()
    for name, pem in (("leaf", row.pem), ("issuing", issuing), ("root", root)):
        (tmp_path / name).write_text(pem)
    at = str(int(NOW.timestamp()) + 60)
    command = ["openssl", "verify", "-attime", at, "-CAfile", "root", "-untrusted", "issuing"]
    good = subprocess.run([*command, "leaf"], cwd=tmp_path, capture_output=True, text=True)
    assert good.stdout == "leaf: OK\n"
    certificates.revoke(row, by="U-wang000001", at=NOW + timedelta(seconds=30))
    made = x509.load_der_x509_crl(certificates.crl(NOW + timedelta(seconds=60)))
    (tmp_path / "crl").write_bytes(made.public_bytes(Encoding.PEM))
    bad = subprocess.run(
        [*command, "-crl_check", "-CRLfile", "crl", "leaf"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "certificate revoked" in bad.stderr


@pytest.mark.django_db
def test_a_request_without_proof_of_possession_is_refused():
    good = x509.load_pem_x509_csr(request_for(new_key()).encode()).public_bytes(Encoding.DER)
    forged = x509.load_der_x509_csr(good[:-1] + bytes([good[-1] ^ 1])).public_bytes(Encoding.PEM).decode()
    weak = request_for(rsa.generate_private_key(65537, 2048))
    other_curve = request_for(ec.generate_private_key(ec.SECP384R1()))
    for bad in (forged, weak, other_curve, "", "<script>", "-----BEGIN CERTIFICATE REQUEST-----", "x" * 10_000):
        assert code_of(certificates.issue, bad, person=LI, organisation=COMPANY, at=NOW) == "csr-invalid"
    assert not Certificate.objects.exists()


@pytest.mark.django_db
def test_one_key_belongs_to_one_person_who_may_renew():
    key = new_key()
    enrol(key, LI)
    assert enrol(key, LI, NOW + timedelta(days=1)).pk
    assert code_of(enrol, key, ZHAO) == "key-already-certified"


@pytest.mark.django_db
def test_a_signature_tells_who_signed():
    key = new_key()
    row = enrol(key)
    signer = verdict(sign_digest(key, DIGEST), row, person=LI.public_id)
    assert (signer.organisation, signer.person, signer.certificate) == (COMPANY.public_id, LI.public_id, row)
    paper = hashlib.sha256(b"a contract")
    signature = sign_digest(key, document_digest(paper.digest()))
    assert verify_document(paper.hexdigest(), signature, row, at=NOW).person == LI.public_id


@pytest.mark.django_db
def test_each_way_a_signature_can_be_wrong_has_its_own_reason():
    key = new_key()
    row, good = enrol(key), sign_digest(key, DIGEST)
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    assert code_of(verdict, flipped, row) == "signature-invalid"
    assert code_of(verdict, b"", row) == "signature-invalid"
    assert code_of(verdict, good, row, digest=bytes(32)) == "signature-invalid"
    assert code_of(verdict, good, row, digest=b"short") == "signature-invalid"
    assert code_of(verdict, sign_digest(new_key(), DIGEST), row) == "signature-invalid"
    assert code_of(verdict, good, row, person=ZHAO.public_id) == "certificate-of-other-person"
    assert code_of(verdict, good, row, NOW - timedelta(days=1)) == "certificate-expired"
    assert code_of(verdict, good, row, NOW + timedelta(days=800)) == "certificate-expired"


@pytest.mark.django_db
def test_revocation_is_for_good_and_leaves_earlier_signatures_alone():
    key = new_key()
    row, good, later = enrol(key), sign_digest(key, DIGEST), NOW + timedelta(days=3)
    certificates.revoke(row, by="U-wang000001", at=later)
    assert verdict(good, row, later - timedelta(seconds=1)).person == LI.public_id
    assert code_of(verdict, good, row, later) == "certificate-revoked"
    assert code_of(certificates.revoke, row, by="U-wang000001", at=later) == "certificate-revoked"
    assert certificates.of_person(LI.public_id, at=NOW) == [row]
    assert certificates.of_person(LI.public_id, at=later) == []


@pytest.mark.django_db
def test_a_certificate_of_another_authority_is_not_trusted_until_it_is_pinned(settings, tmp_path):
    key = new_key()
    row, good = enrol(key), sign_digest(key, DIGEST)
    foreign = certificates.chain_pem()
    settings.SECRETS = tmp_path / "another installation"
    assert code_of(verdict, good, row) == "certificate-not-trusted"
    pinned = tmp_path / "roots.pem"
    pinned.write_text("".join(foreign))
    settings.TRUSTED_CA_FILES = [str(pinned)]
    assert verdict(good, row).person == LI.public_id
    assert len(certificates.roots_pem()) == 2


@pytest.mark.django_db
def test_certificates_are_found_by_id_and_by_their_bytes():
    row = enrol(new_key())
    assert certificates.find(row.public_id) == row
    assert certificates.find_by_der(certificates.parsed(row).public_bytes(Encoding.DER)) == row
    assert code_of(certificates.find, "C-0000000000") == "certificate-unknown"
    assert code_of(certificates.find_by_der, b"") == "certificate-unknown"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forgery",
    [
        "update vault_certificate set person_ref = 'U-zheng00001'",
        "update vault_certificate set revoked_at = null, revoked_by = null",
        "update vault_certificate set revoked_at = revoked_at + interval '1 day'",
        "delete from vault_certificate",
    ],
)
def test_the_database_lets_a_certificate_change_only_by_one_revocation(forgery):
    certificates.revoke(enrol(new_key()), by="U-wang000001", at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(forgery)


def test_the_ca_is_made_once_and_its_keys_are_for_the_server_only(settings):
    first = testca.load()
    testca._load.cache_clear()
    again = testca.load()
    assert (again.root, again.issuing) == (first.root, first.issuing)
    folder = settings.SECRETS / "testca"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.django_db
def test_production_has_no_test_ca_and_says_so_at_the_start(settings):
    settings.REHEARSAL = False
    assert code_of(enrol, new_key()) == "test-ca-off"
    assert [error.id for error in checks.certificates_can_be_trusted(None)] == ["vault.E002"]
    settings.TRUSTED_CA_FILES = ["/nowhere/roots.pem"]
    assert [error.id for error in checks.certificates_can_be_trusted(None)] == ["vault.E001"]
