"""A person's own pages: inbox, organisation, certificates, keyring, the way to work."""

import base64
import json
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sunshine.domain.parties import uscc
from sunshine.domain.parties.models import Organisation
from sunshine.flows import verify_organisation
from sunshine.foundation.vault.models import Certificate
from sunshine.interfaces.rehearsal import people, play
from sunshine.interfaces.web.account.door import first_door
from sunshine_proof.keyring import BLOB_SIZE, decode_keyring, encode_keyring
from tests.cast import cast, ground  # noqa: F401  the fixtures

pytestmark = pytest.mark.django_db
PASSPHRASE = "晴天与阳光与公平 2026"
PAGES = ["", "notifications/", "organisation/", "certificates/"]


def enter(player: people.Player) -> Client:
    client = Client()
    client.force_login(player.person)
    session = client.session
    session["organisation"] = player.organisation
    session.save()
    return client


def request_pem(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "任何名字")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def send(client: Client, method: str, path: str, data: object) -> object:
    return getattr(client, method)(path, json.dumps(data), content_type="application/json")


def test_every_page_answers_for_everybody_who_is_logged_in(cast, django_assert_max_num_queries):  # noqa: F811
    zheng = people.person("郑某", "zheng@stranger.example")
    for player in (zheng, cast["officer"], cast.suppliers[0], cast.experts[0], cast["inspector"], cast["verifier"]):
        client = enter(player)
        for page in PAGES:
            with django_assert_max_num_queries(20):
                assert client.get(f"/account/{page}").status_code == 200
    for page in PAGES:
        assert Client().get(f"/account/{page}")["Location"].startswith("/accounts/login/?next=/account/")


def test_a_keyring_is_kept_for_its_owner_and_a_stale_version_is_refused(cast):  # noqa: F811
    li, zhao = cast.suppliers[:2]
    client = enter(li)
    blob = encode_keyring({"v": "keyring/1", "bids": [], "trustee": []}, PASSPHRASE)
    given = {"version": 0, "blob": base64.b64encode(blob).decode()}
    assert send(client, "put", "/account/keyring/", given).json() == {"version": 1}
    stale = send(client, "put", "/account/keyring/", given)
    assert stale.status_code == 409 and stale.json()["code"] == "keyring-stale"
    back = client.get("/account/keyring/").json()
    assert back["version"] == 1
    assert decode_keyring(base64.b64decode(back["blob"]), PASSPHRASE)["v"] == "keyring/1"
    assert enter(zhao).get("/account/keyring/").json() == {"version": 0, "blob": ""}
    assert Client().get("/account/keyring/").status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"version": 0}, "malformed"),
        ({"version": "0", "blob": ""}, "malformed"),
        ({"version": True, "blob": ""}, "malformed"),
        ({"version": 0, "blob": "%%"}, "malformed"),
        ({"version": 0, "blob": base64.b64encode(os.urandom(100)).decode()}, "keyring-size"),
        ({"version": 0, "blob": base64.b64encode(bytes(BLOB_SIZE)).decode()}, "keyring-header"),
    ],
)
def test_a_keyring_of_another_size_or_shape_is_refused(cast, body, code):  # noqa: F811
    answer = send(enter(cast.suppliers[0]), "put", "/account/keyring/", body)
    assert answer.status_code == (422 if code == "malformed" else 409) and answer.json()["code"] == code


def test_a_certificate_is_issued_to_a_key_and_bound_to_the_person_and_organisation(cast):  # noqa: F811
    li = cast.suppliers[0]
    client = enter(li)
    key = ec.generate_private_key(ec.SECP256R1())
    answer = send(client, "post", "/account/certificates/", {"csr": request_pem(key)})
    assert answer.status_code == 201 and len(answer.json()["chain"]) == 2
    row = Certificate.objects.get(public_id=answer.json()["id"])
    assert row.person_ref == li.person.public_id and row.organisation_ref == li.organisation
    assert row.public_id in client.get("/account/certificates/").content.decode()
    other = enter(cast.suppliers[1])
    again = send(other, "post", "/account/certificates/", {"csr": request_pem(key)})
    assert again.status_code == 409 and again.json()["code"] == "key-already-certified"
    assert send(client, "post", "/account/certificates/", {"csr": "x"}).json()["code"] == "csr-invalid"
    assert send(client, "post", "/account/certificates/", {}).status_code == 422
    url = f"/account/certificates/{row.public_id}/revoke/"
    assert other.get(url).status_code == 404 and other.post(url).status_code == 404
    assert client.get(url).status_code == 200 and client.post(url).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert client.get(url).status_code == 404


def test_an_unverified_organisation_gets_no_certificate(cast):  # noqa: F811
    li = people.person("李新", "li@new.example")
    people.organisation(li, "supplier", "新登记供应商有限公司", uscc.fictional("new supplier"))
    client = enter(li)
    assert "核验通过后才能办理" in client.get("/account/certificates/").content.decode()
    answer = send(
        client, "post", "/account/certificates/", {"csr": request_pem(ec.generate_private_key(ec.SECP256R1()))}
    )
    assert answer.status_code == 409 and answer.json()["code"] == "organisation-not-verified"


def test_a_refused_registration_says_why_and_can_be_sent_again(cast):  # noqa: F811
    li = people.person("李新", "li@new.example")
    organisation = people.organisation(li, "supplier", "新登记供应商有限公司", uscc.fictional("new supplier"))
    client = enter(li)
    assert "等待运营机构核验" in client.get("/account/organisation/").content.decode()
    verify_organisation.reject_organisation(organisation, by=cast["verifier"].actor(), reason="营业执照看不清")
    page = client.get("/account/organisation/").content.decode()
    assert "营业执照看不清" in page
    given = {"legal_representative": "李新", "contact_name": "李新", "contact_phone": "139"}
    bad = SimpleUploadedFile("执照.pdf", b"MZ not a pdf")
    assert client.post("/account/organisation/", given | {"licence": bad}).status_code == 422
    assert client.post("/account/organisation/", {}).status_code == 422
    good = SimpleUploadedFile("执照.pdf", b"%PDF-1.4\n%%EOF\n")
    assert client.post("/account/organisation/", given | {"licence": good}).status_code == 302
    row = Organisation.objects.get(public_id=organisation)
    assert row.stage == "registered" and row.licence is not None
    text = client.get("/account/notifications/").content.decode()
    assert "核验未通过" in text and "全部标为已读" in text
    assert client.post("/account/notifications/read/").status_code == 302
    assert "全部标为已读" not in client.get("/account/notifications/").content.decode()


def test_one_switches_only_to_ones_own_organisations(cast):  # noqa: F811
    li, zhao = cast.suppliers[:2]
    own = people.organisation(li, "supplier", "李氏第二公司", uscc.fictional("second"))
    li.organisation, second = cast.organisations["supplier1"], own
    client = enter(li)
    client.post("/account/switch/", {"membership": second, "next": "/account/organisation/"})
    assert client.session["organisation"] == second
    client.post("/account/switch/", {"membership": zhao.organisation})
    assert client.session["organisation"] == second
    answer = client.post("/account/switch/", {"membership": second, "next": "https://evil.example/"})
    assert answer["Location"] == "/work/"
    answer = client.post("/account/switch/", {"membership": second, "next": "//evil.example/account/"})
    assert answer["Location"] == "/work/"


def test_work_begins_at_the_door_of_ones_own_kind(cast):  # noqa: F811
    doors = {
        "officer": "/buyer/",
        "supplier1": "/supplier/",
        "expert1": "/expert/",
        "inspector": "/supervisor/",
        "verifier": "/operator/",
        "op_keeper": "/trustee/",
        "keeper": "/trustee/",
    }
    assert {key: first_door(cast[key].actor()) for key in doors} == doors
    assert first_door(people.person("郑某", "zheng@stranger.example").actor()) == ""


def test_a_page_number_nobody_has_is_an_empty_page_and_no_error(cast: play.Cast):  # noqa: F811
    client = enter(cast.suppliers[0])
    for page in ("0", "-1", "x", "9" * 30, "4000"):
        assert client.get(f"/account/notifications/?page={page}").status_code == 200


def test_the_account_pages_speak_english_too(cast):  # noqa: F811
    client = enter(cast.suppliers[0])
    client.cookies["django_language"] = "en"
    assert "Notifications" in client.get("/account/notifications/").content.decode()
