"""The package as a stranger installs it: into an empty environment, without Django, database or our house."""

import json
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole
PROOF = Path(__file__).parents[1]
# the RFC's own file is in the RFC's format; test_blindtoken runs it
VECTORS = sorted(path for path in (PROOF / "vectors").glob("*.json") if path.name != "rfc9474.json")
COMMANDS = {"sunshine-bid", "sunshine-trustee", "sunshine-verify", "sunshine-witness"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment into which this package alone was installed, from a copy of its folder."""
    home, source = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("source") / "proof"
    shutil.copytree(PROOF, source, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    venv.create(home, with_pip=True)
    done = run(home, "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", str(source))
    if done.returncode and "No matching distribution found for setuptools" in done.stderr:
        pytest.skip("the package index cannot be reached; installed alone only where it can")
    assert done.returncode == 0, done.stderr
    return home


def run(home: Path, command: str, *given: str) -> subprocess.CompletedProcess[str]:
    """One of the environment's own programs, with no other environment's variables around it."""
    around = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    told = [str(home / "bin" / command), *given]
    return subprocess.run(told, env=around, cwd=home, capture_output=True, text=True, timeout=240, check=False)


def test_it_brings_its_commands_and_nothing_of_the_platform(home: Path) -> None:
    assert {path.name for path in (home / "bin").iterdir()} >= COMMANDS
    line = "import importlib.util as u; print([n for n in ('django', 'sunshine', 'psycopg') if u.find_spec(n)])"
    assert run(home, "python", "-c", line).stdout == "[]\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_starts(home: Path, command: str) -> None:
    done = run(home, command, "--help")
    assert done.returncode == 0 and "usage" in done.stdout.lower(), done.stderr


def test_all_vectors_agree(home: Path) -> None:
    done = run(home, "sunshine-verify", "vectors", *map(str, VECTORS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 differ" in done.stdout


def test_a_file_that_is_no_evidence_is_refused_in_words(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "P-0000000000.evidence.json"
    path.write_text(json.dumps({"v": "evidence/1"}))
    done = run(home, "sunshine-verify", "bundle", str(path))
    assert done.returncode != 0 and "✗" in done.stdout and not done.stderr, done.stdout + done.stderr
