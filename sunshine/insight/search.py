"""Full-text search over notices, good at Chinese: every run of characters is found by its overlapping pairs.

Pure: no Django. An index is a folder; one process writes at a time (a second waits), any number read. The text is cut
here and not by the engine, so that what is indexed and what is asked are cut the same way and no dictionary is needed.
"""

import re
import shutil
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy

VERSION = 1  # of the schema below: another number begins another folder, which has to be built anew
FACETS = ("kind", "region", "category", "method", "buyer")
HEAP = 15_000_000  # bytes; the engine's least for one thread
LOCK_SECONDS = 10.0
DEEPEST = 10_000  # no reader turns five hundred pages; a crawler takes the feed
_RUN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)|([^\W_]+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice as the index sees it. ``published`` is in whole seconds since 1970; the rest is text, "" if unknown."""

    id: str
    title: str
    text: str
    published: int
    kind: str = ""
    region: str = ""
    category: str = ""
    method: str = ""
    buyer: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of answers, best first, and how many there are in all."""

    ids: tuple[str, ...]
    total: int


def runs(text: str) -> list[list[str]]:
    """The searchable words of a text, run by run: pairs of Chinese characters, whole Latin words and numbers.

    ``runs("水泵DN100采购")`` is ``[["水泵"], ["dn100"], ["采购"]]``; a run of one character is that character.
    """
    cut: list[list[str]] = []
    for chinese, word in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if word:
            cut.append([word[:40]])
        elif len(chinese) == 1:
            cut.append([chinese])
        else:
            cut.append([chinese[i : i + 2] for i in range(len(chinese) - 1)])
    return cut


def characters(text: str) -> str:
    """Every Chinese character once, so that a question of one character finds something too."""
    return " ".join(
        sorted({one for one in unicodedata.normalize("NFKC", text) if _RUN.fullmatch(one) and one > "\u3000"})
    )


def exists(index_dir: Path | str) -> bool:
    """Whether there is an index to ask. Until it has been built, a list can only look into titles."""
    home = _home(index_dir)
    return home.is_dir() and bool(tantivy.Index.exists(str(home)))


def build(index_dir: Path | str, entries: Iterable[Entry]) -> int:
    """Index everything anew; readers see the old index until the new one is complete. Returns how many."""
    return _write(index_dir, entries, anew=True)


def add(index_dir: Path | str, entries: Iterable[Entry]) -> int:
    """Add entries, replacing those with the same id: delivering one twice changes nothing. Returns how many."""
    return _write(index_dir, entries, anew=False)


def search(
    index_dir: Path | str,
    query: str,
    filters: Mapping[str, str] | None = None,
    page: int = 1,
    *,
    per_page: int = 20,
    since: int | None = None,
    until: int | None = None,
) -> Found:
    """Entries that contain every run of ``query`` and match every filter (exactly); ``since <= published < until``.

    Without words the newest come first, with words the best. Raises FileNotFoundError if there is no index, and
    KeyError for a filter that is not one of FACETS.
    """
    if not exists(index_dir):
        raise FileNotFoundError(f"no search index in {index_dir}")
    index = _index(_home(index_dir))
    index.reload()
    asked = _narrowed(filters or {}, since, until)
    words = runs(query)
    for run in words:
        asked.append((tantivy.Occur.Must, _run_query(run)))
    offset = (page - 1) * per_page
    if (query.strip() and not words) or offset >= DEEPEST:
        return Found((), 0)
    whole = tantivy.Query.boolean_query(asked) if asked else tantivy.Query.all_query()
    searcher = index.searcher()
    order = {} if words else {"order_by_field": "published"}
    answer = searcher.search(whole, limit=per_page, offset=offset, count=True, **order)
    ids = tuple(str(searcher.doc(address).get_first("id")) for _score, address in answer.hits)
    return Found(ids, answer.count or 0)


@lru_cache(maxsize=1)
def _schema() -> Any:
    made = tantivy.SchemaBuilder()
    made.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "text", "characters"):
        made.add_text_field(
            name, tokenizer_name="default", index_option="basic" if name == "characters" else "position"
        )
    for name in FACETS:
        made.add_text_field(name, tokenizer_name="raw", index_option="basic")
    made.add_integer_field("published", indexed=True, fast=True)
    return made.build()


def _home(index_dir: Path | str) -> Path:
    return Path(index_dir) / f"v{VERSION}"


@lru_cache(maxsize=4)
def _index(home: Path) -> Any:
    home.mkdir(parents=True, exist_ok=True)
    return tantivy.Index(_schema(), path=str(home), reuse=True)


def _write(index_dir: Path | str, entries: Iterable[Entry], *, anew: bool) -> int:
    home = _home(index_dir)
    if anew and home.is_dir() and not tantivy.Index.exists(str(home)):
        shutil.rmtree(home)  # half made by a crash
    if not home.is_dir():
        _index.cache_clear()  # the folder this process knew has been removed
    index = _index(home)
    writer = _writer(index)
    try:
        if anew:
            writer.delete_all_documents()
        number = 0
        for entry in entries:
            if not anew:
                writer.delete_documents_by_term("id", entry.id)
            writer.add_document(_document(entry))
            number += 1
        writer.commit()
    finally:
        writer.wait_merging_threads()  # lets go of the folder's lock
    index.reload()
    return number


def _writer(index: Any) -> Any:
    """The one writer; waits for another process that is just writing."""
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return index.writer(HEAP, 1)
        except ValueError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _document(entry: Entry) -> Any:
    document = tantivy.Document()
    document.add_text("id", entry.id)
    document.add_text("title", _joined(entry.title))
    document.add_text("text", f"{_joined(entry.title)} {_joined(entry.text)} {_joined(entry.id)}")
    document.add_text("characters", characters(entry.title + entry.text))
    for name in FACETS:
        document.add_text(name, getattr(entry, name))
    document.add_integer("published", entry.published)
    return document


def _joined(text: str) -> str:
    return " ".join(word for run in runs(text) for word in run)


def _run_query(run: list[str]) -> Any:
    """One run must stand together somewhere in the text; in the title it counts for more."""
    schema = _schema()
    if len(run) == 1 and len(run[0]) == 1 and run[0] > "\u3000":
        return tantivy.Query.term_query(schema, "characters", run[0])
    inside = [_together(schema, "text", run), tantivy.Query.boost_query(_together(schema, "title", run), 3.0)]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in inside])


def _together(schema: Any, field: str, run: list[str]) -> Any:
    if len(run) == 1:
        return tantivy.Query.term_query(schema, field, run[0])
    return tantivy.Query.phrase_query(schema, field, list[Any](run))


def _narrowed(filters: Mapping[str, str], since: int | None, until: int | None) -> list[tuple[Any, Any]]:
    schema = _schema()
    asked: list[tuple[Any, Any]] = []
    for name, value in filters.items():
        if name not in FACETS:
            raise KeyError(name)
        asked.append((tantivy.Occur.Must, tantivy.Query.term_query(schema, name, value)))
    if since is not None or until is not None:
        span = tantivy.Query.range_query(
            schema, "published", tantivy.FieldType.Integer, since, until, include_upper=until is None
        )
        asked.append((tantivy.Occur.Must, span))
    return asked
