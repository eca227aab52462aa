"""Write the lock files from what is installed: `python -m tools.lock` (after installing what pyproject.toml asks for).

requirements.lock pins what the house needs to run, requirements-dev.lock what is needed besides to work on it. Names
and versions only: where packages come from is each machine's own business.
"""

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BASE = Path(__file__).resolve().parent.parent
NEWEST_PYTHONS = ("3.11", "3.12", "3.13")


def closure(wanted: list[str]) -> dict[str, str]:
    """Every distribution that the requirements pull in, by canonical name, with its installed version."""
    found: dict[str, str] = {}
    todo = [(Requirement(text), "") for text in wanted]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement, extra = todo.pop()
        environments = [{"python_version": python, "extra": extra} for python in NEWEST_PYTHONS]
        if requirement.marker and not any(requirement.marker.evaluate(each) for each in environments):
            continue
        name = canonicalize_name(requirement.name)
        installed = distribution(name)
        found[name] = installed.version
        for own in ["", *requirement.extras]:
            if (name, own) not in seen:
                seen.add((name, own))
                todo += [(Requirement(text), own) for text in installed.requires or []]
    return found


def write(name: str, pins: dict[str, str], head: str) -> None:
    """One lock file, sorted."""
    lines = [f"{package}=={version}" for package, version in sorted(pins.items())]
    (BASE / name).write_text(f"# {head}; written by tools/lock.py from pyproject.toml\n" + "\n".join(lines) + "\n")


def main() -> None:
    """Both lock files."""
    project = tomllib.loads((BASE / "pyproject.toml").read_text("utf-8"))["project"]
    rock = tomllib.loads((BASE / "proof" / "pyproject.toml").read_text("utf-8"))["project"]
    run = closure(project["dependencies"] + rock.get("dependencies", []))
    dev = closure(project["optional-dependencies"]["dev"])
    write("requirements.lock", run, "What the house needs to run")
    write(
        "requirements-dev.lock", {name: pin for name, pin in dev.items() if name not in run}, "What working on it needs"
    )


if __name__ == "__main__":
    main()
