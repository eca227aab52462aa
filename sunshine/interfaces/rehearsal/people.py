"""People who play: each with an account, posts, and the keys their browser would hold. For rehearsals only."""

import base64
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sunshine.domain.parties.queries.actors import actor_of
from sunshine.flows import keep_keys, manage_members, register, sign_up, verify_organisation
from sunshine.foundation.authz import VISITOR, Actor
from sunshine.foundation.vault import certificates
from sunshine_proof.certificates import document_digest, sign_digest

PASSWORD = "yangguang-2026"
PASSPHRASE = "晴天 与 阳光 与 公平 2026"
# Who switches the platform on: verifies the operator itself, and nothing else ever again.
INSTALLER = Actor(name="installation", active=True, permissions=frozenset({"operator:organisation:verify"}))


@dataclass
class Player:
    """One person; ``actor()`` reads their rights anew, as every request does."""

    name: str
    email: str
    person: Any
    organisation: str = ""
    key: ec.EllipticCurvePrivateKey | None = None
    certificate: Any = None
    trustee_keys: dict[str, str] = field(default_factory=dict)  # project → age identity
    bids: list[dict[str, Any]] = field(default_factory=list)  # keyring/1 entries
    boxes: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)  # lot → (box secret, box-token/1)

    def actor(self) -> Actor:
        return actor_of(self.person, chosen=self.organisation)[0]

    def enrol(self) -> None:
        """Make a signing key and obtain its certificate, as <sun-enrol> does in the browser."""
        if self.key is not None:
            return
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.person.public_id)])
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self.key, hashes.SHA256())
        pem = csr.public_bytes(Encoding.PEM).decode()
        self.certificate = keep_keys.enrol_certificate(by=self.actor(), csr=pem)

    def sign(self, digest32: bytes) -> dict[str, str]:
        """{"signature", "certificate"} over 32 bytes, in the form every signing flow takes."""
        self.enrol()
        assert self.key is not None
        raw = sign_digest(self.key, digest32)
        return {"signature": base64.b64encode(raw).decode(), "certificate": self.certificate.public_id}

    def sign_document(self, sha256_hex: str) -> dict[str, str]:
        return self.sign(document_digest(bytes.fromhex(sha256_hex)))

    def chain(self) -> list[x509.Certificate]:
        """The player's certificate and the authority's above it, for CMS signatures."""
        self.enrol()
        above = [x509.load_pem_x509_certificate(pem.encode()) for pem in certificates.chain_pem()]
        return [certificates.parsed(self.certificate), *above]


def person(name: str, email: str) -> Player:
    """An account without any post yet."""
    made = sign_up.sign_up(by=VISITOR, email=email, password=PASSWORD, name=name, phone="13900000000")
    return Player(name, email, made)


def organisation(player: Player, kind: str, name: str, code: str, *, parent: str = "", **details: Any) -> str:
    """Register an organisation with ``player`` as its first member; returns its public id."""
    by = player.actor()
    details.setdefault("contact_name", player.name)
    details.setdefault("contact_phone", "020-0000-0000")
    event = register.register(by=by, kind=kind, name=name, code=code, person=player.person, parent=parent, **details)
    player.organisation = event.subject_id
    return str(event.subject_id)


def verified(organisation_id: str, by: Actor) -> None:
    verify_organisation.verify_organisation(organisation_id, by=by, evidence="营业执照与授权书原件核对一致（演练）")


def member(admin: Player, name: str, email: str, *roles: str) -> Player:
    """Another person in the administrator's organisation."""
    player = person(name, email)
    manage_members.add_member(by=admin.actor(), email=email, name=name, phone="", roles=list(roles), password=PASSWORD)
    player.organisation = admin.organisation
    return player
