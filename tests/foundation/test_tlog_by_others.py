"""Our log read by a program that shares no line with ours: Go's golang.org/x/mod/sumdb (note and tlog)."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from sunshine.foundation import clock
from sunshine.foundation.audit.models import record
from sunshine.foundation.tlog import queries, sequencer, transfer
from sunshine.foundation.tlog.models import Checkpoint
from sunshine.foundation.vault.logkey import log_vkey
from sunshine_proof.entry import entry_of

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
SOURCE = Path(__file__).parent / "go" / "verify.go"
LIBRARY = Path("/usr/share/gocode")  # where Debian keeps golang-golang-x-mod-dev


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None or not (LIBRARY / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go or golang-golang-x-mod-dev is not on this machine: our log was not checked by others")
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOCACHE": str(folder / "cache")}
    environment |= {"GOFLAGS": "", "HOME": str(folder)}
    subprocess.run(["go", "build", "-o", str(folder / "verify"), str(SOURCE)], env=environment, check=True)
    return folder / "verify"


def judged(program: Path, **asked: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program], input=json.dumps(asked), capture_output=True, text=True, check=False)


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    """A log of some hundred entries grown in batches, exported, with its older heads and proofs of its events."""
    proofs = []
    for count in (3, 40, 300, 600, 1):
        events = [
            record("test:happen", subject="test/T-1", by="", at=clock.now(), facts={"n": n}) for n in range(count)
        ]
        sequencer.tick()
        for event in events[:2]:
            place = queries.place_of(event)
            assert place is not None
            entry = entry_of(bytes(event.payload), bytes(event.salt))
            proofs.append({"text": place.proof, "entry": entry.hex()})
    transfer.export_log(tmp_path)
    older = [{"size": one.size, "root": b64encode(bytes(one.root)).decode()} for one in Checkpoint.objects.all()]
    return {"dir": str(tmp_path), "vkey": log_vkey(), "older": older, "proofs": proofs}


def test_go_agrees_on_note_tree_records_inclusion_consistency_and_proofs(program: Path, asked: dict[str, Any]) -> None:
    done = judged(program, **asked)
    assert done.returncode == 0, done.stderr
    size = queries.size()
    assert json.loads(done.stdout) == {"Size": size, "Records": size, "Inclusions": size, "Older": 5, "Proofs": 9}


def test_go_refuses_what_we_refuse(program: Path, asked: dict[str, Any]) -> None:
    """So that its agreement means something."""
    folder = Path(asked["dir"])
    wrong_head = [{"size": asked["older"][0]["size"], "root": asked["older"][1]["root"]}]
    assert "check tree" in judged(program, **asked | {"older": wrong_head}).stderr
    other_entry = [asked["proofs"][0] | {"entry": asked["proofs"][1]["entry"]}]
    assert "proof" in judged(program, **asked | {"proofs": other_entry}).stderr
    note = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(note.replace(f"\n{queries.size()}\n", f"\n{queries.size() - 1}\n"))
    assert "note" in judged(program, **asked).stderr
    (folder / "checkpoint").write_text(note)
    tile = folder / "tile/0/000"
    tile.write_bytes(tile.read_bytes()[:-1] + bytes([tile.read_bytes()[-1] ^ 1]))
    assert judged(program, **asked).returncode == 1
