"""The main story: a two-lot open tender from plan to signed contract, with sealed bids, in real browsers."""

from collections.abc import Callable
from pathlib import Path

from sunshine.interfaces.rehearsal import papers
from tests.stories import bidding, deciding, opening, preparing
from tests.stories.people import House, Someone

CHAPTERS = (
    preparing.approved_plan,
    preparing.approved_method,
    preparing.drafted,
    preparing.keys_made,
    preparing.announced,
    bidding.asked,
    bidding.sealed,
    bidding.nothing_to_read,
    opening.opened,
    opening.released,
    opening.recorded,
    opening.panel_drawn,
    opening.scored,
    opening.reported,
    deciding.candidates_published,
    deciding.objected,
    deciding.awarded,
    deciding.contracted,
    deciding.whole_story,
)


def test_a_two_lot_tender_is_carried_from_plan_to_contract_in_real_browsers(
    house: House, enter: Callable[[str], Someone], tmp_path: Path
) -> None:
    (tmp_path / "招标文件.pdf").write_bytes(papers.pdf("招标文件", "第一章 招标公告\n第二章 投标人须知"))
    (tmp_path / "采购清单.xlsx").write_bytes(papers.bill(2))
    tale = preparing.Tale(house, tmp_path)
    for chapter in CHAPTERS:
        chapter(tale)
        assert house.complaints() == [], chapter.__name__
