"""A played world with one object of every kind in every stage that some address needs, for the walk over all addresses."""

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

from sunshine.domain.bidding.models import OpenedBid, SealedBid
from sunshine.domain.contracts.models import Contract, Objection
from sunshine.domain.contracts.queries.rehearsal import contract_of
from sunshine.domain.evaluation.models import Draw
from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.domain.parties import uscc
from sunshine.domain.parties.models import Person
from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries.tools import builds
from sunshine.domain.sourcing.models import Document, Lot
from sunshine.flows import ask, draft, manage_members, plan, rank, register, review, score, sign_contract, watch_log
from sunshine.flows.object import object_
from sunshine.flows.open_bids import open_bids
from sunshine.flows.open_prices import confirm_prices, open_prices
from sunshine.flows.write_page import write_page
from sunshine.foundation import clock
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.files import spool, store
from sunshine.foundation.pages import tools
from sunshine.foundation.tlog import timestamps
from sunshine.foundation.tlog.queries import open_alarms
from sunshine.interfaces.jobs import minute, sequence, stamping
from sunshine.interfaces.rehearsal import drawing, people, play, stage
from sunshine_proof.checkpoint import COSIGNATURE, encode_vkey

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class World:
    """ids: the name of a real object → its id in an address; players: who logs in, by key."""

    cast: play.Cast
    ids: dict[str, str] = field(default_factory=dict)
    players: dict[str, people.Player] = field(default_factory=dict)

    def keep(self, name: str, played: play.Played) -> None:
        """Remember a project, its first lot and its first document."""
        self.ids[name] = played.project
        self.ids[f"{name}_lot"] = Lot.objects.filter(project__public_id=played.project).earliest("number").public_id
        document = Document.objects.filter(project__public_id=played.project).earliest("pk")
        self.ids[f"{name}_document"] = document.public_id


def build(cast: play.Cast) -> World:
    """Play everything once; time ends some weeks after the start."""
    world = World(cast, {}, dict(cast.players))
    strangers(world)
    bid_upon(world)
    two_envelopes(world)
    not_yet(world)
    papers(world)
    return world


def strangers(world: World) -> None:
    """郑 who belongs nowhere; a supplier who has never bid; another group with a person for every duty."""
    cast, players = world.cast, world.players
    players["stranger"] = people.person("郑生", "stranger@nowhere.example")
    play.house(cast, "bystander", "supplier", "云岭旁观有限公司（虚构）", "赵旁", "bystander", "bystander.example")
    play.house(cast, "rivals", "buyer", "青石控股集团有限公司（虚构）", "林总", "rival_admin", "rival.example")
    for key, *roles in (
        ("rival_officer", "buyer-officer", "buyer-signatory"),
        ("rival_publisher", "buyer-publisher"),
        ("rival_approver", "buyer-approver", "buyer-reviewer"),
        ("rival_auditor", "auditor"),
        ("rival_keeper", "trustee"),
        ("rival_judge", "buyer-representative"),
    ):
        players[key] = people.member(cast["rival_admin"], f"林{key[-3:]}", f"{key}@rival.example", *roles)
    players["bystander"], players["rival_admin"] = cast["bystander"], cast["rival_admin"]


def bid_upon(world: World) -> None:
    """Projects that were announced together and have come to different points of the procedure."""
    cast = world.cast
    names = (
        "due",
        "opening",
        "opened",
        "drawing",
        "judging",
        "ranked",
        "signed",
        "published",
        "awarded",
        "contracted",
        "failed",
    )
    played = {name: play.announced(play.a_project(cast, title=f"采购 {name}")) for name in names}
    suppliers = [player for key, player in cast.players.items() if key.startswith("supplier")]
    for name, one in played.items():
        for n, supplier in enumerate(suppliers if name not in ("due", "failed") else suppliers[:1]):
            play.bid(one, one.lots[0], supplier, total_fen=900_000_00 + n * 1_000_00)
    play.until(max(one.bids_due_at for one in played.values() if one.bids_due_at) + timedelta(seconds=1))
    for name, one in played.items():
        world.keep(name, one)
    for name in ("opening", "failed"):
        open_bids(played[name].project, by=cast["officer"].actor())
    for name in ("opened", "drawing", "judging", "ranked", "signed", "published", "awarded", "contracted"):
        stage.opened(played[name])
        bid = OpenedBid.objects.filter(lot__public_id=played[name].lots[0], bidder_uscc=_code(cast["supplier1"]))
        world.ids[f"{name}_bid"] = bid.get().public_id
    world.ids["named_bid"] = SealedBid.objects.filter(lot__project__public_id=played["opened"].project)[0].public_id
    _judged(world, played)
    _decided(world, played)


def _code(player: people.Player) -> str:
    return play.uscc_of(player)


def _silent(world: World, played: play.Played) -> None:
    """A draw in which only the officer has revealed, and the others' time is over."""
    lot, specialty = played.lots[0], "给排水设备"
    one = drawing.committed(
        drawing.announced(played, lot, experts=4, specialty=specialty, representatives=[_judge(world)])
    )
    drawing.reveal(one, 1)
    world.ids["silent_draw"] = one.draw
    play.until(clock.now() + timedelta(minutes=31))


def _judge(world: World) -> str:
    return str(world.cast["judge"].person.public_id)


def _judged(world: World, played: dict[str, play.Played]) -> None:
    _silent(world, played["drawing"])
    lot = played["judging"].lots[0]
    members = stage.panel(played["judging"], lot)
    seats = duties(lot)
    world.ids["panel_draw"] = Draw.objects.get(lot__public_id=lot).public_id
    for key, player, duty in zip(("chair", "present", "drawn"), members, seats, strict=False):
        world.players[key] = player
        world.ids[f"{key}_seat"] = duty.member
    for player, duty in list(zip(members, seats, strict=True))[:2]:
        score.check_in(duty.member, by=player.actor(), no_interest=True)
    lot = played["ranked"].lots[0]
    members = stage.panel(played["ranked"], lot)
    stage.scored(played["ranked"], lot, members)
    rank.rank(lot, by=members[0].actor())
    world.players["signer"], world.ids["signer_seat"] = members[0], duties(lot)[0].member
    for name in ("signed", "published", "awarded", "contracted"):
        stage.evaluated(played[name], played[name].lots[0])


def _decided(world: World, played: dict[str, play.Played]) -> None:
    cast, ids = world.cast, world.ids
    for name in ("published", "awarded", "contracted"):
        stage.candidates(played[name], played[name].lots[0])
    for name in ("awarded", "contracted"):
        stage.awarded(played[name], played[name].lots[0])
    stage.contracted(played["contracted"], played["contracted"].lots[0])
    ids["contract"] = Contract.objects.get(lot__public_id=played["contracted"].lots[0]).public_id
    lot = played["awarded"].lots[0]
    facts = contract_of(lot)
    event = sign_contract.draft_contract(
        by=cast["officer"].actor(),
        lot=lot,
        amount_fen=facts.amount_fen,
        delivery_days=facts.delivery_days,
        quality=facts.quality,
    )
    ids["drafted_contract"] = event.subject_id
    winner = Contract.objects.get(public_id=ids["contract"]).supplier.public_id
    world.players["winner"] = next(p for p in cast.players.values() if p.organisation == winner)


def not_yet(world: World) -> None:
    """Projects and plans before and during the bidding time."""
    cast, ids = world.cast, world.ids
    officer = cast["officer"].actor()
    world.keep("draft", play.with_trustees(play.a_project(cast, title="采购 draft")))
    for name in ("in_review", "reviewed"):
        played = play.with_trustees(play.a_project(cast, title=f"采购 {name}"))
        draft.submit_review(played.project, by=officer)
        world.keep(name, played)
    review.review(ids["reviewed"], by=cast["reviewer"].actor(), opinion="符合要求")
    ids["plan"] = play.a_plan(cast, title="已批准的计划")
    fields = {"year": 2026, "purpose": "备用", "category": "设备", "budget_fen": 100_00, "funding": "自有"}
    event = plan.plan(by=officer, buyer=cast.organisations["buyer"], title="计划草稿", investment="", **fields)
    ids["plan_draft"] = event.subject_id
    world.keep("open", play.announced(play.a_project(cast, title="采购 open")))
    held = play.announced(play.a_project(cast, title="采购 held"))
    world.keep("held", held)
    evidence = store.store(BytesIO(PDF), name="证据.pdf", limit=10_000)
    supplier = cast["supplier1"].actor()
    object_(by=supplier, project=held.project, target="documents", text="条件过高", evidence=evidence)
    ids["objection"] = Objection.objects.get(project__public_id=held.project).public_id
    ask.ask(ids["open"], by=supplier, text="交货地点在哪里？")
    ids["notice"] = Notice.objects.filter(project__public_id=ids["open"]).get().public_id


def two_envelopes(world: World) -> None:
    """A tender with two envelopes, judged and not yet priced; one whose prices are being opened; one being judged anew."""
    cast = world.cast
    names = ("shut", "pricing", "priced")
    played = {name: play.announced(play.a_project(cast, title=f"采购 {name}", envelopes="two")) for name in names}
    for one in played.values():
        for n, key in enumerate(("supplier1", "supplier2", "supplier3")):
            play.bid(one, one.lots[0], cast[key], total_fen=900_000_00 + n * 1_000_00)
    play.until(max(one.bids_due_at for one in played.values() if one.bids_due_at) + timedelta(seconds=1))
    for name, one in played.items():
        world.keep(name, one)
        stage.opened(one)
        lot = one.lots[0]
        members = stage.panel(one, lot)
        stage.scored(one, lot, members)
        if name != "shut":
            open_prices(lot, by=cast["officer"].actor())
        if name == "priced":
            stage.release_all(one, lot)
            confirm_prices(lot, by=cast["officer"].actor())
            world.players["pricer"], world.ids["pricer_seat"] = members[0], duties(lot)[0].member
            world.ids["priced_bid"] = OpenedBid.objects.filter(lot__public_id=lot).earliest("pk").public_id


def papers(world: World) -> None:
    """Applicants, pages, members, uploads: what is neither plan nor project."""
    cast, ids = world.cast, world.ids
    applicant = people.person("李申", "applicant@new.example")
    licence = store.store(BytesIO(PDF), name="执照.pdf", limit=10_000)
    event = register.register(
        by=applicant.actor(),
        kind="supplier",
        name="云岭待核有限公司（虚构）",
        code=uscc.fictional("applicant"),
        person=applicant.person,
        licence=licence,
    )
    ids["applicant"] = event.subject_id
    ids["expert"] = cast["expert1"].person.expert.public_id
    page = {"kind": "help", "slug": "walk", "language": "zh-hans", "title": "走一遍", "body": "正文"}
    write_page(by=cast["verifier"].actor(), **page)
    write_page(by=cast["verifier"].actor(), **page | {"kind": "news", "slug": "walk-news"})
    ids |= {"verify": "verify-organisation", "suspend": "suspend-expert", "slug": "walk", "news": "walk-news"}
    ids |= {"language": "zh-hans", "one": "1", "kind": "supplier", "absent": "1"}
    minute.publish_tools()
    ids["tool"] = builds(tools.NAME)[0].sha256
    sequence.catch_up()
    stamping.ask()
    ids |= {"stamped": timestamps.newest_stamp().checkpoint_id, "tsr": "tsr"}  # type: ignore[union-attr]
    ids |= {"tile": "0/000.p/1", "zero": "0", "lid": SealedBid.objects.values_list("lid_id", flat=True)[0]}
    vkey = encode_vkey("witness.example", bytes(32), COSIGNATURE)
    watch = {"office": "行业协会（虚构）", "vkey": vkey, "url": "http://127.0.0.1:9/"}
    ids["witness"] = watch_log.add_witness(by=cast["verifier"].actor(), **watch).subject_id
    watch_log.raise_log_alarm(by=CLOCK, witness=ids["witness"], code="witness-ahead", detail="")
    ids["log_alarm"] = open_alarms()[0].public_id
    ids["buyer"] = cast.organisations["buyer"]
    ids["member"] = cast["signatory"].person.public_id
    second = {"email": "second@supplier1.example", "name": "李二", "phone": "", "password": people.PASSWORD}
    manage_members.add_member(by=cast["supplier1"].actor(), roles=["supplier-bidder"], **second)
    play.house(cast, "agency", "agency", "云岭代理有限公司（虚构）", "陈代", "agent", "agency.example")
    span = {"by": cast["admin"].actor(), "valid_from": clock.now(), "valid_to": clock.now() + timedelta(days=9)}
    given = manage_members.give_delegation(taker=cast.organisations["group"], basis="集中采购办法", **span)
    ids["delegation"] = given.facts["delegation"]
    given = manage_members.give_mandate(agency=cast.organisations["agency"], scope="全部", **span)
    ids["mandate"] = given.facts["mandate"]
    ids["colleague"] = Person.objects.get(email=second["email"]).public_id
    ids["certificate"] = cast["supplier1"].certificate.public_id
    ids["upload"] = spool.create()
