"""A trustee with `sunshine-trustee` on its own machine: card, opening file and release file over the pages."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sunshine.domain.bidding.models import OpenedBid, ShareRelease
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows import open_bids, seat_trustees
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof.cli.trustee import main
from tests.interfaces.web.trustee.conftest import Door

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


class Office:
    """One trustee's own machine: its signing key in a PEM, and the command."""

    def __init__(self, folder: Path, player: Player):
        player.enrol()
        self.folder, self.player = folder / player.person.public_id, player
        self.folder.mkdir()
        assert player.key is not None
        own = player.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = b"".join(one.public_bytes(Encoding.PEM) for one in player.chain())
        self.signer = self.folder / "signer.pem"
        self.signer.write_bytes(own + chain)
        (self.folder / "word").write_text("correct horse battery")

    def run(self, *arguments: Any) -> int:
        words = ("--signer", self.signer, "--passphrase-file", self.folder / "word", "--json")
        return main([str(one) for one in (*arguments, *words)])

    def make_card(self, project: str, role: str) -> Path:
        card, key = self.folder / f"{project}.json", self.folder / f"{project}.key"
        assert self.run("key", "--tender", project, "--role", role, "--out", key, "--card", card) == 0
        return card


def send(client: Client, url: str, data: bytes, follow: bool = True) -> str:
    answer = client.post(url, {"file": SimpleUploadedFile("x.json", data, "application/json")}, follow=follow)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


@pytest.fixture
def offices(cast: play.Cast, tmp_path: Path) -> list[Office]:
    return [Office(tmp_path, player) for player in cast.trustees]


@pytest.fixture
def seated(cast: play.Cast) -> play.Played:
    played = play.a_project(cast)
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    return played


def test_three_offices_with_keys_of_their_own_open_a_lot(
    seated: play.Played, offices: list[Office], door: Door, capsys: Any
) -> None:
    project = seated.project
    for office, role in zip(offices, seat_trustees.SEATS, strict=True):
        said = send(
            door(office.player), f"/trustee/projects/{project}/card/", office.make_card(project, role).read_bytes()
        )
        assert "公钥已公布" in said
        office.player.trustee_keys[project] = "kept on its own machine"
    play.announced(seated)
    [lot] = seated.lots
    for n, supplier in enumerate(seated.cast.suppliers):
        play.bid(seated, lot, supplier, total_fen=900_000_00 + n)
    play.until(seated.bids_due_at + timedelta(seconds=1))
    open_bids.open_bids(project, by=seated.cast["officer"].actor())
    waiting = door(offices[0].player).get(f"/trustee/lots/{lot}/opening.json")
    assert waiting.status_code == 409 and "正在写入透明日志" in waiting.content.decode()
    sequence.catch_up()
    for office in offices[:3]:
        client = door(office.player)
        page = client.get(f"/trustee/lots/{lot}/").content.decode()
        assert f"/trustee/lots/{lot}/opening.json" in page and "sunshine-trustee release" in page
        opening, out = office.folder / "opening.json", office.folder / "release.json"
        opening.write_bytes(client.get(f"/trustee/lots/{lot}/opening.json").content)
        capsys.readouterr()
        assert office.run("release", opening, "--key", office.folder / f"{project}.key", "--out", out) == 0
        assert json.loads(capsys.readouterr().out)["shares"] == 9
        assert "已收下的份额：9 个" in send(client, f"/trustee/lots/{lot}/release-file/", out.read_bytes())
        assert "已收下的份额：0 个" in send(client, f"/trustee/lots/{lot}/release-file/", out.read_bytes())
    assert OpenedBid.objects.count() == 3


def test_cards_of_others_of_other_seats_and_of_nobody_are_refused_on_the_page(
    seated: play.Played, offices: list[Office], door: Door
) -> None:
    one, two = offices[:2]
    client, url = door(one.player), f"/trustee/projects/{seated.project}/card/"
    assert "别的项目或席位" in send(client, url, one.make_card("P-0000000000", seat_trustees.SEATS[0]).read_bytes())
    foreign = two.make_card(seated.project, seat_trustees.SEATS[0]).read_bytes()
    assert "公钥已公布" not in send(client, url, foreign)
    stranger = json.loads(foreign) | {"certificate": x509_pem()}
    assert "没有登记这张证书" in send(client, url, json.dumps(stranger).encode())
    for data in (b"{}", b"[]", b"\xff", b"x" * 70_000, b'{"v":"trustee-key/1"}'):
        assert "公钥已公布" not in send(client, url, data)
    assert "请先选择文件" in client.post(url, follow=True).content.decode()
    assert not TrusteeSeat.objects.exclude(recipient="").exists()


def x509_pem() -> str:
    """A certificate this platform has never seen."""
    import datetime

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_files_are_not_given_and_not_taken_before_the_opening_nor_by_others(
    sealed: play.Played, door: Door, zheng: Player
) -> None:
    [lot] = sealed.lots
    keeper = door(sealed.cast.trustees[0])
    assert keeper.get(f"/trustee/lots/{lot}/opening.json").status_code == 409
    body = json.dumps({"v": "release-file/1", "lot": lot, "statement": {}, "releases": [{"lid": "x", "part": "y", "y": "z"}],
                       "signature": "x", "certificate": x509_pem()}).encode()  # fmt: skip
    assert "没有登记这张证书" in send(keeper, f"/trustee/lots/{lot}/release-file/", body)
    for player, status in ((zheng, 403), (sealed.cast["officer"], 403), (sealed.cast.suppliers[0], 403)):
        client = door(player)
        assert client.get(f"/trustee/lots/{lot}/opening.json").status_code == status
        assert client.post(f"/trustee/lots/{lot}/release-file/", {}).status_code == status
        assert client.post(f"/trustee/projects/{sealed.project}/card/", {}).status_code == status
    assert not ShareRelease.objects.exists()


def test_a_release_file_for_another_lot_is_refused(sealed: play.Played, door: Door) -> None:
    [lot] = sealed.lots
    body = {"v": "release-file/1", "lot": "L-0000000000", "statement": {}, "signature": "x", "certificate": x509_pem()}
    body |= {"releases": [{"lid": "x", "part": "y", "y": "z"}]}
    said = send(door(sealed.cast.trustees[0]), f"/trustee/lots/{lot}/release-file/", json.dumps(body).encode())
    assert "别的标段" in said
