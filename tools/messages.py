"""Translations without GNU gettext: `python -m tools.messages [extract | --check | compile]` (docs/adr/0004).

The source language is Chinese, the translation English. Every Django app of ours has its own catalogue,
`<app>/locale/en/LC_MESSAGES/django.po`; a file belongs to the app in whose folder it lies.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
TEMPLATES = {".html", ".txt", ".xml", ".svg", ".typ"}
_ONE, _PLURAL, _CONTEXT = (1,), (1, 2), ((1, "c"), 2)
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), _ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), _PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), _CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (*_CONTEXT, 3)),
}
PLACES = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not apps.ready:
        import django

        django.setup()


def app_folders() -> list[Path]:
    """The folders of our own installed apps, deepest first, then config (whose catalogue is in LOCALE_PATHS)."""
    _django()
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).is_relative_to(BASE / "sunshine")]
    return [*sorted(ours, key=lambda path: (-len(path.parts), path)), BASE / "config"]


def _sources() -> Iterator[Path]:
    for root in (BASE / "sunshine", BASE / "config"):
        for path in sorted(root.rglob("*")):
            if {"migrations", "static", "locale", "node_modules"} & set(path.relative_to(root).parts):
                continue
            if path.suffix == ".py" or (path.suffix in TEMPLATES and "templates" in path.parts):
                yield path


def messages_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Each marked text of one Python file or template: (msgid or (singular, plural), context)."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        # Django turns everything but the marked texts into X's; unindented, that is Python enough for the tokenizer
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    elif not re.search(r"\b(_|n?p?gettext(_lazy|_noop)?)\(", text):
        return
    for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        yield message, context


def collect() -> dict[Path, Catalog]:
    """What the sources say now: one catalogue without translations per app folder (also for apps that say nothing)."""
    folders = app_folders()
    found = {folder: Catalog(locale="en") for folder in folders}
    for path in _sources():
        home = next((folder for folder in folders if path.is_relative_to(folder)), BASE / "config")
        for message, context in messages_of(path):
            place = (path.relative_to(BASE).as_posix(), 1)
            found[home].add(message, locations=[place], context=context)
    return found


def stored(folder: Path) -> Catalog:
    """The catalogue an app keeps; empty if it keeps none."""
    path = folder / CATALOGUE
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def _entries(catalogue: Catalog) -> dict[tuple[str, str], Message]:
    return {(_text(message.id), message.context or ""): message for message in catalogue if message.id}


def _text(identity: object) -> str:
    return identity if isinstance(identity, str) else str(identity[0])  # type: ignore[index]


def _translated(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(strings) and all(strings) and not message.fuzzy


def _merge(said: Catalog, kept: Catalog) -> Catalog:
    """What the sources say, with the English we have; nothing obsolete, nothing guessed."""
    known = _entries(kept)
    for key, message in _entries(said).items():
        old = known.get(key)
        if old is not None and isinstance(old.id, str) == isinstance(message.id, str):
            message.string = old.string
            if old.fuzzy:
                message.flags.add("fuzzy")
    return said


def render(catalogue: Catalog) -> str:
    """The catalogue as text: sorted, without line numbers, dates or tool names, so that a merge shows only words."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, omit_header=True, sort_output=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n"Language: en\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    )
    return header + out.getvalue().decode().rstrip("\n") + "\n"


def update() -> None:
    """Rewrite every app's catalogue from its sources; new texts stand there empty."""
    for folder, said in collect().items():
        path = folder / CATALOGUE
        if not len(said):
            path.unlink(missing_ok=True)
            continue
        text = render(_merge(said, stored(folder)))
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def faults() -> list[str]:
    """Why the translation is not complete, one line each: missing, stale, broken, contradicting or unread."""
    lines: list[str] = []
    english: dict[tuple[str, str], tuple[object, str]] = {}
    for folder, said in collect().items():
        where = folder.relative_to(BASE).as_posix()
        wanted, kept = _entries(said), _entries(stored(folder))
        lines += [f"{where}: no English: {key[0]!r}" for key in sorted(wanted) if key not in kept]
        lines += [f"{where}: stale: {key[0]!r}" for key in sorted(kept) if key not in wanted]
        for key in sorted(wanted.keys() & kept.keys()):
            message = kept[key]
            if not _translated(message):
                lines.append(f"{where}: no English: {key[0]!r}")
                continue
            if isinstance(message.string, str) and _places(key[0]) != _places(message.string):
                lines.append(f"{where}: placeholders differ: {key[0]!r}")
            other, there = english.setdefault(key, (message.string, where))
            if other != message.string:  # gettext would silently take the first app's word
                lines.append(f"{where}: {there} translates {key[0]!r} otherwise")
    if (BASE / "config" / CATALOGUE).exists() and str(BASE / "config" / "locale") not in map(
        str, settings.LOCALE_PATHS
    ):
        lines.append("config: config/locale is not in LOCALE_PATHS, its translations are never read")
    return lines


def _places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


def compile_stale() -> None:
    """Write the .mo beside every .po that is newer. Needs no Django, so it can run before the first start."""
    for root in (BASE / "sunshine", BASE / "config"):
        for path in root.rglob(CATALOGUE.as_posix()):
            target = path.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
                continue
            with path.open("rb") as file:
                catalogue = read_po(file, locale="en")
            half = target.with_name(f"{target.name}.{os.getpid()}")  # renamed when whole: a server may be reading
            with half.open("wb") as file:
                write_mo(file, catalogue)
            half.replace(target)


def main(arguments: list[str]) -> int:
    """Command line; with --check the exit code tells whether the English is complete."""
    if arguments == ["compile"]:
        compile_stale()
    elif arguments == ["--check"]:
        found = faults()
        print("\n".join(found) or "every text has its English")
        return bool(found)
    elif arguments in ([], ["extract"]):
        update()
        compile_stale()
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
