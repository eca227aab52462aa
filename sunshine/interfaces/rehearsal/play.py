"""Playing the flows: every state a demonstration or a test wants is reached the way people reach it."""

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sunshine.domain.bidding.queries.rehearsal import policies_of
from sunshine.domain.parties import uscc
from sunshine.flows import draft as drafting
from sunshine.flows import initiate as initiating
from sunshine.flows import plan as planning
from sunshine.flows import register_expert, seat_trustees, submit_bid
from sunshine.flows import review as reviewing
from sunshine.flows.announce import announce as announce_flow
from sunshine.foundation import calendar, clock
from sunshine.foundation.authz import VISITOR
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.files import spool, store
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import papers
from sunshine.interfaces.rehearsal.people import INSTALLER, Player, member, organisation, person, verified
from sunshine.interfaces.rehearsal.tokens import token_of
from sunshine_proof import agefile, cms, envelopes, lid, payload, sealing, statement
from sunshine_proof.policy import policy_id, trustee_digest

SCHEME: dict[str, Any] = {
    "v": "scheme/1",
    "method": "scored",
    "weighting": "marks",
    "criteria": [
        {"key": "price", "name": "投标报价", "kind": "price", "full_mark": "40"},
        {"key": "plan", "name": "实施方案", "kind": "subjective", "full_mark": "35"},
        {"key": "service", "name": "售后服务", "kind": "subjective", "full_mark": "25"},
    ],
    "price": {"family": "low-price-first"},
    "rounding": {"mode": "half-up", "decimals": 2, "apply": ["score"]},
    "aggregation": {"kind": "mean"},
    "ties": ["total", "price", "criterion:plan", "received"],
}


@dataclass
class Cast:
    """Everyone on stage. Keys are short English words; see ``found``."""

    players: dict[str, Player] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Player:
        return self.players[key]

    @property
    def trustees(self) -> list[Player]:
        """In the order of the seats: buyer, operator, discipline inspection, audit."""
        return [self.players[key] for key in ("keeper", "op_keeper", "inspector_keeper", "audit_keeper")]

    @property
    def experts(self) -> list[Player]:
        return [player for key, player in self.players.items() if key.startswith("expert")]

    @property
    def suppliers(self) -> list[Player]:
        return [player for key, player in self.players.items() if key.startswith("supplier")]


def found(*, suppliers: int = 3, experts: int = 5, domain: str = "yunling.example") -> Cast:
    """A platform with an operator, a group with one subsidiary, overseers, suppliers and a registry of experts."""
    cast = Cast()
    players, ids = cast.players, cast.organisations
    players["verifier"] = person("郑明", f"verifier@{domain}")
    code = uscc.fictional(f"{domain}/operator")
    ids["operator"] = organisation(players["verifier"], "operator", "云岭市阳光采购服务中心", code)
    verified(ids["operator"], INSTALLER)
    house(cast, "registry", "registry", "云岭市综合评标专家库", "库管", "registry", domain)
    group = house(cast, "group", "buyer", "云岭城市发展集团有限公司", "何群", "group", domain)
    inspection = house(cast, "inspection", "supervisor", "云岭市国资委纪检监察组", "吴正", "inspection_admin", domain)
    audit = house(cast, "audit", "supervisor", "云岭市国资审计中心", "沈清", "audit_admin", domain)
    players["approver"] = member(group, "何批", f"approver@{domain}", "buyer-approver")
    players["op_keeper"] = member(players["verifier"], "郑钥", f"op_keeper@{domain}", "trustee")
    players["inspector"] = member(inspection, "吴察", f"inspector@{domain}", "inspector")
    players["inspector_keeper"] = member(inspection, "吴钥", f"inspector_keeper@{domain}", "trustee")
    players["auditor"] = member(audit, "沈计", f"auditor@{domain}", "auditor")
    players["audit_keeper"] = member(audit, "沈钥", f"audit_keeper@{domain}", "trustee")
    staffed(cast, "云岭水务有限公司", domain)
    for n in range(1, suppliers + 1):
        name, who = papers.SUPPLIERS[(n - 1) % len(papers.SUPPLIERS)]
        house(cast, f"supplier{n}", "supplier", name, who, f"supplier{n}", domain, scale="sme")
    for n in range(1, experts + 1):
        enlist(cast, f"expert{n}", papers.EXPERTS[(n - 1) % len(papers.EXPERTS)], f"expert{n}@{domain}")
    return cast


def house(
    cast: Cast, key: str, kind: str, name: str, first: str, word: str, domain: str, *, parent: str = "", **more: Any
) -> Player:
    """A verified organisation ``key`` whose first member is the player ``word``."""
    player = cast.players[word] = person(first, f"{word}@{domain}")
    code = uscc.fictional(f"{domain}/{key}")
    cast.organisations[key] = organisation(player, kind, name, code, region="云岭市", parent=parent, **more)
    verified(cast.organisations[key], cast["verifier"].actor())
    return player


STAFF = (
    ("officer", "王办", "buyer-officer"),
    ("reviewer", "王审", "buyer-reviewer"),
    ("publisher", "王布", "buyer-publisher"),
    ("signatory", "王签", "buyer-signatory"),
    ("judge", "王评", "buyer-representative"),
    ("keeper", "王钥", "trustee"),
)


def staffed(cast: Cast, name: str, domain: str, *, surname: str = "王") -> Cast:
    """Give the cast a buying subsidiary of the group, with one person for every duty."""
    parent = cast.organisations["group"]
    buyer = house(cast, "buyer", "buyer", name, f"{surname}敏", "admin", domain, parent=parent)
    for key, who, role in STAFF:
        cast.players[key] = member(buyer, surname + who[1:], f"{key}@{domain}", role)
    return cast


def enlist(cast: Cast, key: str, name: str, email: str, *specialties: str) -> Player:
    """An expert, applied and listed."""
    player = cast.players[key] = person(name, email)
    event = register_expert.apply_expert(
        by=VISITOR,
        person=player.person,
        title="高级工程师",
        years=15,
        employer="云岭工程大学（虚构）",
        specialties=list(specialties or ("给排水设备", "综合")),
        avoided_units=[],
    )
    register_expert.verify_expert(
        event.subject_id, by=cast["verifier"].actor(), evidence="职称证书与简历核对一致（演练）"
    )
    player.organisation = cast.organisations["registry"]
    return player


@dataclass
class Played:
    """A project on stage, and what its people hold."""

    cast: Cast
    project: str
    lots: list[str] = field(default_factory=list)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    bids_due_at: datetime | None = None
    alone: bool = False  # mode B: each bidder alone opens its bid


def a_plan(
    cast: Cast,
    title: str = "2026年度水厂设备采购计划",
    budget_fen: int = 5_000_000_00,
    purpose: str = "更新老旧设备，保障城区供水安全",
    category: str = "给排水设备",
) -> str:
    """An approved plan."""
    event = planning.plan(
        by=cast["officer"].actor(),
        buyer=cast.organisations["buyer"],
        year=2026,
        title=title,
        purpose=purpose,
        category=category,
        budget_fen=budget_fen,
        funding="企业自有资金",
        investment="",
    )
    planning.approve_plan(event.subject_id, by=cast["approver"].actor())
    return str(event.subject_id)


def a_project(
    cast: Cast,
    *,
    plan: str = "",
    title: str = "城西水厂取水泵更新",
    lots: int = 1,
    mandatory: bool = True,
    budget_fen: int | None = None,
    category: str = "给排水设备",
    **fields: Any,
) -> Played:
    """A project whose documents are complete except for the trustees' keys; in stage "draft"."""
    officer = cast["officer"].actor()
    budget = budget_fen or lots * 1_000_000_00
    event = initiating.initiate(
        by=officer,
        plan=plan or a_plan(cast),
        title=title,
        budget_fen=budget,
        method="open_tender",
        reason_code="mandatory" if mandatory else "policy",
        method_reason="达到必须招标的规模标准" if mandatory else "企业制度规定公开招标",
    )
    played = Played(cast, event.subject_id, alone=fields.get("sealing") == "B")
    initiating.approve_method(played.project, by=cast["approver"].actor())
    due = fields.pop("bids_due_at", None) or lawful_deadline()
    content = papers.documents(title, lots, category)
    blobs = [(name, store.store(stream, name=name, limit=50_000_000)) for name, stream in content]
    drafting.draft(
        played.project,
        by=officer,
        fields={
            "contact_name": "王办",
            "contact_phone": "020-0000-0001",
            "objection_channel": "平台“提出异议”，或致电 020-0000-0001",
            "scheme": SCHEME,
            "documents_from": clock.now(),
            "documents_to": due - timedelta(days=2),
            "questions_due_at": due - timedelta(days=10),
            "bids_due_at": due,
            "opening_place": "线上开标大厅",
            "contract_terms": "验收合格后三十日内付款；质保二十四个月。",
            **fields,
        },
        lots=[
            papers.lot(n, mandatory=mandatory, estimate_fen=budget // lots, category=category)
            for n in range(1, lots + 1)
        ],
        criteria=papers.CRITERIA,
        documents=[{"blob": blob, "title": name} for name, blob in blobs],
    )
    return played


def lawful_deadline(days: int = 20, first: date | None = None) -> datetime:
    """The earliest deadline of T01 for documents out on ``first`` (today), at half past nine."""
    first = first or clock.now().astimezone(clock.BEIJING).date()
    day = calendar.earliest_deadline(current_calendar(), first, days)
    return datetime.combine(day, time(9, 30), clock.BEIJING)


def with_trustees(played: Played) -> Played:
    """The four seats filled, each key made and signed as the trustee's browser does."""
    cast = played.cast
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    for player, role in zip(cast.trustees, seat_trustees.SEATS, strict=True):
        secret = agefile.new_secret()
        recipient = agefile.recipient_of(secret)
        player.trustee_keys[played.project] = agefile.identity_of(secret)
        signed = player.sign(trustee_digest(played.project, role, recipient))
        seat_trustees.make_trustee_key(played.project, by=player.actor(), recipient=recipient, **signed)
    return played


def has_trustees(played: Played) -> bool:
    """Whether every trustee has made its key for this project."""
    return all(player.trustee_keys.get(played.project) for player in played.cast.trustees)


def announced(played: Played) -> Played:
    """Reviewed by one, announced by another."""
    cast = played.cast
    if not played.alone and not has_trustees(played):
        with_trustees(played)
    drafting.submit_review(played.project, by=cast["officer"].actor())
    reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="符合法律法规与公平竞争要求。")
    return take_policies(played, announce_flow(played.project, by=cast["publisher"].actor()))


def take_policies(played: Played, event: Any) -> Played:
    """Remember what the announcement published: lots, deadline and seal policies."""
    played.lots = list(event.facts["policies"])
    played.bids_due_at = datetime.fromisoformat(event.facts["bids_due_at"].replace("Z", "+00:00"))
    played.policies = policies_of(played.project)
    return played


def bid(
    played: Played,
    lot: str,
    supplier: Player,
    *,
    total_fen: int = 900_000_00,
    files: Mapping[str, bytes] | None = None,
    box_secret: bytes | None = None,
    previous: Mapping[str, Any] | None = None,
    arrived_at: datetime | None = None,
    token: dict[str, Any] | None = None,
    price_early: bool = False,
) -> dict[str, Any]:
    """Seal and submit a bid with Python, as the supplier's browser does; what the browser would keep goes into the
    supplier's own list.

    Returns {"receipt", "lid", "box_secret", "rescue", "token"}; without another token the supplier gets its own, once in
    a lot.
    """
    secret = box_secret or supplier.boxes.get(lot, (lid.new_box_secret(),))[0]
    token = token or token_of(supplier, lot, played.policies[lot], secret)
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {"total_fen": total_fen, "files": files, "previous": previous}
        sealed, secrets = seal(played, lot, supplier, Path(folder), secret, price_early=price_early, **given)
        uploads = {part: _upload(kept.body) for part, kept in secrets.items()}
        receipt = submit_bid.submit(sealed, uploads, token=token, arrived_at=arrived_at or clock.now())
        rescue = sealing.rescue_entries(sealed, secrets)
    entry: dict[str, Any] = {"lot": lot, "policy": sealed["policy"], "token": token}
    entry |= {"box_key": sealed["box_key"], "box_secret": secret.hex()}
    kept = next((one for one in supplier.bids if one["box_key"] == sealed["box_key"]), None)
    earlier = [*kept["lids"]] if kept else []
    supplier.bids[:] = [one for one in supplier.bids if one is not kept]
    link = {"id": sealed["id"], "seq": sealed["seq"], "kind": "bid", "receipt": receipt}
    supplier.bids.append({**entry, "lids": [*earlier, link], "rescue": rescue})
    return {"receipt": receipt, "lid": sealed, "box_secret": secret, "rescue": rescue, "token": token}


def seal(
    played: Played,
    lot: str,
    supplier: Player,
    folder: Path,
    secret: bytes,
    *,
    total_fen: int = 900_000_00,
    files: Mapping[str, bytes] | None = None,
    previous: Mapping[str, Any] | None = None,
    price_early: bool = False,
) -> tuple[dict[str, Any], dict[str, sealing.PartSecret]]:
    """(lid, what each part was made of, its body among it): payloads signed, encrypted, dealt to the trustees."""
    policy = played.policies[lot]
    seq, prev = (previous["seq"] + 1, previous["id"]) if previous else (1, "")
    two = bool(envelopes.second(policy)) and not price_early  # a careless bidder writes its price into the first
    parts = {
        part: _payload(folder, policy, supplier, secret, seq, part, content)
        for part, content in papers.bid_parts(lot, total_fen, files or {}, two_envelope=two).items()
    }
    return sealing.seal_bid(policy, parts, folder, secret, seq, prev)


def _payload(
    folder: Path,
    policy: Mapping[str, Any],
    supplier: Player,
    secret: bytes,
    seq: int,
    part: str,
    content: dict[str, bytes],
) -> Path:
    organisation_ = supplier.actor()
    said = statement.build_statement(
        policy=policy_id(policy).hex(),
        bidder={"uscc": uscc_of(supplier), "name": organisation_.organisation_name},
        box_key=lid.box_key_of(secret),
        seq=seq,
        part=part,
        files=content,
    )
    chain = supplier.chain()
    out = folder / f"{part}.zip"
    assert supplier.key is not None
    key = supplier.key
    payload.write_payload(out, said, content, lambda data: cms.sign_detached(data, key, chain))
    return out


def uscc_of(player: Player) -> str:
    """The credit code on the player's certificate."""
    player.enrol()
    subject = str(player.certificate.subject)
    return subject.partition("NTRCN-")[2][:18]


def _upload(body: Path) -> str:
    upload = spool.create()
    with open(body, "rb") as stream:
        spool.append(upload, 0, stream, 1 << 40)
    return upload


def until(at: datetime) -> None:
    """Let rehearsal time pass until ``at``; nothing happens where it has passed already."""
    try:
        clock.advance(at)  # asking first and stepping then would let the instant go by in between
    except Refused as refused:
        if refused.code != "clock-backwards":
            raise


def price_around(base_fen: int, spread: Decimal, seed: str) -> int:
    """A believable price near ``base_fen``; the same seed gives the same price."""
    rng = random.Random(seed)
    factor = Decimal(1) - spread * Decimal(rng.randrange(0, 1000)) / 1000
    return int((Decimal(base_fen) * factor).quantize(Decimal(1)))
