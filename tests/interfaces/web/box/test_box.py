"""The bid box over HTTP: who may, when, and what it does with everything that is not a proper sealed bid."""

import copy
import hashlib
from datetime import timedelta

import pytest
from django.test import Client

from sunshine.domain.bidding.models import SealedBid
from sunshine.interfaces.rehearsal import play
from sunshine_proof import lid as lids
from sunshine_proof.receipt import verify_receipt
from tests.interfaces.web.box.sealing import BOX, about, begin, hand_in, patch, post, seal, take_back, upload_all

pytestmark = [pytest.mark.whole, pytest.mark.django_db]


def refused(answer: object, code: str, status: int = 409) -> dict[str, object]:
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body["code"] == code and body["text"]
    return body


def test_a_sealed_bid_gets_a_receipt_that_the_log_key_of_its_policy_signed(announced, lot, li, sealed):
    client = Client()
    answer = hand_in(client, upload_all(client, sealed))
    assert answer.status_code == 201
    receipt = answer.json()["receipt"]
    assert receipt["lid"] == sealed.lid["id"]
    verify_receipt(receipt, announced.policies[lot]["log_vkey"])
    assert SealedBid.objects.get().parts.count() == 3


def test_a_bid_one_second_late_is_refused(announced, li, sealed):
    client = Client()
    upload_all(client, sealed)
    play.until(announced.bids_due_at + timedelta(seconds=1))
    assert "第三十六条" in refused(hand_in(client, sealed), "bid-late")["article"]
    refused(post(client, f"{BOX}/uploads/", about(sealed)), "bid-late")
    assert not SealedBid.objects.exists()


def test_a_lid_with_a_flipped_byte_is_refused(li, sealed):
    client = Client()
    upload_all(client, sealed)
    for change in ("sig", "id", "box_key"):
        bent = copy.deepcopy(sealed.lid)
        bent[change] = ("0" if bent[change][0] != "0" else "1") + bent[change][1:]
        answer = post(client, f"{BOX}/lids/", {"lid": bent, "uploads": sealed.uploads, "token": sealed.token})
        assert answer.status_code == 409 and answer.json()["code"].startswith(("lid-", "token-refused"))
    assert not SealedBid.objects.exists()
    assert hand_in(client, sealed).status_code == 201  # nothing was spoilt


def test_a_body_of_another_hash_is_refused_and_can_be_sent_again(li, sealed):
    client = Client()
    upload_all(client, sealed)
    right = sealed.uploads["price"]
    body = bytearray(sealed.bodies["price"])
    body[-1] ^= 1
    sealed.uploads["price"] = begin(client, sealed, "price")
    patch(client, sealed.uploads["price"], 0, bytes(body))
    refused(hand_in(client, sealed), "upload-hash")
    sealed.uploads["price"] = right
    assert hand_in(client, sealed).status_code == 201


def test_an_upload_that_is_not_encrypted_is_refused(announced, lot, li, sealed):
    client = Client()
    upload_all(client, sealed)
    plain = b"%PDF-1.7 planted".ljust(sealed.lid["parts"][1]["size"], b".")
    sealed.uploads["tech"] = begin(client, sealed)
    patch(client, sealed.uploads["tech"], 0, plain)
    refused(hand_in(client, sealed), "upload-hash")
    parts = copy.deepcopy(sealed.lid["parts"])
    parts[1]["sha256"] = hashlib.sha256(plain).hexdigest()
    sealed.lid = lids.build_lid(announced.policies[lot], parts, 1, "", sealed.secret)
    assert "第二十六条" in refused(hand_in(client, sealed), "upload-not-age")["article"]
    assert not SealedBid.objects.exists()


def test_the_same_lid_again_gets_the_same_receipt_and_an_old_one_none(announced, lot, li, sealed, tmp_path):
    client = Client()
    first = hand_in(client, upload_all(client, sealed)).json()
    again = hand_in(client, sealed)
    assert again.status_code == 201 and again.json() == first
    newer = upload_all(client, seal(announced, lot, li, tmp_path, secret=sealed.secret, previous=sealed.lid))
    assert hand_in(client, newer).status_code == 201
    refused(hand_in(client, sealed), "lid-replayed")
    assert SealedBid.objects.count() == 2


def test_a_lost_answer_may_be_asked_for_after_the_deadline(announced, li, sealed):
    client = Client()
    first = hand_in(client, upload_all(client, sealed)).json()
    play.until(announced.bids_due_at + timedelta(minutes=1))
    assert hand_in(client, sealed).json() == first


def test_a_withdrawal_is_receipted_once_and_not_possible_after_the_deadline(announced, lot, li, sealed):
    client = Client()
    hand_in(client, upload_all(client, sealed))
    record = lids.build_withdrawal(announced.policies[lot], 2, sealed.lid["id"], sealed.secret)
    answer = take_back(client, sealed, record)
    assert answer.status_code == 201 and answer.json()["receipt"]["lid"] == record["id"]
    third = lids.build_withdrawal(announced.policies[lot], 3, record["id"], sealed.secret)
    refused(take_back(client, sealed, third), "lid-chain")
    play.until(announced.bids_due_at)
    refused(take_back(client, sealed, third), "bid-late")


def test_two_tabs_of_one_upload_are_told_how_far_it_has_come(li, sealed):
    one, two = Client(), Client()
    upload = begin(one, sealed)
    assert patch(one, upload, 0, b"age-").json() == {"received": 4}
    assert refused(patch(two, upload, 0, b"age-"), "offset-mismatch")["received"] == 4
    assert two.get(f"{BOX}/uploads/{upload}/").json() == {"received": 4}
    assert patch(two, upload, 4, b"more").json() == {"received": 8}
    assert refused(patch(one, upload, 4, b"else"), "offset-mismatch")["received"] == 8


def test_an_empty_body_a_chunk_too_large_and_an_upload_over_the_limit_are_refused(li, sealed, settings):
    client = Client()
    upload_all(client, sealed)
    empty = begin(client, sealed)
    assert patch(client, empty, 0, b"").json() == {"received": 0}
    sealed.uploads["tech"] = empty
    assert refused(hand_in(client, sealed), "upload-incomplete")["received"] == 0
    refused(patch(client, empty, 0, b"x" * (16 * 1024 * 1024 + 1)), "chunk-too-large")
    settings.BID_LIMIT = 10
    refused(patch(client, empty, 0, b"age-encryption"), "upload-too-large")
    assert client.get(f"{BOX}/uploads/{empty}/").json() == {"received": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("lids", "not json"),
        ("lids", "[]"),
        ("lids", '{"lid": 7}'),
        ("withdrawals", "{}"),
        ("uploads", "\x00"),
    ],
)
def test_a_request_that_is_not_understood_is_malformed(li, path, body):
    client = Client()
    refused(client.post(f"{BOX}/{path}/", body, content_type="application/json"), "malformed", 422)


@pytest.mark.parametrize(
    "bend",
    [
        lambda lid: lid | {"policy": "0" * 64},
        lambda lid: lid | {"policy": 5},
        lambda lid: lid | {"parts": []},
        lambda lid: lid | {"parts": "x"},
        lambda lid: lid | {"seq": 10**30},
        lambda lid: lid | {"extra": {}},
        lambda lid: {"v": "seal/1"},
    ],
)
def test_a_lid_of_another_shape_is_refused_and_leaves_nothing(li, sealed, bend):
    client = Client()
    upload_all(client, sealed)
    answer = post(client, f"{BOX}/lids/", {"lid": bend(sealed.lid), "uploads": sealed.uploads, "token": sealed.token})
    assert answer.status_code == 409 and answer.json()["text"]
    assert not SealedBid.objects.exists()


def test_another_ones_upload_id_must_be_guessed_and_paths_are_never_followed(li):
    client = Client()
    for upload in ("f" * 32, "..", "x", "%2e%2e%2fsecret"):
        assert client.get(f"{BOX}/uploads/{upload}/").status_code in (404, 409)
