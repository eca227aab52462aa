"""`sunshine-verify` as people and programs call it: words, JSON, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_eventproof import VKEY as PROOF_KEY
from test_eventproof import written
from test_logaudit import VKEY, served

from sunshine_proof.cli.verify import main
from sunshine_proof.vectors import VectorError, run_vectors

VECTORS = Path(__file__).parent.parent / "vectors"


@pytest.fixture
def exported(tmp_path):
    """exported(size) writes a log's folder."""

    def write(size, **given):
        for path, data in served(size, **given).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        return tmp_path

    return write


def verdict(capsys, *arguments):
    code = main(["--json", *map(str, arguments)])
    return code, json.loads(capsys.readouterr().out)


def test_an_honest_log_gets_a_sentence_in_both_languages(exported, capsys):
    assert main(["log", str(exported(300)), "--key", VKEY]) == 0
    said = capsys.readouterr().out
    assert "300 个条目" in said and "300 entries" in said and said.startswith("✓")


def test_a_touched_log_is_named_and_the_exit_code_tells_programs(exported, capsys):
    folder = exported(300)
    some = folder / "tile/entries/000"
    some.write_bytes(some.read_bytes()[:-1] + b"!")
    code, found = verdict(capsys, "log", folder, "--key", VKEY)
    assert (code, found["holds"], found["code"]) == (1, False, "log-tile")
    assert main(["log", str(folder), "--key", VKEY]) == 1
    assert "does not follow from its entries" in capsys.readouterr().out


def test_what_was_seen_once_is_remembered_against_rollback_and_fork(exported, tmp_path_factory, capsys):
    state = tmp_path_factory.mktemp("state") / "seen.json"
    for size in (20, 300):
        assert verdict(capsys, "log", exported(size), "--key", VKEY, "--state", state)[0] == 0
    assert len(json.loads(state.read_text())["checkpoints"]) == 2
    assert verdict(capsys, "log", exported(299), "--key", VKEY, "--state", state)[1]["code"] == "log-rolled-back"
    forked = exported(400, entry=lambda n: (n + 1).to_bytes(32, "big"))
    assert verdict(capsys, "log", forked, "--key", VKEY, "--state", state)[1]["code"] == "log-forked"
    state.write_text("{}")
    assert verdict(capsys, "log", exported(400), "--key", VKEY, "--state", state)[1]["code"] == "log-state"


def test_a_proof_tells_its_event(tmp_path, capsys):
    file = tmp_path / "a.tlog-proof"
    file.write_text(written(), encoding="utf-8")
    code, found = verdict(capsys, "proof", file, "--key", PROOF_KEY)
    assert code == 0 and found["index"] == 5 and found["event"]["tag"] == "bid:submit-bid"
    file.write_text(written(at=6), encoding="utf-8")
    assert verdict(capsys, "proof", file, "--key", PROOF_KEY)[1]["code"] == "tree-proof"
    file.write_bytes(b"\xff\xfe")
    assert verdict(capsys, "proof", file, "--key", PROOF_KEY)[1]["code"] == "unreadable"


def test_every_shared_vector_passes_and_a_changed_one_is_named(tmp_path, capsys):
    files = [
        VECTORS / name for name in ("seal-1.json", "draw-1.json", "merkle.json", "bid-package-1.json", "seal-2.json")
    ]
    code, found = verdict(capsys, "vectors", *files)
    assert (code, found["failed"]) == (0, []) and found["passed"] == 5 + 4 + 71 + 21 + 18 + 12 + 2
    changed = json.loads(files[0].read_text())
    changed["cases"][2]["commit"][0] = "00" * 32
    del changed["cases"][3]["lid"]
    (tmp_path / "theirs.json").write_text(json.dumps(changed))
    code, found = verdict(capsys, "vectors", tmp_path / "theirs.json")
    assert code == 1 and found["passed"] == 3
    assert found["failed"] == ["theirs.json case 3: commit", "theirs.json case 4: KeyError: 'lid'"]


@pytest.mark.parametrize("file", ["seal-1.json", "seal-2.json", "draw-1.json", "merkle.json"])
def test_no_field_of_a_vector_goes_unread(file):
    """Changing any hexadecimal value of any case makes that case differ."""
    content = json.loads((VECTORS / file).read_text())

    def values(node, path=()):
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in pairs:
            if isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef"):
                yield (*path, key)
            else:
                yield from values(value, (*path, key))

    picked = list(values(content))[:: 1 if file in ("draw-1.json", "seal-2.json") else 23]
    assert len(picked) > 5
    for path in picked:
        changed = json.loads((VECTORS / file).read_text())
        node = changed
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = ("1" if node[path[-1]][0] == "0" else "0") + node[path[-1]][1:]
        assert any(differs for _, differs in run_vectors(changed)), path


def test_what_is_no_vector_file_is_said_so():
    for wrong in ([], {}, {"format": "seal/2", "cases": []}, {"format": "seal/1"}, {"format": "seal/1", "cases": []}):
        with pytest.raises(VectorError, match="vectors-format"):
            list(run_vectors(wrong))


def test_it_runs_alone_as_a_program(exported):
    command = [sys.executable, "-m", "sunshine_proof.cli.verify", "log", str(exported(3)), "--key", VKEY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "3 entries" in done.stdout and not done.stderr
    assert subprocess.run([*command[:3], "log"], capture_output=True, check=False).returncode == 2
    missing = subprocess.run([*command[:4], "/nowhere", *command[5:]], capture_output=True, text=True, check=False)
    assert missing.returncode == 1 and "no such folder" in missing.stdout
