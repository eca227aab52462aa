"""The second half of the play: from opening to signed contract."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sunshine.domain.bidding.queries.opening import shares_for
from sunshine.domain.contracts.queries.rehearsal import contract_of, publicity_end
from sunshine.domain.evaluation.queries.rehearsal import duties, report_digest
from sunshine.flows import award as awarding
from sunshine.flows import publish_candidates, rank, score, sign_contract
from sunshine.flows.decrypt_bid import decrypt_ready
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.flows.open_prices import confirm_prices, open_prices
from sunshine.flows.release_share import release_share
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import drawing, remedies
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.play import Played, has_trustees, until, with_trustees
from sunshine_proof import envelopes
from sunshine_proof.opening import OpeningError, open_share
from sunshine_proof.release import build_release, release_digest
from sunshine_proof.shares import commit_of


def opened(played: Played, *, trustees: int = 3) -> None:
    """At the deadline: open, release, decrypt, confirm."""
    assert played.bids_due_at is not None
    until(played.bids_due_at + timedelta(seconds=1))
    officer = played.cast["officer"]
    event = open_bids(played.project, by=officer.actor())
    for lot in event.facts["effective_lids"]:
        release_all(played, lot, trustees=trustees)
    confirm_opening(played.project, by=officer.actor())


def release_all(played: Played, lot: str, *, trustees: int = 3, later: bool = False) -> dict[str, int]:
    """The first ``trustees`` trustees release, or every bidder opens its own bid; what can be decrypted is.

    later   it is the second envelope's opening
    """
    policy = played.policies[lot]
    if policy["bidder_share"] == "alone":
        for supplier in played.cast.suppliers:
            remedies.open_own(supplier, lot, envelopes.second(policy) if later else envelopes.first(policy))
        return decrypt_ready(lot)
    for i, player in enumerate(played.cast.trustees[:trustees], 1):
        release(played, lot, player, i)
    return decrypt_ready(lot)


def release(played: Played, lot: str, player: Player, i: int) -> int:
    """One trustee's release of every effective lid of a lot, as <sun-release> does it."""
    asked = shares_for(lot, player.actor())
    assert asked is not None, "not a trustee of this lot"
    pid, identity = asked["pid"], player.trustee_keys[played.project]
    given, stated = [], []
    for sealed in asked["lids"]:
        for part in (part for part in sealed["parts"] if part["part"] in asked["parts"]):
            entry = {"lid": sealed["id"], "part": part["part"]}
            try:
                y = open_share(pid, part, i, identity)
            except OpeningError as error:
                given.append(entry | {"fault": error.code})
                stated.append(entry | {"fault": error.code})
            else:
                given.append(entry | {"y": y.hex()})
                stated.append(entry | {"commit": commit_of(bytes.fromhex(pid), part["recipient"], i, y)})
    statement = build_release(pid, i, stated, clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    signed = player.sign(release_digest(statement))
    return int(release_share(lot, by=player.actor(), releases=given, statement=statement, **signed))


def panel(played: Played, lot: str, *, specialty: str = "给排水设备") -> list[Player]:
    """Draw four experts and seat the buyer's representative; returns the members' players, the chair first."""
    if not has_trustees(played):
        with_trustees(played)  # where the bidder alone opens, trustees are named for the draw
    representatives = [played.cast["judge"].person.public_id]
    drawing.drawn(drawing.announced(played, lot, experts=4, specialty=specialty, representatives=representatives))
    return seated(played, lot)


def seated(played: Played, lot: str) -> list[Player]:
    """The players on the lot's panel, the chair first."""
    by_person = {player.person.public_id: player for player in [*played.cast.experts, played.cast["judge"]]}
    return [by_person[duty.person] for duty in duties(lot)]


def evaluated(played: Played, lot: str, *, specialty: str = "给排水设备") -> None:
    """Panel, blind scores, ranking, report signed by all."""
    panel(played, lot, specialty=specialty)
    judged(played, lot)


def judged(played: Played, lot: str) -> None:
    """The panel there is: blind scores, ranking, report signed by all."""
    members = seated(played, lot)
    scored(played, lot, members)
    if envelopes.second(played.policies[lot]):
        prices_opened(played, lot)
        priced(played, lot, members)
    reported(played, lot, members)


def reported(played: Played, lot: str, members: list[Player]) -> None:
    """Ranking by the chair, report signed by all."""
    rank.rank(lot, by=members[0].actor())
    sign_report(played, lot, members)


def priced(played: Played, lot: str, members: list[Player], reject: Collection[str] = ()) -> None:
    """Every member reads the prices, rejects those bids for theirs, and locks again."""
    for player, duty in zip(members, duties(lot), strict=True):
        for bid in reject:
            given = {"reject": True, "reason_code": "R51-5", "reason": "报价明显不合理"}
            score.judge_price(duty.member, by=player.actor(), bid=bid, **given)
        score.lock_prices(duty.member, by=player.actor())


def scored(played: Played, lot: str, members: list[Player], reject: Collection[str] = ()) -> None:
    """Every member checks in, judges every bid (those of ``reject`` are rejected) and locks."""
    for player, duty in zip(members, duties(lot), strict=False):
        score.check_in(duty.member, by=player.actor(), no_interest=True)
        for n, bid in enumerate(duty.bids):
            values = {"plan": f"{30 - n}.50", "service": f"{20 - n}.25"}
            against = (
                {"reject": True, "reason_code": "R51-6", "reason": "技术部分未实质性响应"} if bid in reject else {}
            )
            score.score(duty.member, by=player.actor(), bid=bid, values={} if against else values, **against)
        score.lock_scores(duty.member, by=player.actor())


def prices_opened(played: Played, lot: str, *, trustees: int = 3) -> None:
    """The second opening of two envelopes: open, release, decrypt, confirm."""
    officer = played.cast["officer"]
    open_prices(lot, by=officer.actor())
    release_all(played, lot, trustees=trustees, later=True)
    confirm_prices(lot, by=officer.actor())


def sign_report(played: Played, lot: str, members: list[Player]) -> None:
    digest = report_digest(lot)
    for player, duty in zip(members, duties(lot), strict=True):
        rank.sign_report(duty.member, by=player.actor(), **player.sign_document(digest))


def candidates(played: Played, lot: str) -> datetime:
    """Publish the candidates; returns the end of their publicity."""
    publish_candidates.publish_candidates(lot, by=played.cast["publisher"].actor())
    return publicity_end(lot)


def awarded(played: Played, lot: str) -> None:
    """After the publicity: award to rank one, and send all letters."""
    until(publicity_end(lot))
    by = played.cast["publisher"].actor()
    awarding.award(lot, by=by)
    awarding.notify(lot, by=by)


def contracted(played: Played, lot: str) -> None:
    """Draft the contract from the bid; both sides sign."""
    cast = played.cast
    facts = contract_of(lot)
    sign_contract.draft_contract(
        by=cast["officer"].actor(),
        lot=lot,
        amount_fen=facts.amount_fen,
        delivery_days=facts.delivery_days,
        quality=facts.quality,
    )
    drafted = contract_of(lot)
    winner = next(p for p in cast.suppliers if p.organisation == drafted.supplier)
    signature = cast["signatory"].sign_document(drafted.digest)
    sign_contract.sign_contract(drafted.contract, by=cast["signatory"].actor(), **signature)
    sign_contract.countersign_contract(drafted.contract, by=winner.actor(), **winner.sign_document(drafted.digest))
