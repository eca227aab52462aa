"""依法必须招标: every path through the questions, the boundary of every amount, and files that lead nowhere."""

import itertools
from collections.abc import Iterator

import pytest

from sunshine.domain.sourcing.musttender import Tree, TreeError, evidence, read_tree, tree, walk

BIG = {"works": 400_000_000, "goods": 200_000_000, "services": 100_000_000}


def paths(found: Tree, answers: dict[str, str]) -> Iterator[dict[str, str]]:
    """Every complete set of answers, amounts at and one fen below their boundary."""
    at = walk(found, answers)
    if at.asks is None:
        yield answers
        return
    limit = BIG.get(answers.get("kind", ""), 0)
    given = [str(limit), str(limit - 1)] if at.asks.asks_amount else sorted(at.asks.answers)
    for answer in given:
        yield from paths(found, answers | {at.asks.key: answer})


def test_every_path_ends_and_tells_the_basis_of_every_step() -> None:
    found, outcomes = tree(), set[str]()
    for answers in paths(found, {}):
        told = evidence(found, answers)
        assert all(step["basis"] for step in told["steps"]) and told["tree"] == found.sha256
        outcomes.add(told["outcome"])
    assert outcomes == set(found.endings)


@pytest.mark.parametrize(("kind", "limit"), BIG.items())
def test_the_amount_itself_is_large_and_one_fen_less_is_not(kind: str, limit: int) -> None:
    for amount, ending in ((limit, None), (limit - 1, "too-small")):
        at = walk(tree(), {"kind": kind, "funds": "state-owned", "size": str(amount)})
        assert (at.ending.key if at.ending else None) == ending


def test_a_mandatory_tender_is_open_unless_a_reason_narrows_it() -> None:
    large = {"kind": "works", "funds": "budget", "size": "400000000", "exempt": "none"}
    plain, narrow = (evidence(tree(), large | {"narrow": why}) for why in ("none", "few-suppliers"))
    assert (plain["outcome"], narrow["outcome"]) == ("open", "invited")
    assert plain["mandatory"] and narrow["mandatory"]
    assert tree().endings["invited"].reasons_before and not tree().endings["open"].reasons_before


def test_an_open_question_is_no_evidence() -> None:
    with pytest.raises(TreeError) as caught:
        evidence(tree(), {"kind": "works"})
    assert caught.value.question == "funds"


@pytest.mark.parametrize(
    "answers",
    [
        {"kind": "spaceship"},
        {"kind": "none", "funds": "budget"},
        {"funds": "budget"},
        {"kind": "works", "funds": "budget", "size": "-1"},
        {"kind": "works", "funds": "budget", "size": "４００"},
        {"kind": "works", "funds": "budget", "size": "1" * 30},
        {"kind": "works", "funds": "budget", "size": "large"},
    ],
)
def test_answers_that_do_not_follow_the_questions_are_refused(answers: dict[str, str]) -> None:
    with pytest.raises(TreeError):
        walk(tree(), answers)


FILE = """
start = "a"
[node.a]
basis = "招标投标法 第三条"
answers = {{ yes = "{yes}", no = "end" }}
[outcome.end]
mandatory = false
methods = []
"""


@pytest.mark.parametrize("yes", ["a", "nowhere"])
def test_a_tree_that_runs_in_a_circle_or_leads_nowhere_is_not_loaded(yes: str) -> None:
    with pytest.raises(TreeError):
        read_tree(FILE.format(yes=yes).encode())


def test_an_answer_without_its_basis_is_not_loaded() -> None:
    text = FILE.format(yes="end").replace('basis = "招标投标法 第三条"', 'bases = { yes = "招标投标法 第三条" }')
    with pytest.raises(TreeError):
        read_tree(text.encode())


def test_another_file_has_another_hash() -> None:
    one, other = (read_tree(FILE.format(yes="end").encode() + tail) for tail in (b"", b"\n"))
    assert one.sha256 != other.sha256 and len(list(itertools.chain(paths(one, {})))) == 2
