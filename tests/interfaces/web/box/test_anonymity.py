"""Nothing the platform keeps ties a supplier to a lot or a box key before the opening."""

import base64
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection
from django.test import Client

from sunshine.domain.bidding.models import SealedBid, TokenGrant, VisitRecord
from sunshine.domain.bidding.queries.visits import visits
from sunshine.domain.publishing.queries import notices
from sunshine.domain.publishing.queries.jobs import event_line
from sunshine.foundation.audit.models import Access, Event
from sunshine.foundation.vault import inspection
from sunshine.foundation.vault.checks import inspectors_can_read
from sunshine.foundation.vault.models import Keyring
from sunshine.interfaces.rehearsal import play, stage
from sunshine_proof import agefile
from sunshine_proof.keyring import encode_keyring
from sunshine_proof.lid import build_withdrawal
from tests.interfaces.web.box.sealing import hand_in, seal, take_back, upload_all
from tests.interfaces.web.supplier.conftest import Door

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


def dump() -> dict[str, set[str]]:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        tables = [row[0] for row in cursor.fetchall()]
        rows: dict[str, set[str]] = {}
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')
            rows[table] = {row[0] for row in cursor.fetchall()}
    return rows


def identities(supplier: Any) -> list[str]:
    actor = supplier.actor()
    words = [actor.person, actor.organisation, actor.organisation_name, actor.name, supplier.email]
    return [*words, play.uscc_of(supplier), supplier.certificate.public_id, supplier.certificate.sha256]


HERE = {"REMOTE_ADDR": "203.0.113.77", "HTTP_X_FORWARDED_FOR": "198.51.100.23"}
DEVICE = "Mozilla/5.0 (device-mark-7F3A)"


def anyone(client: Client) -> Client:
    """The same browser with its cookies, from an address and a device that can be told apart from all others."""
    client.defaults |= HERE | {"HTTP_USER_AGENT": DEVICE, "HTTP_REFERER": "http://testserver/supplier/who-asks/"}
    return client


def traces(client: Client) -> list[str]:
    """What may stand nowhere: addresses, device, and the session that was sent along in vain."""
    return [*HERE.values(), "device-mark-7F3A", "who-asks", client.cookies["sessionid"].value]


def test_after_a_submission_no_changed_row_names_the_supplier(announced: play.Played, door: Door, tmp_path: Path):
    li = announced.cast.suppliers[0]
    client = anyone(door(li))
    sealed = seal(announced, announced.lots[0], li, tmp_path)
    page = client.get(f"/supplier/lots/{announced.lots[0]}/bid/")
    assert page.status_code == 200
    before = dump()
    assert hand_in(client, upload_all(client, sealed)).status_code == 201
    after = dump()
    changed = {table: rows - before[table] for table, rows in after.items() if rows != before[table]}
    box = {"bidding_sealedbid", "bidding_sealedpart", "files_blob", "audit_event", "outbox_parcel", "tlog_waiting"}
    box |= {"bidding_visitrecord", "sunshine_cache"}
    assert set(changed) <= box, set(changed)
    text = "\n".join(row for rows in changed.values() for row in rows)
    assert sealed.lid["box_key"] in text
    for word in (*identities(li), *traces(client)):
        assert word not in text, word
    named = {table for table, rows in after.items() if any(sealed.lid["box_key"] in row for row in rows)}
    assert named == {"bidding_sealedbid"}


def test_nothing_that_is_kept_leads_from_the_grant_of_a_token_to_the_lid(announced, door: Door, tmp_path, caplog):
    """Rows, files and log lines: who got a token stands in one place, what was handed in in another, no word in both."""
    lot, li = announced.lots[0], announced.cast.suppliers[0]
    client = anyone(door(li))
    with caplog.at_level("DEBUG"):
        sealed = seal(announced, lot, li, tmp_path)
        assert hand_in(client, upload_all(client, sealed)).status_code == 201
        gone = build_withdrawal(announced.policies[lot], 2, sealed.lid["id"], sealed.secret)
        assert take_back(client, sealed, gone).status_code == 201
    grant = TokenGrant.objects.get()
    marks = [sealed.lid["box_key"], sealed.lid["id"], gone["id"], sealed.token["sig"], *sealed.uploads.values()]
    marks += [part["sha256"] for part in sealed.lid["parts"]] + [part["recipient"] for part in sealed.lid["parts"]]
    who = [*identities(li), *traces(client), grant.public_id, grant.blinded, grant.answer]
    rows = [row for kept in dump().values() for row in kept]
    assert any(mark in row for row in rows for mark in marks) and any(word in row for row in rows for word in who)
    assert [row for row in rows if any(m in row for m in marks) and any(w in row for w in who)] == []
    assert not any(sealed.token["sig"] in row for row in rows)  # the token itself is looked at and forgotten
    for path in Path(house.VAR).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        named = [word for word in who if word.encode() in content or word in path.name]
        assert not (named and any(m.encode() in content or m in path.name for m in marks)), path
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in lines if any(mark in line for mark in marks) and any(word in line for word in who)]
    columns = {field.name for field in TokenGrant._meta.fields}  # a day and no instant
    assert columns == {"id", "public_id", "lot", "organisation", "blinded", "answer", "issued_on"}


def test_from_where_a_bid_came_only_the_inspectors_key_can_read(announced, door: Door, tmp_path: Path):
    lot, sizes = announced.lots[0], set()
    for number, supplier in enumerate(announced.cast.suppliers):
        client = anyone(Client())
        client.defaults["HTTP_USER_AGENT"] = DEVICE * (1 + 200 * number)  # of every length
        sealed = seal(announced, lot, supplier, tmp_path)
        assert hand_in(client, upload_all(client, sealed)).status_code == 201
        record = bytes(VisitRecord.objects.get(bid__lid_id=sealed.lid["id"]).sealed)
        found = json.loads(agefile.decrypt_bytes(inspection.rehearsal_identity(), record))
        assert (found["v"], found["lid"], found["address"]) == ("visit/1", sealed.lid["id"], "203.0.113.77")
        assert found["forwarded"] == "198.51.100.23" and found["agent"].startswith(DEVICE)
        sizes.add(len(record))
    assert len(sizes) == 1
    assert not Access.objects.filter(event__tag__startswith="bid:").exists()


def test_inspectors_get_the_records_after_the_opening_and_nobody_gets_them_before(
    announced, door: Door, tmp_path: Path
):
    lot, cast, lids = announced.lots[0], announced.cast, []
    for supplier in cast.suppliers:
        client = anyone(Client())
        sealed = seal(announced, lot, supplier, tmp_path)
        assert hand_in(client, upload_all(client, sealed)).status_code == 201
        lids.append(sealed.lid["id"])
    url = f"/supervisor/projects/{announced.project}/opening/visits.zip"
    assert door(cast["inspector"]).get(url).status_code == 404 and list(visits(announced.project)) == []
    stage.opened(announced)
    for key in ("officer", "verifier", "supplier1", "keeper"):
        assert door(cast[key]).get(url).status_code == 403
    inspector = door(cast["inspector"])
    assert "加密记录" in inspector.get(f"/supervisor/projects/{announced.project}/opening/").content.decode()
    with zipfile.ZipFile(io.BytesIO(inspector.get(url).content)) as archive:
        assert archive.namelist() == [f"{lid}.age" for lid in sorted(lids)]
        one = archive.read(archive.namelist()[0])
    assert b"203.0.113.77" not in one
    found = json.loads(agefile.decrypt_bytes(inspection.rehearsal_identity(), one))
    assert (found["address"], found["lid"]) == ("203.0.113.77", sorted(lids)[0])


def test_a_production_without_an_inspecting_body_keeps_nothing_and_says_so(settings: Any):
    settings.REHEARSAL, settings.INSPECTION_RECIPIENT = False, ""
    assert inspection.seal({"address": "203.0.113.77"}) == b""
    assert [message.id for message in inspectors_can_read(None)] == ["vault.W001"]
    recipient = agefile.recipient_of(secret := agefile.new_secret())
    for wrong in ("age1", "x", recipient.upper(), agefile.identity_of(secret)):
        settings.INSPECTION_RECIPIENT = wrong
        assert [message.id for message in inspectors_can_read(None)] == ["vault.E006"], wrong
    settings.INSPECTION_RECIPIENT = recipient
    assert inspectors_can_read(None) == []
    record = inspection.seal({"address": "203.0.113.77"})
    assert json.loads(agefile.decrypt_bytes(agefile.identity_of(secret), record)) == {"address": "203.0.113.77"}
    with pytest.raises(RuntimeError):
        inspection.rehearsal_identity()


def test_no_log_line_tells_who_knocked_at_the_box(announced, door: Door, tmp_path, caplog):
    li = announced.cast.suppliers[0]
    client = anyone(door(li))
    sealed = seal(announced, announced.lots[0], li, tmp_path)
    caplog.clear()
    with caplog.at_level("DEBUG"):
        hand_in(client, sealed)  # refused: nothing was uploaded
        hand_in(client, upload_all(client, sealed))
    lines = [record.getMessage() for record in caplog.records]
    assert any("/box/lids/" in line for line in lines)
    for word in (*identities(li), *traces(client)):
        assert not any(word in line for line in lines), word


def test_neither_a_token_nor_a_bid_moves_what_anybody_can_see(announced, door: Door, tmp_path, client: Client):
    """0 bids and 3 bids: the same public pages, tags, notices and running log (招标投标法 第二十二条)."""
    lot = announced.lots[0]
    paths = [f"/projects/{announced.project}/", "/", "/notices/", f"/projects/{announced.project}/policies/{lot}.json"]

    def seen() -> list[tuple[str | None, bytes]]:
        answers = [client.get(path) for path in paths]
        passing = rb"\d\d:\d\d:\d\d(\.\d+)?|name=\"csrfmiddlewaretoken\" value=\"\w+"  # what every look changes
        return [(one.get("ETag"), re.sub(passing, b"", one.content)) for one in answers]

    before, version = seen(), notices.version()
    last = Event.objects.latest("pk").pk
    for supplier in announced.cast.suppliers:
        sealed = seal(announced, lot, supplier, tmp_path)
        hand_in(client, upload_all(client, sealed))
    assert SealedBid.objects.count() == 3 and notices.version() == version and seen() == before
    told = Event.objects.filter(pk__gt=last)
    assert set(told.values_list("tag", flat=True)) >= {"token:issue", "bid:submit-bid"}
    assert {event_line(event.pk) for event in told.exclude(tag__startswith="certificate:")} == {""}


def test_keyrings_of_bidders_and_non_bidders_have_one_size_and_tell_no_instant(announced, door: Door):
    li, zhao = announced.cast.suppliers[:2]
    client = door(li)
    assert client.get("/account/keyring/").json() == {"version": 0, "blob": ""}
    ring = {"v": "keyring/1", "bids": [{"lot": announced.lots[0], "box_key": "ab" * 32}], "trustee": []}
    for version in (0, 1):
        blob = base64.b64encode(encode_keyring(ring, "晴天与阳光与公平 2026")).decode()
        body = {"version": version, "blob": blob}
        answer = client.put("/account/keyring/", body, content_type="application/json")
        assert answer.json() == {"version": version + 1}
    sizes = {len(bytes(row.blob)) for row in Keyring.objects.all()}
    assert len(sizes) == 1 and Keyring.objects.filter(owner_ref=zhao.person.public_id).exists()
    assert {field.name for field in Keyring._meta.fields} == {"id", "owner_ref", "version", "blob", "updated_on"}
