"""The built bundles as they are committed, run in Node and in Chromium, with Python as the other side."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.assets.authority import Authority
from tests.assets.box import Box
from tests.assets.door import Door

ROOT = Path(__file__).parents[2]
DIST = ROOT / "sunshine/interfaces/web/static/dist/js"
HERE = Path(__file__).parent
SIX_MINUTES = 360
expect.set_options(timeout=30_000)  # opening a keyring is slow on purpose, and slower beside other work


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium; no sandbox, because CI runs as root."""
    return {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def vectors() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((ROOT / "proof/vectors/seal-1.json").read_text())["cases"]
    return cases


@pytest.fixture
def node(tmp_path: Path) -> Callable[..., Any]:
    """node(body, **given) runs `body` as an async function of (L, given, files) and gives back what it returns."""
    if shutil.which("node") is None:
        pytest.skip("Node is not on this machine; the same cases run in Chromium")

    def run(body: str, **given: Any) -> Any:
        script = tmp_path / "script.mjs"
        script.write_text(
            'import * as files from "node:fs";\n'
            f"const L = await import({json.dumps((DIST / 'lib.js').as_uri())});\n"
            'const given = JSON.parse(files.readFileSync(0, "utf8"));\n'
            f"const act = async (L, given, files) => {{ {body} }};\n"
            "try { process.stdout.write(JSON.stringify((await act(L, given, files)) ?? null)); }\n"
            "catch (failure) { console.error(String(failure), String(failure.cause ?? '')); process.exitCode = 1; }\n"
        )
        done = subprocess.run(
            ["node", str(script)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=SIX_MINUTES,
            check=False,
        )
        if done.returncode:
            pytest.fail(done.stderr, pytrace=False)
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def door(authority: Authority) -> Iterator[Door]:
    """A small server with the production policy for scripts, and the contract of the bid box in memory."""
    server = Door(DIST, HERE, authority)
    yield server
    server.close()


@pytest.fixture
def chromium(page: Page, door: Door) -> Callable[..., Any]:
    """chromium(body, **given): the same as `node`, on a page of the door."""
    page.goto(door.url("/blank"))

    def run(body: str, **given: Any) -> Any:
        script = (
            'async (given) => { const L = await import("/static/dist/js/lib.js");'
            f" return (async () => {{ {body} }})(); }}"
        )
        return page.evaluate(script, given)

    return run


@pytest.fixture(params=["node", pytest.param("chromium", marks=pytest.mark.story)])
def engine(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Both places where our JavaScript runs."""
    run: Callable[..., Any] = request.getfixturevalue(request.param)
    return run


@pytest.fixture
def box(page: Page, door: Door) -> Box:
    """A lot ready for bids; whoever sits at `page` has a certificate and is its first trustee."""
    return Box(page, door)
