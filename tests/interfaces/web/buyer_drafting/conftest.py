"""A browser for each person, and projects played to where a page begins."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.test import Client

from sunshine.domain.parties import uscc
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import people, play
from sunshine.interfaces.rehearsal.people import Player
from tests.cast import cast  # noqa: F401  the fixture

Door = Callable[[Player], Client]


@pytest.fixture
def door() -> Door:
    """A client logged in as a player, acting for the player's organisation."""

    def enter(player: Player) -> Client:
        client = Client()
        client.force_login(player.person)
        session = client.session
        session["organisation"] = player.organisation
        session.save()
        return client

    return enter


@pytest.fixture
def zheng(cast: play.Cast) -> Player:  # noqa: F811
    """郑, a stranger: an account and nothing else."""
    return people.person("郑某", "zheng@stranger.example")


@pytest.fixture
def other_group(cast: play.Cast) -> Player:  # noqa: F811
    """An officer of another group, who knows every address of ours."""
    admin = people.person("何他", "he@other.example")
    house = people.organisation(admin, "buyer", "远山交通集团有限公司", uscc.fictional("other group"))
    people.verified(house, cast["verifier"].actor())
    return people.member(admin, "王他", "wang@other.example", "buyer-officer")


@pytest.fixture
def drafted(cast: play.Cast) -> play.Played:  # noqa: F811
    """A complete draft without the trustees' keys."""
    return play.a_project(cast)


@pytest.fixture
def announced(cast: play.Cast) -> play.Played:  # noqa: F811
    return play.announced(play.a_project(cast))


def typed(when: datetime) -> str:
    """A moment as a datetime-local input sends it."""
    return when.astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M")


def workbook(*rows: list[object], merge: str = "") -> io.BytesIO:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "清单.xlsx"
    return out


def draft_url(played: play.Played, section: str) -> str:
    return f"/buyer/projects/{played.project}/draft/{section}/"


def timetable(due: datetime, **changes: str) -> dict[str, str]:
    """A valid timetable form."""
    return {
        "documents_from": "",
        "documents_to": typed(due - timedelta(days=2)),
        "questions_due_at": typed(due - timedelta(days=10)),
        "bids_due_at": typed(due),
        "opening_place": "线上开标大厅",
        "decrypt_hours": "2",
        "decrypt_remedy": "",
        "too_few_after_decrypt": "continue",
    } | changes


LOT_FORM = {
    "title": "取水泵组",
    "mandatory": "1",
    "mandatory_basis": "国有资金占主导地位的工程建设项目重要设备",
    "estimate_fen": "100万元",
    "price_cap_fen": "1,050,000.00",
    "price_cap_basis": "近一年同类合同均价上浮百分之五",
    "bid_bond_fen": "20000",
    "delivery_days": "60",
    "quality": "合格",
}
