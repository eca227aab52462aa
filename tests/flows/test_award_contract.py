"""From the candidates to the contract: waiting, deciding, telling everyone at once, and not one fen of difference."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.contracts.models import Award, Candidate, Contract, ContractSignature, Letter
from sunshine.domain.contracts.queries.rehearsal import contract_of, publicity_end
from sunshine.domain.publishing.models import Notice, Notification
from sunshine.domain.sourcing.models import Lot
from sunshine.flows import rank
from sunshine.flows.award import award, notify
from sunshine.flows.keep_keys import enrol_certificate, revoke_certificate
from sunshine.flows.manage_members import add_member
from sunshine.flows.publish_candidates import publish_candidates
from sunshine.flows.sign_contract import countersign_contract, draft_contract, redraft_contract, sign_contract
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import PASSWORD, Player
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, lock_all, refused, scores_of

pytestmark = pytest.mark.django_db
FOUR = 4  # bidders: one more than may be candidates


@pytest.fixture(scope="module")
def signed_once(ground: play.Cast) -> play.Played:
    """One lot with four bids and a signed report."""
    play.house(ground, "supplier4", "supplier", "北辰自动化工程有限公司", "周辰", "supplier4", "yunling.example")
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(ground.suppliers):
        supplier.enrol()
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n * 1_000_00)
    stage.opened(played)
    members = stage.panel(played, played.lots[0])
    scores_of(played, members)  # the same marks for all: the cheapest comes first
    lock_all(played, members)
    rank.rank(played.lots[0], by=members[0].actor())
    stage.sign_report(played, played.lots[0], members)
    return played


@pytest.fixture
def signed(signed_once: play.Played, db: None) -> play.Played:
    return again(signed_once)


@pytest.fixture
def published(signed: play.Played) -> play.Played:
    stage.candidates(signed, signed.lots[0])
    return signed


@pytest.fixture
def notified(published: play.Played) -> play.Played:
    stage.awarded(published, published.lots[0])
    return published


def publisher(played: play.Played) -> Any:
    return played.cast["publisher"].actor()


# -- publicity and award ---------------------------------------------------------------------------------------------


def test_the_first_three_of_the_report_are_published_and_nobody_chooses_them(published: play.Played) -> None:
    rows = list(Candidate.objects.order_by("rank").values_list("rank", "price_fen"))
    assert rows == [(1, 900_000_00), (2, 901_000_00), (3, 902_000_00)]
    assert OpenedBid.objects.count() == FOUR
    assert refused(publish_candidates, published.lots[0], by=publisher(published)).code == "wrong-stage"
    assert Notice.objects.filter(kind="candidate-notice").count() == 1


def test_an_award_inside_the_publicity_is_refused_to_the_last_second(published: play.Played) -> None:
    lot = published.lots[0]
    end = publicity_end(lot)
    play.until(end - 2 * SECOND)
    refusal = refused(award, lot, by=publisher(published))
    assert (refusal.code, refusal.article) == ("publicity-not-over", "招标投标法实施条例 第五十四条")
    play.until(end)
    award(lot, by=publisher(published))


def test_publicity_over_the_may_holiday_ends_after_it(signed: play.Played) -> None:
    """Published on Wednesday 29 April 2026: the third day, 2 May, and the holiday to the 5th do not end it."""
    play.until(datetime(2026, 4, 29, 10, 0, tzinfo=clock.BEIJING))
    end = stage.candidates(signed, signed.lots[0])
    assert end == datetime(2026, 5, 7, 0, 0, tzinfo=clock.BEIJING)
    play.until(datetime(2026, 5, 6, 23, 59, tzinfo=clock.BEIJING))
    assert refused(award, signed.lots[0], by=publisher(signed)).code == "publicity-not-over"
    play.until(end)
    award(signed.lots[0], by=publisher(signed))


def test_rank_one_wins_unless_a_lawful_reason_is_written_down(published: play.Played) -> None:
    lot = published.lots[0]
    play.until(publicity_end(lot))
    for place in (2, 3):
        refusal = refused(award, lot, by=publisher(published), rank=place, reason="  ")
        assert (refusal.code, refusal.article) == ("not-rank-one", "招标投标法实施条例 第五十五条")
    for place in (0, 4, 99):
        assert refused(award, lot, by=publisher(published), rank=place, reason="x").code == "candidate-unknown"
    award(lot, by=publisher(published), rank=2, reason="排名第一的候选人放弃中标")
    assert Award.objects.get().amount_fen == 901_000_00
    assert refused(award, lot, by=publisher(published)).code == "wrong-stage"


def test_only_the_publisher_decides_and_informs(published: play.Played) -> None:
    lot = published.lots[0]
    play.until(publicity_end(lot))
    for key in ("officer", "reviewer", "approver", "signatory", "supplier1", "expert1", "inspector", "verifier"):
        assert refused(award, lot, by=published.cast[key].actor()).code == "forbidden"
        assert refused(notify, lot, by=published.cast[key].actor()).code == "forbidden"
    assert refused(notify, lot, by=publisher(published)).code == "wrong-stage"


def test_everyone_is_told_at_the_same_instant_with_their_own_scores_only(notified: play.Played) -> None:
    letters = list(Letter.objects.select_related("bid"))
    assert len(letters) == FOUR and len({letter.sent_at for letter in letters}) == 1
    assert [letter.kind for letter in letters].count("award_letter") == 1
    sent = Notification.objects.filter(kind__in=["award-letter", "result-letter"]).values_list("sent_at", flat=True)
    assert set(sent) == {letters[0].sent_at} and len(sent) == FOUR
    totals = {row["id"]: row for row in _report(notified)["result"]["bids"]}
    for letter in letters:
        own = letter.content["own"]
        assert own["total"] == totals[letter.bid.public_id]["total"]
        assert set(letter.content) == {"winner", "own"} and set(letter.content["winner"]) == {"name", "amount_fen"}
        text = str(letter.content)
        strangers = [other.bid for other in letters if other.pk != letter.pk and other.kind != "award_letter"]
        assert not any(bid.bidder_name in text or bid.public_id in text for bid in strangers)
        assert not any(player.name in text for player in [*notified.cast.experts, notified.cast["judge"]])


def _report(played: play.Played) -> dict[str, Any]:
    lot = Lot.objects.get(public_id=played.lots[0])
    return dict(lot.reports.get().content)


# -- the contract ----------------------------------------------------------------------------------------------------


def drafted(played: play.Played, **differs: Any) -> str:
    facts = contract_of(played.lots[0])
    asked = {"amount_fen": facts.amount_fen, "delivery_days": facts.delivery_days, "quality": facts.quality} | differs
    return str(draft_contract(by=played.cast["officer"].actor(), lot=played.lots[0], **asked).subject_id)


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount_fen", 900_000_01), ("amount_fen", 899_999_99), ("delivery_days", 56), ("quality", "优良")],
)
def test_a_contract_that_differs_from_the_bid_is_refused(notified: play.Played, field: str, value: Any) -> None:
    refusal = refused(drafted, notified, **{field: value})
    assert (refusal.code, refusal.field) == ("contract-mismatch", field)
    assert "第四十六条" in refusal.article and not Contract.objects.exists()


def test_a_contract_waits_for_the_letters_and_is_drafted_once(published: play.Played) -> None:
    lot = published.lots[0]
    play.until(publicity_end(lot))
    award(lot, by=publisher(published))
    assert refused(drafted, published).code == "not-notified"
    notify(lot, by=publisher(published))
    drafted(published)
    assert refused(drafted, published).code == "contract-exists"
    for key in ("publisher", "supplier1", "inspector"):
        by = published.cast[key].actor()
        assert refused(draft_contract, by=by, lot=lot, amount_fen=1, delivery_days=1, quality="").code in (
            "not-found",
            "forbidden",
        )


def test_both_sides_sign_the_same_digest_and_the_key_terms_are_published(notified: play.Played) -> None:
    cast, contract = notified.cast, drafted(notified)
    facts = contract_of(notified.lots[0])
    signatory, winner = cast["signatory"], cast["supplier1"]
    early = refused(countersign_contract, contract, by=winner.actor(), **winner.sign_document(facts.digest))
    assert early.code == "wrong-stage"
    sign_contract(contract, by=signatory.actor(), **signatory.sign_document(facts.digest))
    assert not Notice.objects.filter(kind="contract-notice").exists()
    assert refused(redraft_contract, contract, by=cast["officer"].actor(), terms="另议").code == "wrong-stage"
    twice = refused(sign_contract, contract, by=signatory.actor(), **signatory.sign_document(facts.digest))
    assert twice.code == "wrong-stage"
    countersign_contract(contract, by=winner.actor(), **winner.sign_document(facts.digest))
    assert set(ContractSignature.objects.values_list("side", flat=True)) == {"buyer", "supplier"}
    assert Lot.objects.get(public_id=notified.lots[0]).stage == "contract_signed"
    assert Notice.objects.filter(kind="contract-notice").count() == 1


def test_new_wording_needs_a_new_signature(notified: play.Played) -> None:
    cast, contract = notified.cast, drafted(notified)
    old = cast["signatory"].sign_document(contract_of(notified.lots[0]).digest)
    redraft_contract(contract, by=cast["officer"].actor(), terms="验收合格后六十日内付款")
    assert refused(sign_contract, contract, by=cast["signatory"].actor(), **old).code == "signature-invalid"


def test_nobody_signs_for_another_person_or_house(notified: play.Played) -> None:
    cast, contract = notified.cast, drafted(notified)
    digest = contract_of(notified.lots[0]).digest
    signatory, winner, loser = cast["signatory"], cast["supplier1"], cast["supplier2"]
    right = signatory.sign_document(digest)
    for key in ("officer", "publisher", "supplier1", "supplier2", "inspector"):
        by = cast[key].actor()
        assert refused(sign_contract, contract, by=by, **right).code == "forbidden"
    borrowed = refused(sign_contract, contract, by=signatory.actor(), **winner.sign_document(digest))
    assert borrowed.code == "certificate-of-other-person"
    forged = right | {"signature": winner.sign_document(digest)["signature"]}
    assert refused(sign_contract, contract, by=signatory.actor(), **forged).code == "signature-invalid"
    sign_contract(contract, by=signatory.actor(), **right)
    mine = loser.sign_document(digest)
    assert refused(countersign_contract, contract, by=loser.actor(), **mine).code == "forbidden"


def test_a_certificate_of_another_organisation_does_not_bind_this_one(notified: play.Played) -> None:
    """The winner's signatory also works for another house and takes that one's certificate by mistake."""
    cast, contract = notified.cast, drafted(notified)
    digest = contract_of(notified.lots[0]).digest
    sign_contract(contract, by=cast["signatory"].actor(), **cast["signatory"].sign_document(digest))
    winner, loser = cast["supplier1"], cast["supplier2"]
    second = Player(winner.name, winner.email, winner.person, loser.organisation)
    add_member(
        by=loser.actor(),
        email=winner.email,
        name=winner.name,
        phone="",
        roles=["supplier-signatory"],
        password=PASSWORD,
    )
    foreign = second.sign_document(digest)
    assert refused(countersign_contract, contract, by=winner.actor(), **foreign).code == (
        "certificate-of-other-organisation"
    )
    countersign_contract(contract, by=winner.actor(), **winner.sign_document(digest))


def test_a_revoked_or_expired_certificate_does_not_sign(notified: play.Played) -> None:
    cast, contract = notified.cast, drafted(notified)
    digest = contract_of(notified.lots[0]).digest
    signatory = cast["signatory"]
    lost = signatory.sign_document(digest)
    revoke_certificate(signatory.certificate.public_id, by=signatory.actor())
    assert refused(sign_contract, contract, by=signatory.actor(), **lost).code == "certificate-revoked"
    signatory.key = None
    fresh = signatory.sign_document(digest)
    play.until(clock.now() + timedelta(days=4000))
    assert refused(sign_contract, contract, by=signatory.actor(), **fresh).code == "certificate-expired"


def test_an_unverified_house_gets_no_certificate_and_nobody_revokes_anothers(ground: play.Cast, db: None) -> None:
    newcomer = play.person("郑新", "newcomer@yunling.example")
    play.organisation(newcomer, "supplier", "新来贸易有限公司", play.uscc.fictional("newcomer"))
    assert refused(newcomer.enrol).code == "organisation-not-verified"
    other = ground["supplier1"].certificate.public_id
    assert refused(revoke_certificate, other, by=ground["supplier2"].actor()).code == "not-found"
    for junk in ("", "not a request", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----"):
        assert refused(enrol_certificate, by=ground["supplier1"].actor(), csr=junk).code.startswith("csr-")
