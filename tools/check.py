"""All static checks, two at a time: `python -m tools.check [--fix]`; what fails is printed whole, at the end."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DJANGO = {"DJANGO_SETTINGS_MODULE": "config.settings", "SUNSHINE_MODE": "rehearsal"}
TEMPLATES = ["sunshine"]


@dataclass(frozen=True)
class Check:
    """One tool: what it guards, how it is called."""

    name: str
    command: list[str]


def _tool(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


CHECKS = [
    Check("types (mypy)", _tool("mypy", "--no-error-summary")),
    Check("templates' form (djlint)", _tool("djlint", "--check", "--quiet", *TEMPLATES)),
    Check("templates (djlint)", _tool("djlint", "--lint", "--quiet", *TEMPLATES)),
    Check("form (ruff format)", _tool("ruff", "format", "--check", "--quiet", ".")),
    Check("lint (ruff)", _tool("ruff", "check", "--quiet", ".")),
    Check("walls (import-linter)", _tool("lint-imports", "--no-logo")),
    Check("migrations", _module("config.manage", "makemigrations", "--check", "--dry-run")),
    Check("translations", _module("tools.messages", "--check")),
    Check("generated documents", _module("tools.docs", "--check")),
]
FIXES = [
    Check("lint (ruff)", _tool("ruff", "check", "--fix", "--quiet", ".")),
    Check("form (ruff format)", _tool("ruff", "format", "--quiet", ".")),
    Check("templates' form (djlint)", _tool("djlint", "--reformat", "--quiet", *TEMPLATES)),
    Check("new texts", _module("tools.messages", "extract")),
    Check("generated documents", _module("tools.docs")),
]


def run(check: Check) -> tuple[Check, int, str]:
    """Run one check; its exit code and everything it said."""
    begun = time.monotonic()
    environment = {**os.environ, **DJANGO}
    result = subprocess.run(
        check.command, cwd=BASE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    mark = "ok  " if result.returncode == 0 else "FAIL"
    print(f"{mark} {check.name} ({time.monotonic() - begun:.1f} s)", flush=True)
    return check, result.returncode, result.stdout


def main(fix: bool) -> int:
    """All checks, or with `fix` all repairs one after the other; non-zero when any failed."""
    with ThreadPoolExecutor(1 if fix else 2) as pool:
        results = list(pool.map(run, FIXES if fix else CHECKS))
    failed = [(check, text) for check, code, text in results if code != 0]
    for check, text in failed:
        print(f"\n== {check.name}\n{text.strip()}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main("--fix" in sys.argv[1:]))
