"""The token at the door and at the box, attacked: by cookie, by stranger, by forger, by colleague and by the curious."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from sunshine.domain.bidding.models import SealedBid, TokenGrant
from sunshine.domain.publishing.models import Notice
from sunshine.foundation.audit.models import Event
from sunshine.foundation.files import spool
from sunshine.foundation.vault import tokenkeys
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import people, play
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof import blindtoken
from sunshine_proof import lid as lids
from sunshine_proof.canonical import b64
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.policy import policy_id
from tests.interfaces.web.box.sealing import (
    BOX,
    Sealed,
    about,
    begin,
    hand_in,
    patch,
    post,
    seal,
    take_back,
    upload_all,
)
from tests.interfaces.web.supplier.conftest import Door

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


def number(lot: str) -> str:
    """A blinded number as a browser would send it."""
    key = blindtoken.read_public_key(tokenkeys.public_text(lot))
    return b64(blindtoken.blind(key, blindtoken.token_message(bytes(32), bytes(32)))[0])


def ask(client: Client, lot: str, blinded: Any) -> Any:
    return post(client, f"/supplier/lots/{lot}/token/", {"blinded": blinded})


def code(answer: Any, status: int = 409) -> str:
    assert answer.status_code == status, answer.content
    assert answer.json()["text"]
    return str(answer.json()["code"])


def stored() -> list[Path]:
    folder = Path(settings.SPOOL)
    return sorted(folder.iterdir()) if folder.exists() else []


# -- getting one ----------------------------------------------------------------------------------------------------


def test_one_organisation_gets_one_answer_and_no_second_number(
    announced: play.Played, lot: str, li: Player, door: Door
):
    client, first = door(li), number(lot)
    answer = ask(client, lot, first)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store, private"
    assert ask(client, lot, first).json() == answer.json()  # an answer lost on the way
    assert code(ask(client, lot, number(lot))) == "token-issued"
    colleague = people.member(li, "李二", "er@li.example", "supplier-bidder")
    assert code(ask(door(colleague), lot, number(lot))) == "token-issued"
    assert ask(door(colleague), lot, first).json() == answer.json()
    assert TokenGrant.objects.count() == Event.objects.filter(tag="token:issue").count() == 1


def test_only_members_of_verified_suppliers_with_the_duty_get_one(announced, lot, li, zheng, unverified, door: Door):
    clerk = people.member(li, "李三", "san@li.example", "supplier-signatory")
    for player in (zheng, announced.cast["officer"], announced.cast["verifier"], announced.cast["inspector"], clerk):
        assert code(ask(door(player), lot, number(lot)), 403) == "forbidden"
    assert code(ask(door(unverified), lot, number(lot))) == "supplier-not-verified"
    assert code(ask(Client(), lot, number(lot)), 401) == "login-needed"
    assert code(ask(door(li), "L-0000000000", number(lot)), 404) == "not-found"
    assert not TokenGrant.objects.exists()


def test_after_the_deadline_no_right_to_bid_is_given_any_more(announced: play.Played, lot: str, li: Player, door: Door):
    play.until(announced.bids_due_at)
    assert code(ask(door(li), lot, number(lot))) == "bid-late"


def test_no_number_that_is_none_makes_more_than_a_refusal(lot: str, li: Player, door: Door):
    client, good = door(li), number(lot)
    bad = ["", "!", "AA==", good[:-4], good + "AAAA", b64(bytes(256)), b64(b"\xff" * 256), good + "\n", "\x00", "水"]
    for blinded in bad:
        assert code(ask(client, lot, blinded)) == "token-malformed", blinded
    for blinded in (None, 7, [good], {"blinded": good}):
        assert code(ask(client, lot, blinded), 422) == "malformed"
    assert code(ask(client, lot, "A" * 9000), 422) == "malformed"
    assert not TokenGrant.objects.exists() and ask(client, lot, good).status_code == 200


def test_asking_for_a_token_wants_the_csrf_token_and_the_box_does_not(lot: str, li: Player, sealed: Sealed, door: Door):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = door(li).cookies
    assert ask(strict, lot, number(lot)).status_code == 403
    assert post(strict, f"{BOX}/uploads/", about(sealed)).status_code == 201


def test_a_lost_signing_key_gives_no_tokens_instead_of_useless_ones(lot: str, li: Player, door: Door):
    kept = Path(settings.SECRETS) / "box_tokens" / f"{lot}.pem"
    kept.unlink()
    tokenkeys._load.cache_clear()
    assert code(ask(door(li), lot, number(lot))) == "token-key-lost"
    assert not TokenGrant.objects.exists()


# -- showing it -----------------------------------------------------------------------------------------------------


def test_a_bid_a_replacement_and_a_withdrawal_need_no_cookie(announced, lot, li, sealed: Sealed, tmp_path: Path):
    nobody = Client(enforce_csrf_checks=True)
    assert hand_in(nobody, upload_all(nobody, sealed)).status_code == 201
    newer = seal(announced, lot, li, tmp_path, secret=sealed.secret, previous=sealed.lid)
    assert newer.token == sealed.token
    assert hand_in(nobody, upload_all(nobody, newer)).status_code == 201
    gone = lids.build_withdrawal(announced.policies[lot], 3, newer.lid["id"], sealed.secret)
    answer = take_back(nobody, sealed, gone)
    assert answer.status_code == 201 and not answer.cookies and not nobody.cookies
    assert [row.stage for row in SealedBid.objects.order_by("seq")] == ["sealed", "sealed", "withdrawn"]


def test_a_login_does_not_help_without_a_token(li: Player, sealed: Sealed, door: Door):
    client = door(li)
    for token in (None, {}, "", [], 5, sealed.token | {"sig": ""}):
        sealed.token = token
        assert code(post(client, f"{BOX}/uploads/", about(sealed))) == "token-refused"
        assert code(hand_in(client, sealed)) == code(take_back(client, sealed, sealed.lid)) == "token-refused"
    assert not SealedBid.objects.exists()


def other_lot(announced: play.Played, lot: str) -> tuple[str, dict[str, Any]]:
    played = play.announced(play.a_project(announced.cast, title="另一个项目"))
    return played.lots[0], played.policies[played.lots[0]]


def test_a_token_serves_its_own_lot_only(announced: play.Played, lot: str, sealed: Sealed):
    nobody = Client()
    foreign, policy = other_lot(announced, lot)
    right = sealed.token
    theirs = unasked_token(foreign, policy, sealed.secret)  # the same box key, admitted elsewhere
    mixed = theirs | {"policy": right["policy"], "key": right["key"]}
    for token in (theirs, mixed, right | {"sig": theirs["sig"]}):
        sealed.token = token
        assert code(post(nobody, f"{BOX}/uploads/", about(sealed))) == "token-refused"
        assert code(hand_in(nobody, sealed)) == "token-refused"
    sealed.token = right
    assert code(post(nobody, f"{BOX}/uploads/", about(sealed) | {"policy": theirs["policy"]})) == "token-refused"


def test_a_token_serves_its_own_box_key_only(announced: play.Played, lot: str, sealed: Sealed, tmp_path: Path):
    """The same token spent twice: a second box under it, by whoever got hold of it."""
    nobody = Client()
    assert hand_in(nobody, upload_all(nobody, sealed)).status_code == 201
    li = announced.cast.suppliers[1]
    second = seal(announced, lot, li, tmp_path)
    own, second.token = second.token, sealed.token
    assert code(post(nobody, f"{BOX}/uploads/", about(second))) == "token-refused"
    second.token = sealed.token | {"box_key": second.lid["box_key"]}
    assert code(post(nobody, f"{BOX}/uploads/", about(second))) == "token-refused"
    assert code(hand_in(nobody, second)) == "token-refused"
    second.token = own
    assert hand_in(nobody, upload_all(nobody, second)).status_code == 201


def test_two_first_lids_of_one_box_are_one_too_many(announced, lot, li, sealed: Sealed, tmp_path: Path):
    nobody = Client()
    assert hand_in(nobody, upload_all(nobody, sealed)).status_code == 201
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    again = seal(announced, lot, li, elsewhere, secret=sealed.secret)
    assert code(hand_in(nobody, upload_all(nobody, again))) == "token-spent"
    assert SealedBid.objects.count() == 1


@pytest.mark.parametrize(
    "bend",
    [
        lambda t: t | {"sig": ("A" if t["sig"][0] != "A" else "B") + t["sig"][1:]},
        lambda t: t | {"sig": t["sig"] + "AAAA"},
        lambda t: t | {"sig": "\x00" * 344},
        lambda t: t | {"v": "box-token/2"},
        lambda t: t | {"key": "0" * 64},
        lambda t: t | {"policy": None},
        lambda t: t | {"more": 1},
        lambda t: {k: v for k, v in t.items() if k != "sig"},
        lambda t: {"sig": [t]},
    ],
)
def test_an_altered_token_stores_no_byte(sealed: Sealed, bend: Callable[[Any], Any]):
    nobody, before = Client(), stored()
    sealed.token = bend(copy.deepcopy(sealed.token))
    assert code(post(nobody, f"{BOX}/uploads/", about(sealed))) == "token-refused"
    assert code(hand_in(nobody, sealed)) == "token-refused"
    assert stored() == before


def test_without_an_upload_that_a_token_began_no_byte_is_stored():
    nobody, before = Client(), stored()
    for upload in ("f" * 32, "f" * 64, "f" * 48, "../x", "x" * 400):
        assert nobody.patch(f"{BOX}/uploads/{upload}/?offset=0", b"x" * 5000).status_code in (404, 409)
    assert stored() == before


def test_known_and_unknown_policies_are_refused_in_the_same_words(sealed: Sealed):
    nobody = Client()
    wrong = sealed.token | {"sig": b64(bytes(256))}
    answers = []
    for pid in (sealed.lid["policy"], "0" * 64):
        token = wrong | {"policy": pid}
        given = about(sealed) | {"policy": pid, "token": token}
        lid = sealed.lid | {"policy": pid}
        answers.append(
            [
                post(nobody, f"{BOX}/uploads/", given),
                post(nobody, f"{BOX}/lids/", {"lid": lid, "uploads": {}, "token": token}),
                post(nobody, f"{BOX}/withdrawals/", {"withdrawal": lid, "token": token}),
            ]
        )
    known, unknown = ([(one.status_code, one.content, dict(one.headers)) for one in some] for some in answers)
    assert known == unknown and {status for status, *_ in known} == {409}


# -- in measure -----------------------------------------------------------------------------------------------------


def test_of_one_tokens_uploads_the_oldest_gives_way_and_others_are_left_alone(announced, lot, sealed: Sealed, tmp_path):
    nobody = Client()
    other = seal(announced, lot, announced.cast.suppliers[1], tmp_path)
    theirs = begin(nobody, other)
    mine = [begin(nobody, sealed) for _ in range(7)]
    mark = mine[0][:32]
    assert len([path for path in stored() if path.name.startswith(mark)]) == 6
    assert code(patch(nobody, mine[0], 0, b"age-")) == "upload-unknown"
    assert patch(nobody, mine[-1], 0, b"age-").json() == patch(nobody, theirs, 0, b"age-").json() == {"received": 4}
    assert not theirs.startswith(mark)
    spool.discard(theirs)


def test_a_token_that_knocks_too_often_has_to_wait_and_loses_nothing(sealed: Sealed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sunshine.interfaces.web.box.views.RATE", 4)
    nobody = Client()
    upload_all(nobody, sealed)
    begin(nobody, sealed)
    assert code(post(nobody, f"{BOX}/uploads/", about(sealed)), 429) == "too-often"
    assert hand_in(nobody, sealed).status_code == 201


# -- what is published ----------------------------------------------------------------------------------------------


def test_every_lot_has_its_own_key_and_everybody_is_told_the_same(announced, lot, li, door: Door):
    foreign, _ = other_lot(announced, lot)
    key = tokenkeys.public_text(lot)
    assert key != tokenkeys.public_text(foreign)
    told = Event.objects.get(subject=f"lot/{lot}", tag="lot:announce").facts
    whole = Event.objects.get(subject=f"project/{announced.project}", tag="project:announce").facts
    assert told["token_key"] == whole["token_keys"][lot] == key
    for supplier in announced.cast.suppliers:
        page = door(supplier).get(f"/supplier/lots/{lot}/bid/").content.decode()
        boot = json.loads(page.split('id="sun-seal-boot" type="application/json">')[1].split("</script>")[0])
        assert boot["token"]["key"] == key
        assert boot["token"]["published"] == f"/projects/{announced.project}/policies/{lot}.tlog-proof"
    files = [path.name for path in (Path(settings.SECRETS) / "box_tokens").glob("*.pem")]
    assert {f"{lot}.pem", f"{foreign}.pem"} <= set(files)
    assert (Path(settings.SECRETS) / "box_tokens" / f"{lot}.pem").stat().st_mode & 0o777 == 0o600


def test_anybody_gets_the_same_proof_of_the_published_key(announced: play.Played, lot: str, li: Player, door: Door):
    url = f"/projects/{announced.project}/policies/{lot}.tlog-proof"
    assert Client().get(url).status_code == 404  # until the log has it
    sequence.catch_up()
    one, two = Client().get(url), door(li).get(url)
    assert one.status_code == 200 and one.content == two.content and "Cookie" not in one.get("Vary", "")
    found = read_event_proof(one.content.decode(), announced.policies[lot]["log_vkey"])
    told = found.event["facts"]
    assert (found.event["tag"], found.event["subject"]) == ("lot:announce", f"lot/{lot}")
    assert told["token_key"] == tokenkeys.public_text(lot)
    assert told["policy"] == policy_id(announced.policies[lot]).hex()
    content = Notice.objects.get(project__public_id=announced.project, kind="tender-notice").content
    assert [one["token_key"] for one in content["lots"]] == [told["token_key"]]
    foreign, _ = other_lot(announced, lot)
    for wrong in (f"/projects/{announced.project}/policies/{foreign}.tlog-proof", url.replace(lot, "L-0000000000")):
        assert Client().get(wrong).status_code == 404
