"""Rules of the building that no linter knows, read from the sources themselves."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent
ROOTS = ("sunshine", "proof", "config", "tools", "bench", "drill", "tests", "assets")
SUFFIXES = {".py", ".js", ".mjs", ".html", ".css"}
NOT_WRITTEN_BY_HAND = {"migrations", "vendor", "dist", "node_modules", "build", "__pycache__"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# the start of a function in our JavaScript: a declaration, or a name that is given an arrow with a body
JS_FUNCTION = re.compile(
    r"^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function\b|(?:const|let)\s+\w+\s*=.*=>\s*\{$)"
)


def sources(*suffixes: str, roots: tuple[str, ...] = ROOTS) -> Iterator[Path]:
    for root in roots:
        for path in sorted((BASE / root).rglob("*")):
            if path.suffix in suffixes and not NOT_WRITTEN_BY_HAND & set(path.relative_to(BASE).parts):
                yield path


def name(path: Path) -> str:
    return path.relative_to(BASE).as_posix()


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in sources(*SUFFIXES)}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_python_function_is_longer_than_sixty_lines() -> None:
    long = []
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{name(path)}:{node.lineno} {node.name} {lines}")
    assert long == []


def js_functions(text: str) -> Iterator[tuple[int, int]]:
    """(first line, length) of each function; its end is the first closing brace at the indentation of its start."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if found := JS_FUNCTION.match(line):
            end = next((at for at in range(start + 1, len(lines)) if re.match(rf"{found[1]}\}}", lines[at])), start)
            yield start + 1, end - start + 1


def test_no_javascript_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{name(path)}:{line} {length}"
        for path in sources(".js", ".mjs")
        for line, length in js_functions(path.read_text("utf-8"))
        if length > LONGEST_FUNCTION
    ]
    assert long == []


def tracked() -> list[Path]:
    """Every file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout
    return [path for each in listed.split("\0") if each and (path := BASE / each).is_file()]


def test_nothing_in_the_repository_names_a_place_of_one_machine_or_a_package_source() -> None:
    here = "|".join(re.escape(str(path)) for path in {BASE, Path.home(), Path(sys.prefix).parent})
    forbidden = re.compile(rf"(?<![\w.])({here}|/{'home'}/\w|/{'Users'}/\w)|index-{'url'}|\"resolved\": \"http")
    found = []
    for path in tracked():
        if path.suffix in {".png", ".woff2", ".pdf", ".docx", ".xlsx", ".wasm", ".ttf", ".otf", ".ico"}:
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if (hit := forbidden.search(line)) and "/static/" not in name(path):
                found.append(f"{name(path)}:{number} {hit[0]}")
    assert found == []


def test_a_stage_is_assigned_only_by_flows_and_the_lifecycle_engine() -> None:
    allowed = ("sunshine/flows/", "sunshine/foundation/lifecycle.py")
    found = []
    for path in sources(".py", roots=("sunshine",)):
        if name(path).startswith(allowed):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AugAssign) and any(
                isinstance(target, ast.Attribute) and target.attr == "stage" for target in targets
            ):
                found.append(f"{name(path)}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                found += [f"{name(path)}:{node.lineno}" for keyword in node.keywords if keyword.arg == "stage"]
    assert found == []


@pytest.mark.parametrize(
    ("what", "pattern", "allowed"),
    [
        ("signals instead of calls", r"@receiver\b", ()),
        ("a thread-local user", r"threading\.local\(|ContextVar\(", ()),
        (
            "a branch on the method's name",
            r"\bif\b.*\bmethod(\.code|\.key|\.name)?\s*==",
            ("sunshine/domain/sourcing/method.py",),
        ),
        (
            "a clock that is not ours",
            r"timezone\.now\(|datetime\.now\(|date\.today\(",
            ("sunshine/foundation/clock.py",),
        ),
    ],
)
def test_what_the_house_does_without(what: str, pattern: str, allowed: tuple[str, ...]) -> None:
    found = [
        f"{name(path)}:{number}"
        for path in sources(".py", roots=("sunshine",))
        if name(path) not in allowed
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line) and not re.search(r"http_method|request\.method", line)
    ]
    assert found == [], what


def test_templates_carry_no_inline_script_style_or_handler() -> None:
    inline = re.compile(
        r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:", re.I
    )
    found = [
        f"{name(path)}:{number}"
        for path in sources(".html", roots=("sunshine",))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if inline.search(line)
    ]
    assert found == []


def test_the_walls_between_floors_and_rooms_stand() -> None:
    program = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    result = subprocess.run([sys.executable, "-c", program], cwd=BASE, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_lock_files_pin_what_pyproject_asks_for_and_name_no_source() -> None:
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((BASE / "pyproject.toml").read_text("utf-8"))["project"]
    pins: dict[str, str] = {}
    for lock in ("requirements.lock", "requirements-dev.lock"):
        for line in (BASE / lock).read_text("utf-8").splitlines()[1:]:
            assert re.fullmatch(r"[a-z0-9-]+==[\w.!+]+", line), line
            pins.update([line.split("==")])  # type: ignore[list-item]
    for text in project["dependencies"] + project["optional-dependencies"]["dev"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), text
