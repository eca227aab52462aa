"""A proof goes to a mailbox: what arrives can be checked, and nothing stays behind that tells who asked."""

import json
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sunshine.domain.publishing.queries import operator
from sunshine.flows import mail_proof as flow
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.outbox.models import MAX_ATTEMPTS, Parcel, deliver
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import envelope
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import handlers, sequence
from sunshine.interfaces.rehearsal import play
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.receipt import verify_receipt

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
TO = "someone@box.example"


@pytest.fixture
def lid(announced: play.Played) -> str:
    cache.clear()
    return str(play.bid(announced, announced.lots[0], announced.cast["supplier1"])["lid"]["id"])


def ask(lid: str, address: str = TO, **more: Any) -> Any:
    return Client().post(f"/check/{lid}/mail", {"address": address}, **more)


def post() -> int:
    return deliver({flow.TOPIC: handlers.HANDLERS[flow.TOPIC]}, forget=handlers.FORGET)


def test_what_arrives_can_be_checked_alone(lid: str) -> None:
    sequence.tick()
    answer = ask(lid)
    assert answer.status_code == 302 and "已交寄" in Client().get(answer["Location"]).content.decode()
    assert post() == 1
    letter = mail.outbox[-1]
    assert letter.to == [TO] and lid[:16] in letter.subject and f"/check/{lid}/" in letter.body
    carried = message_from_bytes(letter.message().as_bytes(linesep="\r\n"), policy=policy.default)
    assert max(map(len, letter.message().as_bytes().splitlines())) < 998, "SMTP takes no longer lines"
    proof, receipt = (part.get_content().decode() for part in carried.iter_attachments())  # type: ignore[attr-defined]
    assert read_event_proof(proof, log_vkey()).event["facts"]["lid"] == lid
    assert verify_receipt(json.loads(receipt), log_vkey())["lid"] == lid


def test_whoever_reads_english_gets_english(lid: str) -> None:
    sequence.tick()
    ask(lid, headers={"accept-language": "en"})
    post()
    assert "can be checked without the platform" in mail.outbox[-1].body


def everything() -> str:
    """Every text the database holds in any table that rows were written to."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select t::text from "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_database_never_holds_the_address_and_afterwards_not_even_that_somebody_asked(
    lid: str, announced: play.Played
) -> None:
    sequence.tick()
    client = Client()
    client.force_login(announced.cast["supplier1"].person, "allauth.account.auth_backends.AuthenticationBackend")
    events = Event.objects.count()
    own = announced.cast["supplier1"].person.email
    before = everything().count(own)
    assert client.post(f"/check/{lid}/mail", {"address": own}).status_code == 302
    parcel = Parcel.objects.get(topic=flow.TOPIC)
    assert set(parcel.content) == {"sealed"} and lid not in json.dumps(parcel.content)
    assert everything().count(own) == before, "beside the account itself"
    assert Event.objects.count() == events
    post()
    assert mail.outbox[-1].to == [own] and not Parcel.objects.filter(topic=flow.TOPIC).exists()
    assert everything().count(own) == before and Event.objects.count() == events


def test_a_mail_that_cannot_be_sent_is_tried_again_and_then_forgotten(
    lid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(lid).status_code == 302, "it still waits for its place in the log"
    assert post() == 0
    kept = Parcel.objects.get(topic=flow.TOPIC)
    assert kept.last_error == "LookupError", "an error's words may hold an address"
    assert flow.TOPIC not in {topic.topic for topic in operator.outbox(clock.now() + timedelta(days=1))}
    Parcel.objects.filter(pk=kept.pk).update(due_at=clock.now(), attempts=MAX_ATTEMPTS - 1)
    assert post() == 0 and not Parcel.objects.filter(topic=flow.TOPIC).exists()
    ask(lid)
    Parcel.objects.filter(topic=flow.TOPIC).update(attempts=MAX_ATTEMPTS, claimed_at=clock.now() - timedelta(hours=1))
    post()
    assert not Parcel.objects.filter(topic=flow.TOPIC).exists(), "also where the last attempt died half-way"


@pytest.mark.parametrize("address", ["", " ", "nobody", "a@b\nBcc: c@d.example", "a@b.example, c@d.example", "x" * 300])
def test_what_is_no_address_is_refused_on_the_page(lid: str, address: str) -> None:
    answer = ask(lid, address)
    assert answer.status_code == 409 and not Parcel.objects.filter(topic=flow.TOPIC).exists()
    assert "寄到我的邮箱" in answer.content.decode()


def test_unknown_records_and_reading_requests_get_nothing(lid: str) -> None:
    assert ask("0" * 64).status_code == ask("x").status_code == 404
    assert Client().get(f"/check/{lid}/mail").status_code == 405
    assert Client(enforce_csrf_checks=True).post(f"/check/{lid}/mail", {"address": TO}).status_code == 403


def test_mailboxes_are_not_flooded(lid: str, announced: play.Played) -> None:
    most = flow.BOUNDS["address"][0]
    assert [ask(lid).status_code for _ in range(most + 1)] == [302] * most + [409]
    assert ask(lid, "another@box.example").status_code == 409, "nor is one record sent everywhere"
    other = str(play.bid(announced, announced.lots[0], announced.cast["supplier2"])["lid"]["id"])
    assert ask(other, TO.upper()).status_code == 409
    assert ask(other, "another@box.example").status_code == 302


def test_a_name_does_not_go_with_it(lid: str, announced: play.Played) -> None:
    with pytest.raises(ValueError, match="nobody's name"):
        flow.mail_proof(by=announced.cast["supplier1"].actor(), lid=lid, address=TO, language="en")
    with pytest.raises(Refused):
        flow.mail_proof(by=flow.Actor(), lid="f" * 64, address=TO, language="en")


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3), st.text(max_size=8))
def test_an_envelope_opens_for_its_own_purpose_only(content: dict[str, str], purpose: str) -> None:
    sealed = envelope.seal(purpose, content)
    assert envelope.unseal(purpose, sealed) == content
    with pytest.raises(InvalidToken):
        envelope.unseal(purpose + "x", sealed)
