"""The same act twice, or by many at once: done once, refused otherwise, and nothing half-done. With real commits.

Eight people opening the same bids stand in tests/house/test_lifecycles_committed.py.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connections

from sunshine.domain.bidding.models import OpenedBid, SealedBid, SealedPart, TokenGrant
from sunshine.domain.contracts.models import Award, Contract, Letter
from sunshine.domain.contracts.queries.rehearsal import contract_of, publicity_end
from sunshine.domain.evaluation.models import EvaluationReport, PanelMember
from sunshine.domain.parties.models import Organisation
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows import award as awarding
from sunshine.flows import fail, rank
from sunshine.flows._run import act
from sunshine.flows.ask import ask
from sunshine.flows.decrypt_bid import decrypt_ready
from sunshine.flows.issue_token import issue_token
from sunshine.flows.object import answer_objection, object_
from sunshine.flows.open_bids import confirm_opening
from sunshine.flows.publish_candidates import publish_candidates
from sunshine.flows.sign_contract import draft_contract
from sunshine.flows.submit_bid import submit
from sunshine.flows.terminate import terminate
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import tokenkeys
from sunshine.interfaces.rehearsal import play, stage
from sunshine_proof import blindtoken
from sunshine_proof.canonical import b64
from tests.flows.crooked import lock_all, opened_box, refused, scores_of, seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]


def at_once(*acts: Callable[[], Any]) -> Counter[str]:
    """Everyone begins at the same instant; what became of each: "done", the code of a refusal, or the error's name."""
    start, outcomes = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            act()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.code)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def with_bids(cast: play.Cast) -> play.Played:
    played = play.announced(play.a_project(cast))
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    return played


def test_eight_clicks_on_announce_publish_one_notice(real_cast: play.Cast) -> None:
    played = play.with_trustees(play.a_project(real_cast))
    play.drafting.submit_review(played.project, by=real_cast["officer"].actor())
    play.reviewing.review(played.project, by=real_cast["reviewer"].actor(), opinion="同意")
    by = real_cast["publisher"].actor()
    outcomes = at_once(*[lambda: play.announce_flow(played.project, by=by)] * 8)
    assert outcomes == {"done": 1, "wrong-stage": 7}
    assert Notice.objects.count() == 1 and Event.objects.filter(tag="project:announce").count() == 1


def test_one_lid_submitted_by_eight_tabs_lies_in_the_box_once(real_cast: play.Cast) -> None:
    played = play.announced(play.a_project(real_cast))
    sealed, secrets, folder = seal(played, real_cast["supplier1"])
    record = {key: value for key, value in sealed.items() if not key.startswith("_")}
    with folder:
        tabs = [{part: play._upload(kept.body) for part, kept in secrets.items()} for _ in range(8)]
        now = clock.now()
        shown = {"token": sealed["_token"], "arrived_at": now}
        outcomes = at_once(*[lambda uploads=uploads: submit(record, uploads, **shown) for uploads in tabs])
    assert outcomes == {"done": 1, "lid-replayed": 7}
    assert SealedBid.objects.count() == 1 and SealedPart.objects.count() == 3
    assert Event.objects.filter(tag="bid:submit-bid").count() == 1


def test_eight_browsers_of_one_organisation_get_one_token_between_them(real_cast: play.Cast) -> None:
    played = play.announced(play.a_project(real_cast))
    lot, by = played.lots[0], real_cast["supplier1"].actor()
    key = blindtoken.read_public_key(tokenkeys.public_text(lot))
    numbers = [b64(blindtoken.blind(key, bytes(32))[0]) for _ in range(8)]
    asks = [lambda number=number: issue_token(by=by, lot=lot, blinded=number) for number in numbers]
    assert at_once(*asks) == {"done": 1, "token-issued": 7}
    taken = TokenGrant.objects.get().blinded
    again = [lambda: issue_token(by=by, lot=lot, blinded=taken)] * 4
    assert at_once(*again) == {"done": 4} and Event.objects.filter(tag="token:issue").count() == 1


def test_many_suppliers_at_once_do_not_hinder_each_other(real_cast: play.Cast) -> None:
    played = play.announced(play.a_project(real_cast))
    made = [seal(played, real_cast.suppliers[n % 3]) for n in range(8)]
    acts = []
    for sealed, secrets, folder in made:
        record = {key: value for key, value in sealed.items() if not key.startswith("_")}
        uploads = {part: play._upload(kept.body) for part, kept in secrets.items()}
        shown = {"token": sealed["_token"], "arrived_at": clock.now()}
        acts.append(lambda r=record, u=uploads, s=shown: submit(r, u, **s))
        folder.cleanup()
    assert at_once(*acts) == {"done": 8}
    assert SealedBid.objects.count() == 8


def test_four_workers_decrypt_the_same_lot_and_every_bid_opens_once(real_cast: play.Cast) -> None:
    played = with_bids(real_cast)
    lot = opened_box(played)
    for i in (1, 2, 3):
        stage.release(played, lot, real_cast.trustees[i - 1], i)
    outcomes = at_once(*[lambda: decrypt_ready(lot)] * 4)
    assert outcomes == {"done": 4}, "a worker that comes second has nothing to complain about"
    assert OpenedBid.objects.count() == 3 and not SealedBid.objects.filter(stage="sealed").exists()
    assert Event.objects.filter(tag="bid:decrypt-bid").count() == 3
    by = real_cast["officer"].actor()
    assert at_once(*[lambda: confirm_opening(played.project, by=by)] * 4) == {"done": 1, "wrong-stage": 3}
    assert Notice.objects.filter(kind="opening-record").count() == 1


def test_the_last_signatures_at_once_still_close_the_report(real_cast: play.Cast) -> None:
    """Each must see the other one's: else all have signed and the report never closes."""
    played = with_bids(real_cast)
    stage.opened(played)
    lot = played.lots[0]
    members = stage.panel(played, lot)
    scores_of(played, members)
    lock_all(played, members)
    by = members[0].actor()
    assert at_once(*[lambda: rank.rank(lot, by=by)] * 4) == {"done": 1, "wrong-stage": 3}
    digest = stage.report_digest(lot)
    acts = []
    for player, duty in zip(members, stage.duties(lot), strict=True):
        given = {"by": player.actor()} | player.sign_document(digest)
        acts.append(lambda m=duty.member, g=given: rank.sign_report(m, **g))
    assert at_once(*acts) == {"done": 5}
    assert set(PanelMember.objects.values_list("stage", flat=True)) == {"signed"}
    assert EvaluationReport.objects.get().closed_at is not None
    assert Lot.objects.get(public_id=lot).stage == "report_signed"
    after_the_report(played)


def after_the_report(played: play.Played) -> None:
    """Candidates, two objections answered at once, award, letters, contract: every click twice."""
    cast, lot = played.cast, played.lots[0]
    publisher, officer = cast["publisher"].actor(), cast["officer"].actor()
    assert at_once(*[lambda: publish_candidates(lot, by=publisher)] * 2) == {"done": 1, "wrong-stage": 1}
    common = {"project": played.project, "lot": lot, "target": "candidates", "text": "请复核"}
    rows = [object_(by=cast[key].actor(), **common).subject_id for key in ("supplier2", "supplier3")]
    given = {"by": publisher, "text": "不成立", "effect": "dismissed"}
    assert at_once(*[lambda r=row: answer_objection(r, **given) for row in rows]) == {"done": 2}
    assert Lot.objects.get(public_id=lot).hold == "", "with no objection left the hold has ended"
    play.until(publicity_end(lot))
    assert at_once(*[lambda: awarding.award(lot, by=publisher)] * 3) == {"done": 1, "wrong-stage": 2}
    assert at_once(*[lambda: awarding.notify(lot, by=publisher)] * 3) == {"done": 1, "wrong-stage": 2}
    assert Award.objects.count() == 1 and Letter.objects.count() == 3
    facts = contract_of(lot)
    asked = {"amount_fen": facts.amount_fen, "delivery_days": facts.delivery_days, "quality": facts.quality}
    drafts = at_once(*[lambda: draft_contract(by=officer, lot=lot, **asked)] * 3)
    assert drafts == {"done": 1, "contract-exists": 2} and Contract.objects.count() == 1


def test_failing_and_retendering_twice_makes_one_next_round(real_cast: play.Cast) -> None:
    played = with_bids(real_cast)
    lot, by = opened_box(played), real_cast["officer"].actor()
    assert at_once(*[lambda: fail.fail(lot, by=by, reason="全部否决")] * 3) == {"done": 1, "wrong-stage": 2}
    assert at_once(*[lambda: fail.retender(lot, by=by)] * 3) == {"done": 1, "wrong-stage": 2}
    assert Project.objects.exclude(previous=None).count() == 1 == Lot.objects.exclude(previous=None).count()


def test_ending_the_procedure_and_failing_its_lot_at_once_does_one_of_them(real_cast: play.Cast) -> None:
    played = with_bids(real_cast)
    lot = opened_box(played)
    cast = real_cast
    end = lambda: terminate(played.project, by=cast["publisher"].actor(), reason="规划调整")  # noqa: E731
    failed = lambda: fail.fail(lot, by=cast["officer"].actor(), reason="全部否决")  # noqa: E731
    outcomes = at_once(end, failed, end, failed)
    assert outcomes["done"] == 1 and set(outcomes) <= {"done", "wrong-stage", "nothing-to-terminate"}
    assert Lot.objects.get(public_id=lot).stage in ("failed", "terminated")
    assert Event.objects.filter(tag__in=("lot:fail", "lot:terminate")).count() == 1


def test_acts_that_wait_for_each_other_are_both_done(real_cast: play.Cast) -> None:
    """Each holds what the other wants: PostgreSQL ends one, and it is tried again until it is done."""
    first, second = (Organisation.objects.get(public_id=real_cast.organisations[key]).pk for key in ("buyer", "group"))
    crossed, attempts = threading.Barrier(2), Counter[str]()

    def take(name: str, *rows: int) -> None:
        attempts[name] += 1
        for n, pk in enumerate(rows):
            if n and attempts[name] == 1:
                crossed.wait(timeout=30)
            Organisation.objects.select_for_update().get(pk=pk)

    @act
    def up(*, by: Actor, at: datetime) -> None:
        take("up", first, second)

    @act
    def down(*, by: Actor, at: datetime) -> None:
        take("down", second, first)

    by = real_cast["officer"].actor()
    assert at_once(lambda: up(by=by), lambda: down(by=by)) == {"done": 2}
    assert sum(attempts.values()) == 3, "the crossing did happen"


def test_a_refused_act_leaves_neither_row_nor_event_nor_notice(real_cast: play.Cast) -> None:
    played = with_bids(real_cast)
    before = (Event.objects.count(), Notice.objects.count(), SealedBid.objects.count())
    officer = real_cast["officer"].actor()
    assert refused(play.announce_flow, played.project, by=officer).code == "forbidden"
    assert refused(fail.fail, played.lots[0], by=officer, reason="早").code in ("wrong-stage", "not-opened-yet")
    assert refused(ask, played.project, by=real_cast["supplier1"].actor(), text=" ").code == "text-missing"
    late = played.bids_due_at
    assert refused(play.bid, played, played.lots[0], real_cast["supplier1"], arrived_at=late).code == "bid-late"
    assert (Event.objects.count(), Notice.objects.count(), SealedBid.objects.count()) == before
