"""Packages sealed away from the platform are taken by the same flow, and open like any other bid."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sunshine.domain.bidding.models import OpenedBid, SealedBid
from sunshine.domain.bidding.queries import sealing
from sunshine.domain.bidding.queries.tenders import tender_file
from sunshine.flows import submit_bid
from sunshine.flows.issue_token import issue_token
from sunshine.foundation import clock
from sunshine.foundation.files import spool
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.tokens import blindly
from sunshine_proof.bidpackage import open_package
from sunshine_proof.cli.bid import main
from tests.cast import cast, ground  # noqa: F401

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
pytestmark = [pytest.mark.django_db, pytest.mark.whole]


class Supplier:
    """A supplier with `sunshine-bid` at home."""

    def __init__(self, folder: Path, player: Player, lot: str, capsys: Any):
        player.enrol()
        self.folder, self.player, self.capsys = folder, player, capsys
        self.tender, self.bid, self.book = folder / "tender.json", folder / "bid", folder / "book.age"
        found = sealing.lot_to_seal(lot)
        assert found is not None and player.key is not None
        self.lot, self.policy, self.tokens = lot, found.policy, list[dict[str, Any]]()
        self.tender.write_text(json.dumps(tender_file(found), ensure_ascii=False))
        own = player.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.signer = folder / "signer.pem"
        self.signer.write_bytes(own + b"".join(one.public_bytes(Encoding.PEM) for one in player.chain()))
        (folder / "word").write_text("correct horse battery")
        self.run("prepare", self.tender, self.bid)
        self._fill()

    def run(self, *arguments: Any) -> dict[str, Any]:
        code = main([str(one) for one in (*arguments, "--json")])
        said: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        assert code == 0, said
        return said

    def _fill(self) -> None:
        form = json.loads((self.bid / "bid.json").read_text())
        form["bidder"] = {"uscc": play.uscc_of(self.player), "name": self.player.actor().organisation_name}
        form["summary"] |= {"delivery_days": 60, "quality": "合格", "project_leader": "李四"}
        (self.bid / "bid.json").write_text(json.dumps(form, ensure_ascii=False))
        rows = (self.bid / "prices.csv").read_text(encoding="utf-8-sig").splitlines()
        (self.bid / "prices.csv").write_text("\n".join([rows[0], *(f"{row.rstrip(',')},100" for row in rows[1:])]))
        (self.bid / "tech/方案.pdf").write_bytes(PDF)

    def package(self, name: str, *more: Any) -> Path:
        keys = ("--signer", self.signer, "--book", self.book, "--passphrase-file", self.folder / "word")
        self.run("seal", self.bid, *keys, "--out", self.folder / name, *more)
        return self.folder / name

    def token(self, record: dict[str, Any]) -> dict[str, Any]:
        """What the page asks for with the supplier's login, once."""
        if not self.tokens:
            by = self.player.actor()

            def signed(blinded: str) -> str:
                return str(issue_token(by=by, lot=self.lot, blinded=blinded))

            self.tokens.append(blindly(self.lot, self.policy, record["box_key"], signed))
        return self.tokens[0]

    def hand_in(self, package: Path) -> dict[str, Any]:
        """What the page does with a package; the receipt goes back into the book."""
        with open_package(package) as found:
            token = self.token(found.record)
            if found.withdrawal:
                receipt = submit_bid.withdraw(found.record, token=token, arrived_at=clock.now())
            else:
                uploads = {}
                for part in found.parts:
                    with found.open(part) as stream:
                        uploads[part] = spool.create()
                        spool.append(uploads[part], 0, stream, 1 << 30)
                receipt = submit_bid.submit(found.record, uploads, token=token, arrived_at=clock.now())
        (self.folder / "receipt.json").write_text(json.dumps(receipt))
        keys = ("--book", self.book, "--passphrase-file", self.folder / "word", "--tender", self.tender)
        (self.folder / "receipt.json").write_text(json.dumps(receipt))
        self.run("receipt", "add", self.folder / "receipt.json", *keys)
        return receipt


@pytest.fixture
def announced(cast: play.Cast) -> play.Played:  # noqa: F811
    return play.announced(play.a_project(cast))


@pytest.fixture
def li(announced: play.Played, tmp_path: Path, capsys: Any) -> Supplier:
    return Supplier(tmp_path, announced.cast.suppliers[0], announced.lots[0], capsys)


def test_a_bid_sealed_at_home_is_received_opened_and_read_like_any_other(announced: play.Played, li: Supplier) -> None:
    li.hand_in(li.package("bid.zip"))
    for supplier in announced.cast.suppliers[1:]:
        play.bid(announced, announced.lots[0], supplier)
    play.until(announced.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    stage.opened(announced)
    row = OpenedBid.objects.get(bidder__public_id=li.player.organisation)
    assert row.documents.count() == 1


def test_the_replacement_counts_and_a_withdrawal_takes_everything_back(announced: play.Played, li: Supplier) -> None:
    li.hand_in(li.package("one.zip"))
    li.hand_in(li.package("two.zip"))
    assert SealedBid.objects.count() == 2
    li.run(
        "withdraw", li.tender, "--book", li.book, "--passphrase-file", li.folder / "word", "--out", li.folder / "w.zip"
    )
    li.hand_in(li.folder / "w.zip")
    assert SealedBid.objects.count() == 3


def test_the_same_package_twice_and_an_old_one_are_refused_by_name(announced: play.Played, li: Supplier) -> None:
    first = li.package("one.zip")
    li.hand_in(first)
    with pytest.raises(Refused) as caught:
        li.hand_in(first)
    assert caught.value.code == "lid-replayed"
    li.hand_in(li.package("two.zip"))
    with pytest.raises(Refused) as caught:
        li.hand_in(first)
    assert caught.value.code in ("lid-chain", "lid-replayed")


def test_a_package_handed_in_after_the_deadline_does_not_enter(announced: play.Played, li: Supplier) -> None:
    package = li.package("bid.zip")
    play.until(announced.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    with pytest.raises(Refused) as caught:
        li.hand_in(package)
    assert caught.value.code == "bid-late"
    assert not SealedBid.objects.exists()
