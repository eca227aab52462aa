"""Bids that do not open by their own bidder's fault (rule a): they count as revoked and stop nobody."""

import base64
import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from sunshine.domain.bidding.models import OpenedBid
from sunshine.flows.decrypt_bid import decrypt_ready
from sunshine.flows.open_bids import confirm_opening
from sunshine.interfaces.rehearsal import papers, play, stage
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof import cms, lid, payload, sealing, shares, statement
from sunshine_proof.agefile import encrypt_file, new_secret, recipient_of
from sunshine_proof.policy import policy_id
from tests.flows.conftest import again
from tests.flows.crooked import Change, hand_in, marks, opened_box, outcome_of, resign, seal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def with_bids_once(ground: play.Cast) -> play.Played:
    """Three good bids in the box."""
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(played.cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    return played


@pytest.fixture
def with_bids(with_bids_once: play.Played, db: None) -> play.Played:
    return again(with_bids_once)


@pytest.mark.parametrize("who", [(1, 2, 3), (1, 3, 4), (2, 3, 4)])
def test_an_inconsistent_dealing_is_revoked_whoever_opens(with_bids: play.Played, who: tuple[int, ...]) -> None:
    """Rule a: the share of the fourth trustee was dealt from another key; it does not matter who opens."""
    sealed, secrets, folder = seal(with_bids, with_bids.cast["supplier1"])
    with folder:
        parts = copy.deepcopy(sealed["parts"])
        policy = with_bids.policies[with_bids.lots[0]]
        other = shares.deal_shares(policy, policy_id(policy), parts[1]["recipient"], new_secret())
        parts[1]["commit"][3] = other.commit[3]
        parts[1]["share"][3] = base64.b64encode(other.files[3]).decode()
        crooked = resign(with_bids, sealed, parts)
        hand_in(crooked, secrets)
    lot = opened_box(with_bids)
    for i in who:
        stage.release(with_bids, lot, with_bids.cast.trustees[i - 1], i)
    assert decrypt_ready(lot) == {"opened": 3, "failed": 1, "waiting": 0}
    assert outcome_of(crooked["id"]) == ("deemed_revoked", "inconsistent-dealing", "bidder", "撤销")
    confirm_opening(with_bids.project, by=with_bids.cast["officer"].actor())


def test_a_body_under_another_key_is_revoked(with_bids: play.Played) -> None:
    sealed, secrets, folder = seal(with_bids, with_bids.cast["supplier1"])
    with folder:
        parts = copy.deepcopy(sealed["parts"])
        body = Path(folder.name) / "other.age"
        written = encrypt_file(Path(folder.name) / "tech.zip", body, recipient_of(new_secret()))
        parts[1] |= {"size": written.size, "sha256": written.sha256}
        crooked = resign(with_bids, sealed, parts)
        hand_in(crooked, secrets | {"tech": sealing.PartSecret(b"", None, body)})
    stage.release_all(with_bids, opened_box(with_bids))
    assert outcome_of(crooked["id"]) == ("deemed_revoked", "body-undecryptable", "bidder", "撤销")
    assert OpenedBid.objects.count() == 3


def nothing_at_root(parts: dict[str, dict[str, bytes]]) -> None:
    parts["summary"] = {"files/a.txt": b"no form here"}


def broken_json(parts: dict[str, dict[str, bytes]]) -> None:
    parts["summary"]["summary.json"] = b'{"v": "bid-summary/1", '


def form(part: str, **changes: Any) -> Change:
    def spoil(parts: dict[str, dict[str, bytes]]) -> None:
        content = json.loads(parts[part][f"{part}.json"]) | changes
        parts[part][f"{part}.json"] = json.dumps(content).encode()

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        nothing_at_root,
        broken_json,
        form("summary", lot="L-another"),
        form("summary", total_fen="-1"),
        form("summary", total_fen=1),
        form("summary", total_fen="9" * 40),
        form("summary", delivery_days=2**40),
        form("summary", quality="\u0000"),
        form("summary", quality="\ud800"),
        form("price", tax_rate="NaN"),
        form("price", lines=[{"item": "1"}]),
        form("price", extra="'; drop table sourcing_lot; --"),
    ],
)
def test_a_form_that_is_none_counts_against_its_bidder_and_stops_nobody(with_bids: play.Played, spoil: Change) -> None:
    sealed, secrets, folder = seal(with_bids, with_bids.cast["supplier1"], spoil)
    with folder:
        hand_in(sealed, secrets)
    assert stage.release_all(with_bids, opened_box(with_bids)) == {"opened": 3, "failed": 1, "waiting": 0}
    stage_, _code, fault, legal = outcome_of(sealed["id"])
    assert (stage_, fault, legal) == ("deemed_revoked", "bidder", "撤销")


def test_html_and_sql_in_a_bid_are_kept_as_the_words_they_are(with_bids: play.Played) -> None:
    words = "<script>alert(1)</script>'; drop table sourcing_lot; --"
    sealed, secrets, folder = seal(with_bids, with_bids.cast["supplier1"], form("summary", quality=words))
    with folder:
        hand_in(sealed, secrets)
    stage.release_all(with_bids, opened_box(with_bids))
    assert OpenedBid.objects.get(bid__lid_id=sealed["id"]).quality == words


def test_one_bidder_twice_and_a_price_above_the_cap_are_remarked_not_hidden(with_bids: play.Played) -> None:
    lot, secret = with_bids.lots[0], lid.new_box_secret()
    passed_on = unasked_token(lot, with_bids.policies[lot], secret)  # another supplier gave its right away
    supplier = with_bids.cast["supplier1"]
    play.bid(with_bids, lot, supplier, total_fen=1_050_000_01, box_secret=secret, token=passed_on)
    stage.release_all(with_bids, opened_box(with_bids))
    remarks = [set(bid.remarks) for bid in OpenedBid.objects.filter(bidder_name=papers.SUPPLIERS[0][0])]
    assert any("above-cap" in found for found in remarks) and any("duplicate-bidder" in found for found in remarks)


def test_a_bid_signed_by_another_organisation_opens_without_a_registered_bidder(with_bids: play.Played) -> None:
    """孙's certificate under 李's name: the paper opens, the name is not believed."""
    one, two = with_bids.cast["supplier1"], with_bids.cast["supplier2"]
    mixed = play.Player(one.name, one.email, one.person, one.organisation, two.key, two.certificate)
    policy, secret = with_bids.policies[with_bids.lots[0]], lid.new_box_secret()
    with tempfile.TemporaryDirectory() as folder:
        made = {}
        for part, content in papers.bid_parts(with_bids.lots[0], 1, {}).items():
            made[part] = Path(folder) / f"{part}.zip"
            said = statement.build_statement(
                policy=policy_id(policy).hex(),
                bidder={"uscc": play.uscc_of(one), "name": "冒名"},
                box_key=lid.box_key_of(secret),
                seq=1,
                part=part,
                files=content,
            )
            chain, key = mixed.chain(), two.key
            assert key is not None
            payload.write_payload(made[part], said, content, lambda data, k=key, c=chain: cms.sign_detached(data, k, c))
        sealed, secrets = sealing.seal_bid(policy, made, folder, secret)
        hand_in(sealed | marks(with_bids, secret), secrets)
    stage.release_all(with_bids, opened_box(with_bids))
    found = OpenedBid.objects.get(bid__lid_id=sealed["id"])
    assert found.bidder is None and "signed-by-another-organisation" in found.remarks
