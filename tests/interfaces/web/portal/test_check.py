"""Behind a receipt's QR code: arrived, logged, provable; and not a word about who or where."""

import pytest
from django.test import Client

from sunshine.flows import submit_bid
from sunshine.foundation import clock
from sunshine.foundation.tlog import queries
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import play
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.lid import build_withdrawal
from sunshine_proof.receipt import verify_receipt

pytestmark = pytest.mark.django_db


def bid(played: play.Played) -> str:
    return str(play.bid(played, played.lots[0], played.cast["supplier1"])["lid"]["id"])


def test_a_bid_waits_a_moment_and_then_stands_in_the_log_provably(announced: play.Played, client: Client) -> None:
    lid = bid(announced)
    waiting = client.get(f"/check/{lid}/proof")
    assert waiting.status_code == 202 and waiting.json() == {"state": "waiting"}
    assert "大约一秒钟后完成" in client.get(f"/check/{lid}/").content.decode()
    sequence.tick()
    proof = client.get(f"/check/{lid}/proof")
    found = read_event_proof(proof.content.decode(), log_vkey())
    assert found.event["facts"]["lid"] == lid and found.event["tag"] == "bid:submit-bid"
    assert f'filename="{lid[:16]}.tlog-proof"' in proof["Content-Disposition"]
    page = client.get(f"/check/{lid}/").content.decode()
    assert "已写入透明日志" in page and f"/log/entries/{found.proof.index}/" in page and '<svg class="qr"' in page
    receipt = client.get(f"/check/{lid}/receipt.json").json()
    assert verify_receipt(receipt, log_vkey())["lid"] == lid


def test_it_tells_neither_bidder_nor_lot_nor_project(announced: play.Played, client: Client) -> None:
    lid = bid(announced)
    sequence.tick()
    supplier = announced.cast["supplier1"]
    secrets = [announced.project, announced.lots[0], supplier.actor().organisation_name, supplier.name, supplier.email]
    secrets += [announced.policies[announced.lots[0]]["tender"]]
    for path in ("", "proof", "receipt.json"):
        shown = client.get(f"/check/{lid}/{path}").content.decode()
        assert not [secret for secret in secrets if secret in shown]


def test_an_unknown_or_malformed_number_is_not_found_and_nothing_is_kept_by_caches(
    announced: play.Played, client: Client
) -> None:
    for lid in ("0" * 64, "x", "0" * 63, "G" * 64, "0" * 64 + "\n"):
        for path in ("", "proof", "receipt.json"):
            assert client.get(f"/check/{lid}/{path}".replace("\n", "%0A")).status_code == 404
    lid = bid(announced)
    for path in ("", "proof", "receipt.json"):
        assert client.get(f"/check/{lid}/{path}")["Cache-Control"] == "no-store"


def test_a_withdrawal_has_its_own_place(announced: play.Played, client: Client) -> None:
    lot = announced.lots[0]
    made = play.bid(announced, lot, announced.cast["supplier1"])
    gone = build_withdrawal(announced.policies[lot], 2, made["lid"]["id"], made["box_secret"])
    submit_bid.withdraw(gone, token=made["token"], arrived_at=clock.now())
    sequence.catch_up()
    page = client.get(f"/check/{gone['id']}/").content.decode()
    assert "撤回已收到" in page
    places = {client.get(f"/check/{lid}/proof").content for lid in (made["lid"]["id"], gone["id"])}
    assert len(places) == 2 and queries.size() % 16 == 0
