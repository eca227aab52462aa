"""Nothing the platform keeps ties a supplier to a lot or a box key before the opening."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sunshine.foundation.vault.models import Keyring
from sunshine.interfaces.rehearsal import play
from sunshine_proof.keyring import encode_keyring
from tests.interfaces.web.supplier.conftest import Door
from tests.interfaces.web.box.sealing import hand_in, seal, upload_all

pytestmark = pytest.mark.django_db


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


def test_after_a_submission_no_changed_row_names_the_supplier(announced: play.Played, door: Door, tmp_path: Path):
    li = announced.cast.suppliers[0]
    client = door(li)
    sealed = seal(announced, announced.lots[0], li, tmp_path)
    page = client.get(f"/supplier/lots/{announced.lots[0]}/bid/")
    assert page.status_code == 200
    before = dump()
    assert hand_in(client, upload_all(client, sealed)).status_code == 201
    after = dump()
    changed = {table: rows - before[table] for table, rows in after.items() if rows != before[table]}
    box = {"bidding_sealedbid", "bidding_sealedpart", "files_blob", "audit_event", "outbox_parcel", "tlog_waiting"}
    assert set(changed) <= box, set(changed)
    text = "\n".join(row for rows in changed.values() for row in rows)
    assert sealed.lid["box_key"] in text
    for word in identities(li):
        assert word not in text, word
    named = {table for table, rows in after.items() if any(sealed.lid["box_key"] in row for row in rows)}
    assert named == {"bidding_sealedbid"}


def test_no_log_line_tells_who_knocked_at_the_box(announced, door: Door, tmp_path, caplog):
    li = announced.cast.suppliers[0]
    client = door(li)
    sealed = seal(announced, announced.lots[0], li, tmp_path)
    with caplog.at_level("DEBUG"):
        hand_in(client, sealed)  # refused: nothing was uploaded
        hand_in(client, upload_all(client, sealed))
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    for word in identities(li):
        assert not any(word in line for line in lines), word


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
