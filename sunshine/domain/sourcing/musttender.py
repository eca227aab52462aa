"""依法必须招标? The guided questions as data, and the path of answers through them as evidence. Pure.

A tree is a file in ``trees/``; every answer leads to another question or to an outcome. What was answered is kept with
the hash of the tree, so that anybody can walk the same path again.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "trees"
MOST_FEN = 10**18


class TreeError(ValueError):
    """A tree file that leads nowhere, or answers that do not follow it. ``question`` is where."""

    def __init__(self, question: str, detail: str):
        super().__init__(f"{question}: {detail}")
        self.question, self.detail = question, detail


@dataclass(frozen=True, slots=True)
class Question:
    """One question: answers lead on by name, or an amount in fen by being large enough for the kind of purchase."""

    key: str
    answers: Mapping[str, str]
    bases: Mapping[str, str]
    by: str = ""
    at_least_fen: Mapping[str, int] | None = None

    @property
    def asks_amount(self) -> bool:
        return self.at_least_fen is not None


@dataclass(frozen=True, slots=True)
class Ending:
    """mandatory: whether the law demands a tender; methods: which it then allows; reasons_before: published first."""

    key: str
    mandatory: bool
    methods: tuple[str, ...]
    reasons_before: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """All questions and outcomes, and the SHA-256 (hex) of the file."""

    start: str
    questions: Mapping[str, Question]
    endings: Mapping[str, Ending]
    sha256: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the answers lead: the steps taken as (question, answer, basis), and what comes next or came out."""

    steps: tuple[tuple[str, str, str], ...]
    asks: Question | None
    ending: Ending | None


@cache
def tree(key: str = "must_tender") -> Tree:
    """The tree of this name; raises TreeError for a file in which a path ends nowhere or runs in a circle."""
    return read_tree((_HERE / f"{key}.toml").read_bytes())


def read_tree(text: bytes) -> Tree:
    """A tree from the bytes of its file, checked as a whole."""
    raw = tomllib.loads(text.decode("utf-8"))
    questions = {key: _question(key, node) for key, node in raw["node"].items()}
    endings = {
        key: Ending(key, one["mandatory"], tuple(one["methods"]), one.get("reasons_before", False))
        for key, one in raw["outcome"].items()
    }
    found = Tree(raw["start"], questions, endings, hashlib.sha256(text).hexdigest())
    _check_paths(found, found.start, ())
    return found


def _question(key: str, node: Mapping[str, Any]) -> Question:
    if "at_least_fen" in node:
        ways = {"large": node["large"], "small": node["small"]}
        bases = dict.fromkeys(ways, node["basis"])
        return Question(key, ways, bases, node["by"], dict(node["at_least_fen"]))
    bases = node["bases"] if "bases" in node else dict.fromkeys(node["answers"], node["basis"])
    if set(bases) != set(node["answers"]) or not all(bases.values()):
        raise TreeError(key, "every answer needs its basis")
    return Question(key, dict(node["answers"]), dict(bases))


def _check_paths(found: Tree, key: str, before: tuple[str, ...]) -> None:
    if key in found.endings:
        return
    question = found.questions.get(key)
    if question is None or key in before:
        raise TreeError(key, "a path leads nowhere or in a circle")
    if question.asks_amount and question.by not in before:
        raise TreeError(key, "an amount is judged by an answer given before")
    for after in question.answers.values():
        _check_paths(found, after, (*before, key))


def walk(found: Tree, answers: Mapping[str, str]) -> Walk:
    """Follow the answers as far as they lead. ``answers`` are texts; an amount is whole fen. Raises TreeError."""
    steps: list[tuple[str, str, str]] = []
    key = found.start
    while key in found.questions and key in answers:
        question, answer = found.questions[key], answers[key]
        way = _by_amount(question, answer, answers) if question.asks_amount else answer
        if way not in question.answers:
            raise TreeError(key, "this is none of the answers")
        steps.append((key, answer, question.bases[way]))
        key = question.answers[way]
    if odd := set(answers) - {step[0] for step in steps}:
        raise TreeError(min(odd), "an answer to a question that was not asked")
    return Walk(tuple(steps), found.questions.get(key), found.endings.get(key))


def _by_amount(question: Question, answer: str, answers: Mapping[str, str]) -> str:
    assert question.at_least_fen is not None  # only amounts are judged here
    if not (answer.isascii() and answer.isdigit()) or int(answer) > MOST_FEN:
        raise TreeError(question.key, "an amount in fen is asked for")
    return "large" if int(answer) >= question.at_least_fen[answers[question.by]] else "small"


def evidence(found: Tree, answers: Mapping[str, str]) -> dict[str, Any]:
    """must-tender/1: answers with their bases, the tree's hash, the outcome. Raises TreeError while a question is open."""
    path = walk(found, answers)
    if path.ending is None:
        assert path.asks is not None  # a path goes on or has ended
        raise TreeError(path.asks.key, "this question is still open")
    return {
        "v": "must-tender/1",
        "tree": found.sha256,
        "steps": [{"question": key, "answer": answer, "basis": basis} for key, answer, basis in path.steps],
        "outcome": path.ending.key,
        "mandatory": path.ending.mandatory,
    }
