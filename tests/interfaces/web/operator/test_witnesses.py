"""Naming witnesses, ending them, settling alarms: on the operator's pages."""

import pytest
from django.test import Client

from sunshine.flows import watch_log
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.tlog.models import LogAlarm, Witness
from sunshine.interfaces.rehearsal import play
from sunshine_proof.checkpoint import COSIGNATURE, encode_vkey

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
GOOD = {
    "office": "云岭市招标投标协会（虚构）",
    "vkey": encode_vkey("witness.example", b"\2" * 32, COSIGNATURE),
    "url": "https://witness.example/",
}


@pytest.fixture
def operator(cast: play.Cast) -> Client:
    client = Client()
    client.force_login(cast["verifier"].person, BACKEND)
    return client


def test_the_first_witness_is_named_on_an_empty_page(operator: Client, django_assert_max_num_queries) -> None:
    assert "还没有见证人" in operator.get("/operator/witnesses/").content.decode()
    wrong = operator.post("/operator/witnesses/", GOOD | {"vkey": "x"})
    assert wrong.status_code == 409 and "这不是见证人的公钥" in wrong.content.decode()
    assert operator.post("/operator/witnesses/", GOOD).status_code == 302
    with django_assert_max_num_queries(20):
        page = operator.get("/operator/witnesses/").content.decode()
    assert GOOD["office"] in page and "尚未联系" in page
    public = Client().get("/log/").content.decode()
    assert GOOD["office"] in public and "尚未联署" in public


def test_a_witness_is_ended_with_a_reason(operator: Client) -> None:
    operator.post("/operator/witnesses/", GOOD)
    url = f"/operator/witnesses/{Witness.objects.get().public_id}/end/"
    assert operator.get(url).status_code == 200
    assert operator.post(url, {"words": " "}).status_code == 409
    assert operator.post(url, {"words": "协会改组"}).status_code == 302
    assert Witness.objects.get().ended_at is not None and operator.get(url).status_code == 404


def test_an_alarm_stands_on_both_pages_until_it_is_settled(operator: Client) -> None:
    operator.post("/operator/witnesses/", GOOD)
    witness = Witness.objects.get().public_id
    watch_log.raise_log_alarm(by=CLOCK, witness=witness, code="witness-ahead", detail="it has seen 64, we have 48")
    page = operator.get("/operator/witnesses/").content.decode()
    assert "可能被退回过" in page and "it has seen 64" in page
    assert "正在查明" in Client().get("/log/").content.decode()
    url = f"/operator/log-alarms/{LogAlarm.objects.get().public_id}/"
    assert operator.post(url, {"words": "备份恢复所致，已补齐"}).status_code == 302
    assert operator.get(url).status_code == 404
    assert "正在查明" not in Client().get("/log/").content.decode()
