"""公布抽取: pool, exclusions and parties of a draw, frozen and logged before anybody gives a number (招标投标法 第三十七条).

Nothing is drawn here. Every party commits (commit_draw), the log's next checkpoint is pinned, every party reveals
(reveal_draw), and then the result follows by itself, the same for everyone who computes it.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealPolicy
from sunshine.domain.evaluation.draws import EXPERTS, FACTOR, REVEAL_MINUTES, Draw, DrawParty
from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.parties.models import Expert, Membership, Organisation
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.domain.sourcing.sealing import THRESHOLD
from sunshine.flows._run import along, flow
from sunshine.flows.announce import seated
from sunshine.flows.seat_trustees import SEATS
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import new_id
from sunshine.foundation.refusal import Refused
from sunshine_proof.draw import DrawError, announce_hash, announcement, blind_id
from sunshine_proof.policy import box_policy, policy_id

ARTICLE = "招标投标法 第三十七条"
BUYER, SUPERVISOR, OPERATOR = "采购人", "监督人", "平台运营机构"
PART = "random"  # the one part of a sealed number
WHOLE = re.compile(r"(0|-?[1-9][0-9]{0,8})\Z")
CHOICES = 1000


@flow(LOT, "announce-draw")
def announce_draw(
    lot: Lot,
    *,
    by: Actor,
    at: datetime,
    experts: int,
    specialty: str,
    supervisor: str,
    operator: str,
    representatives: Sequence[str] = (),
    alternates: int | None = None,
    reveal_minutes: int = REVEAL_MINUTES,
) -> dict[str, Any]:
    """Announce the draw of ``experts`` experts of a specialty, beside the buyer's representatives.

    supervisor, operator, representatives   public ids of persons; the third party is the officer who announces
    alternates                              as many as members, or as the pool allows, where none are named; at least 1
    For lots that must be tendered: five or more, odd, experts at least two thirds (the numbers are the pack's).
    """
    representatives = list(dict.fromkeys(representatives))  # named twice is one person
    _lawful(lot, experts, len(representatives), at)
    _check_representatives(lot, representatives)
    pool, excluded = _pool(lot, specialty)
    spare = min(experts, len(pool) - experts) if alternates is None else alternates
    if spare < 1 or experts + spare > len(pool):
        text = _("专家库中符合条件且无须回避的“%(what)s”专家只有 %(n)s 名，除评委外至少还要一名候补。") % {
            "what": specialty,
            "n": len(pool),
        }
        raise Refused("pool-too-small", text, ARTICLE)
    salt = secrets.token_bytes(32)
    blind = {expert: blind_id(salt, expert) for expert in [*pool, *excluded]}
    draw = _draw(lot, EXPERTS, salt, reveal_minutes, by, at)
    draw.specialty, draw.representatives = specialty, representatives
    draw.blinded = {blinded: expert for expert, blinded in blind.items()}
    given = {
        "members": experts,
        "alternates": spare,
        "pool": [(blind[expert], 1) for expert in pool],
        "exclusions": {blind[expert]: reason for expert, reason in excluded.items()},
        "filters": [("stage", "listed"), ("specialty", specialty)],
    }
    return _announced(draw, given, supervisor, operator, by, at)


@flow(LOT, "announce-factor")
def announce_factor(
    lot: Lot,
    *,
    by: Actor,
    at: datetime,
    choices: Sequence[str],
    supervisor: str,
    operator: str,
    reveal_minutes: int = REVEAL_MINUTES,
) -> dict[str, Any]:
    """Announce the draw of one of several whole numbers (as text), for a scoring rule that asks for chance."""
    if not 2 <= len(set(choices)) == len(choices) <= CHOICES or not all(WHOLE.match(choice) for choice in choices):
        raise Refused("choices-malformed", _("请给出两个以上互不相同的整数。"), field="choices")
    draw = _draw(lot, FACTOR, secrets.token_bytes(32), reveal_minutes, by, at)
    given = {"members": 1, "alternates": 0, "pool": [(choice, 1) for choice in choices]}
    return _announced(draw, given, supervisor, operator, by, at)


def _draw(lot: Lot, purpose: str, salt: bytes, reveal_minutes: int, by: Actor, at: datetime) -> Draw:
    if not 1 <= reveal_minutes <= 1440:
        raise Refused("reveal-minutes", _("揭示时限须在 1 至 1440 分钟之间。"), field="reveal_minutes")
    draw = Draw(lot=lot, purpose=purpose, salt=salt.hex(), announced_at=at, announced_by=str(by))
    draw.public_id, draw.reveal_minutes = new_id("DR"), reveal_minutes
    draw.policy = _seal_policy(lot, at)
    draw.pid = policy_id(draw.policy).hex()
    return draw


def _seal_policy(lot: Lot, at: datetime) -> dict[str, Any]:
    """The lot's trustees and threshold for one part; what counts are the draw's stages, so both times are now.

    Where the bidder alone opens (seal-policy/2) the bids' policy has no trustees, and a draw still needs them: without,
    a party that stays silent could stop it. Then the project's seats are the draw's trustees.
    """
    known = SealPolicy.objects.get(lot=lot).content
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = ("tender", "lot", "log_origin", "log_vkey", "witness_vkeys")
    same = {name: known[name] for name in kept}
    k, trustees = known["k"], known["trustees"]
    if lot.project.opens_alone:
        k, trustees = THRESHOLD, seated(lot.project)
        if len(trustees) < len(SEATS) or not all(one["recipient"] for one in trustees):
            text = _(
                "抽取要把各方的随机数密封给四位密钥持有人，以防有人不揭示。"
                "本项目还没有指定齐，或有人尚未生成密钥；请先在项目页“抽取用的密钥持有人”办理。"
            )
            raise Refused("draw-needs-trustees", text, ARTICLE)
    return box_policy(**same, k=k, trustees=trustees, parts=[PART], deadline=moment, open_not_before=moment)


def _announced(
    draw: Draw, given: dict[str, Any], supervisor: str, operator: str, by: Actor, at: datetime
) -> dict[str, Any]:
    lot, parties = draw.lot, _parties(draw, supervisor, operator, by)
    try:
        draw.announcement = announcement(
            draw=draw.public_id,
            tender=lot.project.public_id,
            lot=lot.public_id,
            purpose=draw.purpose,
            roles=[party.role for party in parties],
            policy=draw.pid,
            **given,
        )
    except DrawError as error:
        raise Refused("draw-malformed", _("抽取公告不符合格式：%(why)s") % {"why": error.code}) from error
    digest = announce_hash(draw.announcement).hex()
    facts = {
        "announcement": draw.announcement,
        "hash": digest,
        "parties": [party.organisation.public_id for party in parties],
    }
    along(DRAW, "announce-draw", draw, by=by, at=at, facts=facts)
    DrawParty.objects.bulk_create(parties)
    title = {"title": lot.project.title}
    tell([party.person_id for party in parties], "draw-announced", title, url=f"/draws/{draw.public_id}/party/", at=at)
    return {"draw": draw.public_id, "purpose": draw.purpose, "hash": digest}


def _parties(draw: Draw, supervisor: str, operator: str, by: Actor) -> list[DrawParty]:
    """The officer for the buyer; who supervises from outside or above; who runs the platform. Each another person."""
    buyer = draw.lot.project.buyer
    above = [int(pk) for pk in buyer.path.strip("/").split("/") if int(pk) != buyer.pk]
    live = Membership.objects.filter(ended_at=None, organisation__stage="active").select_related(
        "organisation", "person"
    )
    watch = live.filter(organisation__kind="supervisor") | live.filter(organisation__in=above)
    sides = (
        (BUYER, by.person, live.filter(organisation=by.organisation_pk), "buyer-officer", ""),
        (SUPERVISOR, supervisor, watch, "inspector,auditor", "supervisor"),
        (OPERATOR, operator, live.filter(organisation__kind="operator"), "operator-admin", "operator"),
    )
    parties: list[DrawParty] = []
    for number, (role, person, side, roles, field) in enumerate(sides, 1):
        held = side.filter(person__public_id=person, roles__overlap=roles.split(",")).first()
        if held is None or held.person_id in [party.person_id for party in parties]:
            text = _("“%(role)s”一方须由该方有相应职责的人员参加，三方各是不同的人。") % {"role": role}
            raise Refused("party-of-another-side", text, field=field)
        parties.append(
            DrawParty(draw=draw, number=number, role=role, person=held.person, organisation=held.organisation)
        )
    return parties


def _lawful(lot: Lot, experts: int, representatives: int, at: datetime) -> None:
    rule = pack_of(lot.project, at).rule("T10")
    size = experts + representatives
    if rule is not None and lot.mandatory:
        least = rule.number("members")
        if size < least or size % 2 == 0:
            text = _("评标委员会应为%(n)s人以上单数，当前 %(size)s 人。") % {"n": least, "size": size}
            raise Refused("panel-not-lawful", text, rule.article, field="experts")
        if experts * 3 < size * rule.number("experts_of_three"):
            part = _("技术、经济专家不得少于成员总数的三分之二。")
            raise Refused("panel-not-lawful", part, rule.article, field="experts")
    elif size < 3 or size % 2 == 0 or experts < 1:
        raise Refused("panel-not-lawful", _("评审小组应为三人以上单数。"), field="experts")


def _pool(lot: Lot, specialty: str) -> tuple[list[str], dict[str, str]]:
    """Experts who may be drawn, and those who may not with the reason (条例 第四十六条: interest means recusal)."""
    bidders = set(lot.opened_bids.values_list("bidder_uscc", flat=True))
    near = bidders | {lot.project.buyer.uscc} | ({lot.project.agency.uscc} if lot.project.agency else set())
    pool: list[str] = []
    excluded: dict[str, str] = {}
    houses = Organisation.objects.filter(uscc__in=near)
    insiders = set(
        Membership.objects.filter(organisation__in=houses, ended_at=None).values_list("person_id", flat=True)
    )
    for expert in Expert.objects.filter(stage="listed", specialties__contains=[specialty]):
        if expert.employer_uscc in near or expert.person_id in insiders:
            excluded[expert.public_id] = "employer"
        elif near & set(expert.avoided_units):
            excluded[expert.public_id] = "avoided-unit"
        else:
            pool.append(expert.public_id)
    return pool, excluded


def _check_representatives(lot: Lot, persons: Sequence[str]) -> None:
    live = Membership.objects.filter(
        organisation=lot.project.buyer, ended_at=None, roles__contains=["buyer-representative"]
    )
    if live.filter(person__public_id__in=persons).values("person").distinct().count() != len(persons):
        raise Refused("not-a-representative", _("采购人代表须为本单位具有该角色的人员。"), field="representatives")
