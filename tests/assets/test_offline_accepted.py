"""From the tender file of the platform through the offline tool into the bid box, and open."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from sunshine.domain.bidding.models import OpenedBid
from sunshine.flows import submit_bid
from sunshine.foundation import clock
from sunshine.foundation.files import spool
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.tokens import unasked_for
from sunshine_proof.bidpackage import open_package
from tests.assets.tender import Desk
from tests.cast import cast, ground  # noqa: F401
from tests.flows.test_bid_package import Supplier

pytestmark = [pytest.mark.django_db]


@pytest.fixture(scope="module", autouse=True)
def leaves_no_connection(browser: Browser) -> Iterator[None]:
    """Beside Playwright's loop Django opens a connection of its own, which nobody else would close."""
    yield
    connections.close_all()


def test_a_bid_sealed_in_the_offline_page_is_received_opened_and_read(
    cast: play.Cast,  # noqa: F811
    page: Page,
    tmp_path: Path,
    capsys: Any,
) -> None:
    announced = play.announced(play.a_project(cast))
    [lot] = announced.lots
    home: Any = Supplier(tmp_path, cast.suppliers[0], lot, capsys)
    desk = Desk(page, home)
    desk.open_tender()
    desk.open_book()
    desk.use_key()
    expect(page.locator("#bidder-uscc")).to_have_value(play.uscc_of(home.player))
    expect(page.locator("#bidder-name")).to_have_value(home.player.actor().organisation_name)
    for n in range(page.locator("[data-item]").count()):
        page.locator(f"#seal-price-{n + 1}").fill("100")
    page.locator("#seal-delivery").fill("60")
    page.locator("#seal-quality").fill("合格")
    page.locator("#seal-leader").fill("李四")
    page.set_input_files("#seal-tech", home.bid / "tech/方案.pdf")
    package, _book = desk.seal()
    uploads = {}
    with open_package(package) as found:
        for part in found.parts:
            uploads[part] = spool.create()
            with found.open(part) as stream:
                spool.append(uploads[part], 0, stream, 1 << 30)
        token = unasked_for(lot, announced.policies[lot], found.record["box_key"])
        receipt = submit_bid.submit(found.record, uploads, token=token, arrived_at=clock.now())
    answer = tmp_path / "platform-receipt.json"
    answer.write_text(json.dumps(receipt))
    page.set_input_files("#receipt-file", answer)
    expect(page.locator("#book-state")).to_contain_text("有效投标")
    for supplier in cast.suppliers[1:]:
        play.bid(announced, lot, supplier)
    assert announced.bids_due_at is not None
    play.until(announced.bids_due_at + timedelta(seconds=1))
    stage.opened(announced)
    row = OpenedBid.objects.get(bidder__public_id=home.player.organisation)
    assert row.documents.count() == 1 and row.remarks == [] and row.project_leader == "李四"
