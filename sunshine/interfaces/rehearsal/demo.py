"""The demonstration: all scenes played side by side, in the order of their days, until the clock shows today."""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.flows import ask, clarify, object, terminate, write_page
from sunshine.flows import draft as drafting
from sunshine.flows import initiate as initiating
from sunshine.flows import review as reviewing
from sunshine.flows.announce import announce as announce_flow
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.foundation import clock
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import papers, play, stage, witnesses
from sunshine.interfaces.rehearsal.play import Cast, Played
from sunshine.interfaces.rehearsal.scenes import BUYERS, CATEGORIES, SCENES, Scene

LONGEST = 110  # days between the first act and today
Days = Iterator[datetime]


def perform(today: datetime, *, scenes: list[Scene] | None = None, watch: Path | None = None) -> list[Cast]:
    """Play every scene; returns the casts, one per buyer, with the keys their people hold.

    ``today`` is where the rehearsal clock arrives: nothing is played later than that. ``watch`` is the folder of the
    witnesses, who look at the log every evening.
    """
    casts, folder = company(), watch or witnesses.home()
    witnesses.found(folder, by=casts[0]["verifier"].actor())
    with witnesses.at_hand(folder) as look:
        _succession(casts, SCENES if scenes is None else scenes, today, look)
        sequence.catch_up()
        look()
        play.until(today)
    return casts


def _succession(casts: list[Cast], scenes: list[Scene], today: datetime, look: Callable[[], None]) -> None:
    """The days of all scenes, one after the other."""
    plans: dict[tuple[int, str], str] = {}
    queue: list[tuple[datetime, int, Days]] = []
    order = count()
    for scene in scenes:
        life = live(casts[scene.buyer], scene, today, plans)
        heapq.heappush(queue, (next(life), next(order), life))
    while queue:
        when, _n, life = heapq.heappop(queue)
        now = clock.now()
        if when > now:
            sequence.tick()  # what happened gets its place
            if when.astimezone(clock.BEIJING).date() > now.date():
                look()  # and is witnessed before the day is over
        play.until(min(when, today))
        following = next(life, None)
        if following is not None:
            heapq.heappush(queue, (max(following, when), next(order), life))


def company() -> list[Cast]:
    """The operator, overseers, six suppliers, eight experts, one group and its four subsidiaries."""
    first = play.found(suppliers=6, experts=0, domain="yunling.example")
    for kind, slug, title, summary, body in papers.NEWS:
        for language in ("zh-hans", "en"):
            n = int(language == "en")
            write_page.write_page(
                by=first["verifier"].actor(),
                kind=kind,
                slug=slug,
                language=language,
                title=title[n],
                summary=summary[n],
                body=body[n],
            )
    for n, name in enumerate(papers.EXPERTS, 1):
        play.enlist(first, f"expert{n}", name, f"expert{n}@yunling.example", *CATEGORIES, "综合")
    casts = []
    for domain, name, surname in BUYERS[1:]:
        cast = Cast(dict(first.players), dict(first.organisations))
        casts.append(play.staffed(cast, name, domain, surname=surname))
    return [first, *casts]


def live(cast: Cast, scene: Scene, today: datetime, plans: dict[tuple[int, str], str]) -> Days:
    """One scene as a succession of days; after each ``yield`` it is that day."""
    morning = datetime.combine(_announcement_day(scene, today), time(9, 10), clock.BEIJING)
    begin = min(morning, today) - timedelta(days=2)
    yield begin
    played = _drafted(cast, scene, plans, today)
    if played is None:
        return
    yield begin + timedelta(days=1)
    if not _reviewed(played, scene):
        return
    yield morning
    _announce(played)
    if scene.far == "terminated":
        yield morning + timedelta(days=6)
        terminate.terminate(played.project, by=cast["publisher"].actor(), reason="规划调整，本项目暂缓实施。")
        return
    yield from _questions(played, scene, morning)
    assert played.bids_due_at is not None
    yield min(played.bids_due_at, today) - timedelta(hours=20)
    _bids(played, scene)
    if scene.far in ("announced", "due"):
        return
    yield played.bids_due_at + timedelta(minutes=1)
    yield from _opening(played, scene, today)


def _announcement_day(scene: Scene, today: datetime) -> date:
    """The scene's age before today; earlier where holidays would push the lawful deadline too near to today."""
    day = today.astimezone(clock.BEIJING).date() - timedelta(days=scene.age)
    if scene.far == "announced" or scene.age < 20:
        return day
    latest = day + timedelta(days=22)
    while play.lawful_deadline(20, day).date() > latest:
        day -= timedelta(days=1)
    return day


def _drafted(cast: Cast, scene: Scene, plans: dict[tuple[int, str], str], today: datetime) -> Played | None:
    key = (scene.buyer, scene.category)
    if key not in plans:
        title = f"2026年度{scene.category}采购计划"
        plans[key] = play.a_plan(cast, title, 30_000_000_00, scene.purpose, scene.category)
    if scene.far in ("initiated", "method_approved"):
        event = initiating.initiate(
            by=cast["officer"].actor(),
            plan=plans[key],
            title=scene.title,
            budget_fen=scene.budget_wan * 10_000_00,
            method="open_tender",
            reason_code="mandatory",
            method_reason="达到必须招标的规模标准",
        )
        if scene.far == "method_approved":
            initiating.approve_method(event.subject_id, by=cast["approver"].actor())
        return None
    announced_on = max(clock.now() + timedelta(days=2), today - timedelta(days=scene.age))
    due = _due(scene, announced_on, today)
    return play.a_project(
        cast,
        plan=plans[key],
        title=scene.title,
        lots=len(scene.bids),
        mandatory=scene.mandatory,
        budget_fen=scene.budget_wan * 10_000_00,
        category=scene.category,
        bids_due_at=due,
        purpose=scene.purpose,
        envelopes="two" if "two" in scene.marks else "one",
    )


def _due(scene: Scene, announced_on: datetime, today: datetime) -> datetime:
    """Later than the law's earliest by a day; for scenes that are due today, just before now."""
    if scene.far == "due":
        return (today - timedelta(minutes=40)).replace(second=0, microsecond=0)
    lawful = play.lawful_deadline(20, announced_on.date())
    return lawful + timedelta(days=1 if scene.far == "announced" else 0)


def _reviewed(played: Played, scene: Scene) -> bool:
    cast = played.cast
    if scene.far == "draft":
        return False
    play.with_trustees(played)
    drafting.submit_review(played.project, by=cast["officer"].actor())
    if scene.far == "in_review":
        return False
    reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="符合法律法规与公平竞争审查要求，同意发布。")
    return scene.far != "reviewed"


def _announce(played: Played) -> None:
    event = announce_flow(played.project, by=played.cast["publisher"].actor())
    play.take_policies(played, event)


def _questions(played: Played, scene: Scene, morning: datetime) -> Days:
    cast = played.cast
    if "question" in scene.marks:
        yield morning + timedelta(days=2, hours=3)
        for text in ("技术参数中的“不低于”是否包含本数？", "能否提供现有设备的安装尺寸图？"):
            enquiry = ask.ask(played.project, by=cast.suppliers[0].actor(), text=text)
        yield morning + timedelta(days=3)
        ask.answer(
            played.project, by=cast["officer"].actor(), enquiry=enquiry.public_id, text="可以，详见本次澄清附件。"
        )
        clarify.clarify(
            played.project,
            by=cast["officer"].actor(),
            text="补充现有设备安装尺寸图；“不低于”包含本数。",
            affects_preparation=False,
        )
    if "extension" in scene.marks:
        yield morning + timedelta(days=9)
        event = clarify.clarify(
            played.project,
            by=cast["officer"].actor(),
            text="调整备品备件数量，涉及投标文件编制，投标截止时间依法顺延。",
            affects_preparation=True,
        )
        if event.facts["extended"]:
            played.bids_due_at = datetime.fromisoformat(event.facts["changes"]["bids_due_at"][1].replace("Z", "+00:00"))


def _bids(played: Played, scene: Scene) -> None:
    cast = played.cast
    for lot, number in zip(played.lots, scene.bids, strict=True):
        for n in range(number):
            supplier = cast.suppliers[(scene.age + n) % len(cast.suppliers)]
            price = play.price_around(
                scene.budget_wan * 10_000_00 // len(scene.bids), Decimal("0.18"), f"{scene.title}{n}"
            )  # within the cap
            made = play.bid(played, lot, supplier, total_fen=price, files=_files(scene, n))
            if "replace" in scene.marks and n == 0:
                play.bid(
                    played,
                    lot,
                    supplier,
                    total_fen=price - 5_000_00,
                    box_secret=made["box_secret"],
                    previous=made["lid"],
                )


def _files(scene: Scene, n: int) -> dict[str, bytes] | None:
    """Complete scenes carry what real bids carry: a long PDF, a Word document and a spreadsheet."""
    if not scene.real_files:
        return None
    name = papers.SUPPLIERS[(scene.age + n) % len(papers.SUPPLIERS)][0]
    chapters = "\n".join(
        f"第{k}章 {word}" for k, word in enumerate(("概述", "技术方案", "实施计划", "售后服务", "业绩"), 1)
    )
    return {
        "技术方案.pdf": papers.pdf(f"{name}技术方案", chapters),
        "资格证明.docx": papers.docx("资格证明文件", [f"{name}具有独立承担民事责任的能力。", "近三年无重大违法记录。"]),
        "偏离表.xlsx": papers.bill(len(scene.bids), scene.category),
    }


def _opening(played: Played, scene: Scene, today: datetime) -> Days:
    cast = played.cast
    event = open_bids(played.project, by=cast["officer"].actor())
    lots = list(event.facts["effective_lids"])
    if scene.far == "opening":
        for lot in lots:
            stage.release(played, lot, cast.trustees[0], 1)
        return
    for lot in lots:
        stage.release_all(played, lot, trustees=3)
    confirm_opening(played.project, by=cast["officer"].actor())
    if scene.far == "opened" or not lots:
        return
    yield clock.now() + timedelta(days=1)
    for lot in lots:
        yield from _after(played, scene, lot, today)


def _after(played: Played, scene: Scene, lot: str, today: datetime) -> Days:
    """From the panel to the contract, as far as the scene goes."""
    members = stage.panel(played, lot, specialty=scene.category)
    yield clock.now() + timedelta(hours=4)
    if scene.far == "evaluating":
        stage.scored(played, lot, members[:2])
        return
    two = "two" in scene.marks  # one bid is rejected, so that its price stays shut
    stage.scored(played, lot, members, reject=duties(lot)[0].bids[-1:] if two else ())
    if scene.far == "locked":
        return
    if two:
        stage.prices_opened(played, lot)
        stage.priced(played, lot, members)
    stage.reported(played, lot, members)
    if scene.far == "report_signed":
        return
    if scene.far in ("candidates", "objected"):
        yield today - timedelta(hours=26)
    else:
        yield clock.now() + timedelta(days=1)
    end = stage.candidates(played, lot)
    if scene.far == "objected":
        yield today - timedelta(hours=3)
        _object(played, lot)
    if scene.far in ("candidates", "objected"):
        return
    yield end + timedelta(hours=10)
    stage.awarded(played, lot)
    if scene.far == "notified":
        return
    yield clock.now() + timedelta(days=6)
    stage.contracted(played, lot)


def _object(played: Played, lot: str) -> None:
    bidders = [p for p in played.cast.suppliers if any(entry["lot"] == lot for entry in p.bids)]
    object.object_(
        by=bidders[-1].actor(),
        project=played.project,
        lot=lot,
        target="candidates",
        text="第一中标候选人的业绩证明材料与招标文件第二章第五条要求不一致，请核实。",
    )
