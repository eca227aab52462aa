"""The main story: a two-lot open tender from plan to signed contract, with sealed bids, in real browsers."""

from collections.abc import Callable
from pathlib import Path

from sunshine.interfaces.rehearsal import papers
from tests.stories import preparing
from tests.stories.people import House, Someone


def test_a_two_lot_tender_is_carried_from_plan_to_contract_in_real_browsers(
    house: House, enter: Callable[[str], Someone], tmp_path: Path
) -> None:
    (tmp_path / "招标文件.pdf").write_bytes(papers.pdf("招标文件", "第一章 招标公告\n第二章 投标人须知"))
    (tmp_path / "采购清单.xlsx").write_bytes(papers.bill(2))
    tale = preparing.Tale(house, tmp_path)
    preparing.approved_plan(tale)
    preparing.approved_method(tale)
    preparing.drafted(tale)
    preparing.keys_made(tale)
    preparing.announced(tale)
