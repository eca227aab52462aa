"""Bids as a crooked or broken program could make them, and what the tests about opening ask."""

import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.sourcing.models import Project
from sunshine.flows import score, submit_bid
from sunshine.flows.open_bids import open_bids
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import papers, play, stage
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof import cms, lid, payload, sealing, statement
from sunshine_proof.policy import policy_id

SECOND = timedelta(seconds=1)
Change = Callable[[dict[str, dict[str, bytes]]], None]


def due_of(played: play.Played) -> Any:
    """The deadline as it stands now."""
    return Project.objects.get(public_id=played.project).bids_due_at


def opened_box(played: play.Played) -> str:
    """Past the deadline the officer opens; returns the lot."""
    play.until(due_of(played) + SECOND)
    open_bids(played.project, by=played.cast["officer"].actor())
    return played.lots[0]


def seal(
    played: play.Played, supplier: play.Player, spoil: Change = lambda parts: None, dealt: bytes | None = None
) -> tuple[dict[str, Any], dict[str, sealing.PartSecret], tempfile.TemporaryDirectory]:  # type: ignore[type-arg]
    """A lid as a crooked program could make it: ``spoil`` changes the contents of the parts before they are sealed."""
    policy, secret = played.policies[played.lots[0]], lid.new_box_secret()
    folder = tempfile.TemporaryDirectory()
    contents = papers.bid_parts(played.lots[0], 900_000_00, {})
    spoil(contents)
    made = {}
    for part, content in contents.items():
        made[part] = Path(folder.name) / f"{part}.zip"
        write_payload(made[part], policy, supplier, secret, part, content)
    sealed, secrets = sealing.seal_bid(policy, made, folder.name, secret)
    return sealed | marks(played, secret), secrets, folder


def marks(played: play.Played, secret: bytes) -> dict[str, Any]:
    """What hands a lid in without being part of it: the box secret, and a token that one more supplier would hold."""
    lot = played.lots[0]
    return {"_secret": secret, "_token": unasked_token(lot, played.policies[lot], secret)}


def write_payload(
    out: Path, policy: Mapping[str, Any], supplier: play.Player, secret: bytes, part: str, content: dict[str, bytes]
) -> None:
    said = statement.build_statement(
        policy=policy_id(policy).hex(),
        bidder={"uscc": play.uscc_of(supplier), "name": supplier.actor().organisation_name},
        box_key=lid.box_key_of(secret),
        seq=1,
        part=part,
        files=content,
    )
    chain = supplier.chain()
    assert supplier.key is not None
    payload.write_payload(out, said, content, lambda data: cms.sign_detached(data, supplier.key, chain))


def resign(played: play.Played, sealed: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    made = lid.build_lid(played.policies[played.lots[0]], parts, 1, "", sealed["_secret"])
    return made | {key: sealed[key] for key in ("_secret", "_token")}


def hand_in(sealed: Mapping[str, Any], secrets: Mapping[str, sealing.PartSecret]) -> dict[str, Any]:
    uploads = {part: play._upload(kept.body) for part, kept in secrets.items()}
    record = {key: value for key, value in sealed.items() if not key.startswith("_")}
    return submit_bid.submit(record, uploads, token=sealed["_token"], arrived_at=clock.now())


def outcome_of(lid_id: str) -> tuple[str, str, str, str]:
    """(stage, code, fault, legal) of a bid."""
    row = SealedBid.objects.get(lid_id=lid_id)
    return row.stage, row.outcome["code"], row.outcome["fault"], row.outcome["legal"]


def refused(call: Callable[..., Any], *args: Any, **given: Any) -> Refused:
    """The refusal that ``call`` must meet."""
    with pytest.raises(Refused) as caught:
        call(*args, **given)
    return caught.value


def scores_of(played: play.Played, members: list[Player], **given_: Any) -> None:
    """Everyone checks in and judges every bid with the same marks; locks are left to the test."""
    for player, duty in zip(members, stage.duties(played.lots[0]), strict=True):
        score.check_in(duty.member, by=player.actor(), no_interest=True)
        for bid in duty.bids:
            score.score(duty.member, by=player.actor(), bid=bid, values={"plan": "30", "service": "20.5"}, **given_)


def lock_all(played: play.Played, members: list[Player]) -> None:
    for player, duty in zip(members, stage.duties(played.lots[0]), strict=True):
        score.lock_scores(duty.member, by=player.actor())
