"""Nothing of a sealed bid can be read before the opening: not in a dump, a blob, the spool, a log line or a mail.

Words are planted in a bid and looked for in everything the platform keeps; the same scan must find them in a control
upload that was not sealed, and the plain ``age`` command must bring them back after the opening.
"""

import io
import logging
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, models

from config import postgres_place
from sunshine.domain.bidding.models import OpenedBid, SealedBid, SealedPart
from sunshine.domain.bidding.queries.opening import shares_for
from sunshine.domain.parties.models import Organisation
from sunshine.foundation.audit.models import Access, Event
from sunshine.foundation.files import spool, store
from sunshine.interfaces.rehearsal import papers, play, stage
from tests.flows.crooked import hand_in, opened_box, seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]

WORDS = {
    "in a stored DOCX": "暗号青竹在文档之内",
    "as a file name": "暗号白鹭作文件之名",
    "in a plain file": "secret-heron-in-plain-bytes",
    "as the project leader": "暗号苍松作负责之人",
    "as the quality": "secret-cedar-as-quality",
    "as an attribute of a line": "secret-maple-in-attributes",
    "as a total": "98765432123",
}


def plant(parts: dict[str, dict[str, bytes]]) -> None:
    """Every word where a real bid would carry it, uncompressed, so that any reader of the bytes would see it."""
    word = WORDS.__getitem__
    summary, price = parts["summary"]["summary.json"], parts["price"]["price.json"]
    summary = summary.replace("项目负责人甲".encode(), word("as the project leader").encode())
    summary = summary.replace("合格".encode(), word("as the quality").encode())
    parts["summary"]["summary.json"] = summary.replace(b'"90000000"', f'"{word("as a total")}"'.encode())
    parts["price"]["price.json"] = price.replace(
        b'"attributes": {}', f'"attributes": {{"牌号": "{word("as an attribute of a line")}"}}'.encode()
    )
    parts["tech"] = {
        f"files/{word('as a file name')}.docx": papers.docx("方案", [word("in a stored DOCX")], stored=True),
        "files/说明.txt": word("in a plain file").encode() * 3,
    }
    kept = b"".join(content + name.encode() for part in parts.values() for name, content in part.items())
    assert all(text.encode() in kept for text in WORDS.values())


@pytest.fixture
def said(settings: Any) -> Iterator[io.StringIO]:
    """All log lines of the test, of every logger down to DEBUG; mails go to the outbox of the tests."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    lines = io.StringIO()
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def traces(word: str) -> list[bytes]:
    """The word as bytes, and as a dump, a log or JSON would spell it."""
    raw = word.encode()
    escaped = word.encode("unicode_escape").replace(b"\\", b"\\\\")
    spelled = [raw, raw.hex().encode(), word.encode("unicode_escape"), escaped, word.encode("utf-16-le")]
    # base64 has three phases; the middle of each is independent of what stands before
    spelled += [b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
    return [trace for trace in spelled if len(trace) > 8]


def everything_kept(lines: io.StringIO) -> dict[str, bytes]:
    """All the platform holds: a dump as a backup has it, every file below its folder, log lines, mails."""
    binary = postgres_place.binaries(None) / "pg_dump"
    target = connection.settings_dict
    command = [str(binary), "-h", target["HOST"], "-U", target["USER"], "--inserts", str(target["NAME"])]
    dump = subprocess.run([*command, *(["-p", str(target["PORT"])] if target["PORT"] else [])], capture_output=True)
    assert dump.returncode == 0 and b"PostgreSQL database dump complete" in dump.stdout, dump.stderr
    kept = {"the dump": dump.stdout}
    for path in sorted(Path(settings.VAR).rglob("*")):
        if path.is_file():
            kept[str(path.relative_to(settings.VAR))] = path.read_bytes()
    kept["the log"] = lines.getvalue().encode()
    kept["the mails"] = b"".join(message.message().as_bytes() for message in mail.outbox)
    return kept


def found(lines: io.StringIO) -> dict[str, list[str]]:
    """{where a word was planted: the places that show it}."""
    kept = everything_kept(lines)
    spelled = {label: traces(word) for label, word in WORDS.items()}
    return {
        label: [place for place, content in kept.items() if any(trace in content for trace in list_)]
        for label, list_ in spelled.items()
    }


def test_planted_words_are_found_nowhere_before_the_opening_and_readable_with_age_after_it(
    real_cast: play.Cast, said: io.StringIO, tmp_path: Path
) -> None:
    played = play.announced(play.a_project(real_cast))
    lot = played.lots[0]
    for key in ("supplier2", "supplier3"):
        play.bid(played, lot, real_cast[key])
    sealed, secrets, folder = seal(played, real_cast["supplier1"], plant)
    with folder:
        hand_in(sealed, secrets)
        plain = (Path(folder.name) / "tech.zip").read_bytes()
    half = spool.create()  # an upload that never ends stays in the spool, and is as dark
    spool.append(half, 0, io.BytesIO(plain[:0] + b"age-encryption.org/v1\n"), 1 << 20)
    logging.getLogger("sunshine").info("the log is heard")
    assert "the log is heard" in said.getvalue()
    assert found(said) == {label: [] for label in WORDS}
    nobody_is_named(sealed, real_cast)

    # the control: the same documents, not sealed, are found by the same scan
    blob = store.store(io.BytesIO(plain), name="control.zip", limit=1 << 20, allowed=frozenset({"application/zip"}))
    seen = found(said)
    assert all(seen[label] == [f"blobs/{blob.path}"] for label in ("in a stored DOCX", "as a file name"))
    assert seen["in a plain file"] == [f"blobs/{blob.path}"] and seen["as the quality"] == []
    Organisation.objects.filter(public_id=real_cast.organisations["supplier1"]).update(about=WORDS["as the quality"])
    assert found(said)["as the quality"] == ["the dump"]

    stage.release_all(played, opened_box(played))
    assert OpenedBid.objects.get(bid__lid_id=sealed["id"]).project_leader == WORDS["as the project leader"]
    read = b"".join(by_age(part, tmp_path) for part in SealedPart.objects.filter(bid__lid_id=sealed["id"]))
    assert all(word.encode() in read for word in WORDS.values())


def by_age(part: SealedPart, folder: Path) -> bytes:
    """A body opened with the published identity by Debian's age, which knows nothing of us."""
    age = shutil.which("age")
    assert age, "the age command is one of the tools of the tests (make unit installs it)"
    key = folder / f"{part.part}.key"
    key.write_text(part.identity)
    body = Path(settings.BLOBS) / part.body.path
    return subprocess.run([age, "-d", "-i", str(key), str(body)], check=True, capture_output=True).stdout


def nobody_is_named(sealed: dict[str, Any], cast: play.Cast) -> None:
    """No row holds both a bid's marks (box key, lid, receipt) and anything that stands for who bids."""
    supplier = cast["supplier1"]
    house = Organisation.objects.get(public_id=supplier.organisation)
    names = (supplier.organisation, house.name, house.uscc, supplier.person.public_id, supplier.name, supplier.email)
    marks = (sealed["box_key"], sealed["id"])
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"select t::text from {connection.ops.quote_name(table)} t")
            for (row,) in cursor.fetchall():
                assert not (any(m in row for m in marks) and any(name in row for name in names)), table
    bid_rows = {field.name for field in SealedBid._meta.get_fields() if isinstance(field, models.ForeignKey)}
    assert bid_rows == {"lot"}
    events = Event.objects.filter(tag__in=["bid:submit-bid", "bid:withdraw-bid"])
    assert events.count() == 3 and set(events.values_list("by", flat=True)) == {"bid-box"}
    assert not Access.objects.filter(event__in=events).exists()


def test_trustees_see_no_lid_before_the_opening_and_all_of_them_after_it(real_cast: play.Cast) -> None:
    played = play.announced(play.a_project(real_cast))
    lot = played.lots[0]
    for supplier in real_cast.suppliers:
        play.bid(played, lot, supplier)
    assert [shares_for(lot, player.actor())["lids"] for player in real_cast.trustees] == [[]] * 4  # type: ignore[index]
    for key in ("officer", "verifier", "inspector", "supplier1"):
        assert shares_for(lot, real_cast[key].actor()) is None
    opened_box(played)
    asked = shares_for(lot, real_cast["keeper"].actor())
    assert asked is not None and len(asked["lids"]) == 3
