"""Draws: the shared vectors, fairness in numbers, and what a draw itself refuses."""

import hashlib
import itertools
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof import draw as module
from sunshine_proof.canonical import b64
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, sign_note
from sunshine_proof.draw import (
    DrawError,
    Drawn,
    below,
    blind_id,
    checkpoint_hash,
    commitment,
    draw,
    draw_factor,
    next_alternate,
    pool_root,
    seed,
    words,
)

CASES = json.loads((Path(__file__).parent.parent / "vectors/draw-1.json").read_text())["cases"]
SALT = bytes(range(32))
TEXT = checkpoint_text(Checkpoint("example.org/log", 711422, bytes(32)))
NOTE = sign_note(TEXT, "example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1"))
ANOTHER = sign_note(TEXT.replace("22", "23"), "example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))

ids = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=8)
pools = st.dictionaries(ids, st.integers(1, 50), min_size=1, max_size=12).map(lambda found: list(found.items()))
seeds = st.binary(min_size=32, max_size=32)


def digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def random_of(p: int) -> bytes:
    return digest(b"r", bytes([p]))


def refused(act, *arguments, **options):
    with pytest.raises(DrawError) as caught:
        act(*arguments, **options)
    return caught.value.code


def by_tickets(pool, seeded, count):
    """The draw as one would do it by hand: every entry puts `weight` tickets on a line, sorted by UTF-8 bytes."""
    stream, block, order = b"", 0, []
    left = sorted(pool, key=lambda entry: entry[0].encode())
    while len(order) < count:
        tickets = [name for name, weight in left for _ in range(weight)]
        while True:
            if not stream:
                stream, block = digest(b"draw/1 stream\n", seeded, block.to_bytes(8, "big")), block + 1
            word, stream = int.from_bytes(stream[:8], "big"), stream[8:]
            if word < 2**64 // len(tickets) * len(tickets):
                break
        order.append(tickets[word % len(tickets)])
        left = [entry for entry in left if entry[0] != order[-1]]
    return order


# the shared vectors


@pytest.mark.parametrize("number", range(4))
def test_every_value_of_the_shared_vectors_is_reproduced(number):
    case = CASES[number]
    assert pool_root(case["pool"]).hex() == case["pool_root"]
    reveals = {p: bytes.fromhex(r) for p, r in case["reveals"]}
    seeded = seed(bytes.fromhex(case["announce_hash"]), case["checkpoint"], reveals)
    assert seeded.hex() == case["seed"]
    found = draw(case["pool"], seeded, case["members"], case["alternates"])
    assert [*found.members, *found.alternates] == case["drawn"]
    assert len(found.members) == case["members"]
    assert by_tickets(case["pool"], seeded, len(case["drawn"])) == case["drawn"]


def test_there_is_no_case_that_is_not_tried():
    assert len(CASES) == 4


# the formulas, written out once more by hand


def test_blind_ids_and_commitments_follow_their_formulas():
    assert blind_id(SALT, "专家-7") == digest(b"draw/1 id\n", SALT, "专家-7".encode()).hex()
    r = bytes(range(32, 64))
    assert commitment("抽-1", 258, r) == digest(b"draw/1 commit\n", "抽-1\n".encode(), b"\1\2", r).hex()
    assert commitment("D-1", 1, r) != commitment("D-1", 2, r) != commitment("D-2", 2, r)


def test_the_order_in_which_reveals_are_given_does_not_matter():
    reveals = {300: random_of(1), 2: random_of(2), 1: random_of(3)}
    hashes = [digest(b"draw/1 reveal\n", p.to_bytes(2, "big"), reveals[p]) for p in (1, 2, 300)]
    expected = digest(b"draw/1 seed\n", SALT, digest(TEXT.encode()), *hashes)
    assert seed(SALT, TEXT, reveals) == seed(SALT, TEXT, dict(sorted(reveals.items()))) == expected


def test_whoever_gathers_cosignatures_cannot_choose_among_seeds():
    reveals = {p: random_of(p) for p in (1, 2, 3)}
    more = NOTE + f"— witness.example.org {b64(bytes(76))}\n"
    assert seed(SALT, NOTE, reveals) == seed(SALT, more, reveals) == seed(SALT, TEXT, reveals)
    assert seed(SALT, ANOTHER, reveals) != seed(SALT, NOTE, reveals)


def test_one_other_random_value_announcement_or_checkpoint_gives_another_seed():
    reveals = {p: random_of(p) for p in (1, 2, 3)}
    changed = [seed(SALT, NOTE, {**reveals, p: random_of(9)}) for p in reveals]
    swapped = seed(SALT, NOTE, {1: reveals[2], 2: reveals[1], 3: reveals[3]})
    found = [seed(SALT, NOTE, reveals), seed(bytes(32), NOTE, reveals), seed(SALT, ANOTHER, reveals), swapped, *changed]
    assert len(set(found)) == len(found)


def test_a_word_that_would_favour_the_first_places_is_read_over():
    top = 2**64 - 1
    assert below(iter([top, 5, 6]), 3) == (top, 5)
    assert below(iter([top - 1, 5]), 3) == (top - 1,)
    half = 2**63 + 1
    assert below(iter([half, top, half - 1]), half) == (half, top, half - 1)
    assert below(iter([top]), 2**64) == below(iter([top]), 1) == (top,)
    for total in (0, -1, 2**64 + 1, True, None):
        assert refused(below, iter([1]), total) == "wrong-shape"


def test_a_word_read_over_takes_nobodys_place(monkeypatch):
    top = 2**64 - 1
    monkeypatch.setattr(module, "words", lambda seeded: iter([top, top, 1, top, 0]))
    pool = [("a", 1), ("b", 1), ("c", 1)]
    steps, drawn = module._outcome(pool, SALT, 1, 1)
    assert [(step.words, step.total, step.place, step.chosen, step.weight) for step in steps] == [
        ((top, top, 1), 3, 1, "b", 1),
        ((top,), 2, 1, "c", 1),
    ]
    assert drawn == Drawn(("b",), ("c",))


def test_the_stream_is_the_blocks_one_after_the_other():
    raw = b"".join(digest(b"draw/1 stream\n", SALT, block.to_bytes(8, "big")) for block in range(3))
    found = list(itertools.islice(words(SALT), 12))
    assert b"".join(word.to_bytes(8, "big") for word in found) == raw


def test_ids_are_sorted_by_their_utf8_bytes():
    assert pool_root([("𠮷", 1), ("￥", 1), ("a", 2)]) == digest(
        b"draw/1 pool\n", '[["a",2],["￥",1],["𠮷",1]]'.encode()
    )


# properties


@given(pools, seeds, st.data())
def test_the_draw_is_the_one_made_by_hand_with_tickets(pool, seeded, data):
    count = data.draw(st.integers(1, len(pool)))
    found = draw(pool, seeded, count)
    assert list(found.members) == by_tickets(pool, seeded, count)


@given(pools, seeds, st.randoms(use_true_random=False))
def test_the_order_in_which_a_pool_is_given_never_matters(pool, seeded, chance):
    shuffled = chance.sample(pool, len(pool))
    assert pool_root(shuffled) == pool_root(pool)
    assert draw(shuffled, seeded, len(pool)) == draw(pool, seeded, len(pool))


@given(pools, seeds, st.data())
def test_everybody_drawn_is_of_the_pool_and_drawn_once(pool, seeded, data):
    members = data.draw(st.integers(1, len(pool)))
    alternates = data.draw(st.integers(0, len(pool) - members))
    found = draw(pool, seeded, members, alternates)
    order = [*found.members, *found.alternates]
    assert (len(found.members), len(found.alternates)) == (members, alternates)
    assert len(set(order)) == len(order) and set(order) <= {name for name, _ in pool}
    assert draw(pool, seeded, members + alternates).members == tuple(order)
    assert tuple(order) == draw(pool, seeded, len(pool)).members[: len(order)]


@given(pools, seeds, st.data())
def test_the_panel_after_declines_is_the_head_of_those_who_stay(pool, seeded, data):
    members = data.draw(st.integers(1, len(pool)))
    found = draw(pool, seeded, members, len(pool) - members)
    order = [*found.members, *found.alternates]
    declined = data.draw(st.permutations(order))[: data.draw(st.integers(0, len(found.alternates)))]
    panel = next_alternate(found, declined)
    assert len(panel) == members and not set(panel) & set(declined)
    assert panel == sorted(panel, key=order.index)
    assert set(order[: order.index(panel[-1])]) - set(panel) <= set(declined)


@settings(max_examples=30)
@given(pools, seeds)
def test_the_replayed_steps_lead_from_the_words_to_the_drawn(pool, seeded):
    steps, drawn = module._outcome(sorted(pool), seeded, len(pool), 0)
    stream, left = words(seeded), dict(sorted(pool))
    for step in steps:
        assert list(step.words) == [next(stream) for _ in step.words]
        assert step.total == sum(left.values())
        before = sum(left[name] for name in left if name < step.chosen)
        assert step.place == step.words[-1] % step.total and before <= step.place < before + step.weight
        assert left.pop(step.chosen) == step.weight
    assert tuple(step.chosen for step in steps) == drawn.members and not left


# fairness: fixed seeds, so that these numbers are the same on every machine


def test_ordered_pairs_come_as_often_as_their_weights_say():
    pool, rounds, pairs = [("a", 1), ("b", 2), ("c", 3), ("d", 4)], 20_000, Counter()
    for turn in range(rounds):
        pairs[draw(pool, digest(b"pair", turn.to_bytes(8, "big")), 2).members] += 1
    expected = {
        (one, two): rounds * first / 10 * second / (10 - first)
        for (one, first), (two, second) in itertools.permutations(pool, 2)
    }
    assert set(pairs) <= set(expected)
    # 11 degrees of freedom: a fair draw stays below this in 999 of 1000 cases
    assert sum((pairs[pair] - mean) ** 2 / mean for pair, mean in expected.items()) < 31.3


def test_equal_experts_are_drawn_equally_often_in_every_seat():
    pool, rounds = [(str(n), 1) for n in range(20)], 8_000
    seats, drawn = [Counter() for _ in range(5)], Counter()
    for turn in range(rounds):
        members = draw(pool, digest(b"seat", turn.to_bytes(8, "big")), 5).members
        drawn.update(members)
        for seat, name in zip(seats, members, strict=True):
            seat[name] += 1
    for counts, mean in ((drawn, rounds / 4), *((seat, rounds / 20) for seat in seats)):
        # 19 degrees of freedom, 999 of 1000
        assert sum((counts[name] - mean) ** 2 / mean for name, _ in pool) < 43.8


def test_factors_come_equally_often():
    choices = ["0.03", "0.04", "0.05", "0.06", "0.07"]
    counts = Counter(draw_factor(choices, digest(b"factor", turn.to_bytes(8, "big"))) for turn in range(10_000))
    assert sum((counts[choice] - 2_000) ** 2 / 2_000 for choice in choices) < 18.5  # 4 degrees, 999 of 1000


def test_a_draw_from_a_hundred_thousand_takes_less_than_two_seconds_of_computing():
    pool = [(f"E{n:06d}", 1 + n % 5) for n in range(100_000)]
    random.Random(1).shuffle(pool)
    begun = time.process_time()
    found = draw(pool, SALT, 9, 9)
    assert time.process_time() - begun < 2
    # the same by summing weights one by one
    left, stream, order = sorted(pool), words(SALT), []
    while len(order) < 18:
        place = next(stream) % sum(weight for _, weight in left)
        for index, (name, weight) in enumerate(left):
            if place < weight:
                order.append(name)
                del left[index]
                break
            place -= weight
    assert [*found.members, *found.alternates] == order


# what a draw itself refuses


def test_a_pool_that_is_not_one_is_refused():
    good = [("a", 1), ("b", 2)]
    assert refused(draw, [*good, ("a", 3)], SALT, 1) == "draw-pool"
    for members, alternates in ((3, 0), (2, 1), (1, 2)):
        assert refused(draw, good, SALT, members, alternates) == "draw-too-few"
    bad = [[], None, "ab", {"a": 1}, [("a",)], [("a", 1, 1)], [("a", 0)], [("a", -1)], [("a", True)], [("a", 1.0)]]
    bad += [[("a", "1")], [("a", 2**20 + 1)], [("", 1)], [(1, 1)], [("a\nb", 1)], [("\ud800", 1)], [("x" * 201, 1)]]
    bad += [[("\x7f", 1)], [("\u2028", 1)], [None], ["ab"]]
    for pool in bad:
        assert refused(draw, pool, SALT, 1) == refused(pool_root, pool) == "wrong-shape", pool


def test_numbers_and_seeds_that_make_no_draw_are_refused():
    pool = [(str(n), 1) for n in range(1_200)]
    for members, alternates in ((0, 0), (-1, 2), (1, -1), (True, 0), (1, False), (1.0, 0), (1001, 0), (900, 101)):
        assert refused(draw, pool, SALT, members, alternates) == "wrong-shape"
    assert len(draw(pool, SALT, 900, 100).alternates) == 100
    for wrong in (b"", SALT[:31], SALT + b"\0", SALT.hex(), None, bytearray(SALT)):
        assert refused(draw, pool, wrong, 1) == "draw-bytes"
        assert refused(blind_id, wrong, "E-1") == "draw-bytes"
        assert refused(commitment, "D-1", 1, wrong) == "draw-bytes"
        assert refused(seed, wrong, TEXT, {1: SALT, 2: SALT, 3: SALT}) == "draw-bytes"
        assert refused(seed, SALT, TEXT, {1: SALT, 2: SALT, 3: wrong}) == "draw-bytes"


def test_the_largest_pool_and_weight_are_taken_and_nothing_above():
    assert draw([("a", 2**20), ("b", 1)], SALT, 2)
    pool = [(str(n), 1) for n in range(100_001)]
    assert refused(draw, pool, SALT, 1) == "wrong-shape"
    assert draw(pool[:-1], SALT, 1).members


def test_a_seed_needs_three_parties_and_numbers_of_two_bytes():
    three = dict.fromkeys((0, 1, 0xFFFF), SALT)
    assert len(seed(SALT, TEXT, three)) == 32
    for few in ({}, {1: SALT}, {1: SALT, 2: SALT}, dict.fromkeys(range(33), SALT), [SALT] * 3, None):
        assert refused(seed, SALT, TEXT, few) == "draw-parties"
    for p in (-1, 0x10000, True, "1", None):
        assert refused(seed, SALT, TEXT, {p: SALT, 2: SALT, 3: SALT}) == "wrong-shape"
        assert refused(commitment, "D-1", p, SALT) == "wrong-shape"
    for name in ("", "a\nb", "\ud800", None, "x" * 201):
        assert refused(commitment, name, 1, SALT) == refused(blind_id, SALT, name) == "wrong-shape"


def test_a_checkpoint_that_is_not_one_is_refused():
    root = b64(bytes(32))
    for wrong, code in {
        "": "draw-checkpoint",
        TEXT[:-1]: "draw-checkpoint",
        TEXT.replace("711422", "0711422"): "checkpoint",
        TEXT.replace("711422", "many"): "checkpoint",
        TEXT.replace(root, root[:-4]): "checkpoint",
        TEXT.replace(root, root + " "): "not-base64",
        "example.org/log\n1\n": "checkpoint",
        "\n" + TEXT: "wrong-shape",
        TEXT.replace("example", "\ud800"): "wrong-shape",
        TEXT.replace("example", "ex\tample"): "wrong-shape",
        TEXT + "\n": "note-text",
        TEXT + "\n— example.org/log\n": "note-text",
        TEXT + "\n- example.org/log AAAAAAAAAAA=\n": "note-text",
        TEXT + "\n— example.org/log AAAA\n": "note-text",
        TEXT + "\n— example.org/log ?\n": "not-base64",
        TEXT + "\n" + NOTE.replace(TEXT + "\n", "\n"): "wrong-shape",
    }.items():
        assert refused(checkpoint_hash, wrong) == code, wrong
    for wrong in (None, b"", 1, TEXT.encode()):
        assert refused(checkpoint_hash, wrong) == "draw-checkpoint"
    assert checkpoint_hash(TEXT + "an extension\n") != checkpoint_hash(TEXT)


def test_a_factor_is_one_of_different_choices():
    assert draw_factor(["3"], SALT) == "3"
    assert draw_factor(["3", "4"], SALT) == draw_factor(["4", "3"], SALT)
    assert refused(draw_factor, ["3", "3"], SALT) == "draw-pool"
    for choices in ([], "34", None, [3], [""], [["3", 1]]):
        assert refused(draw_factor, choices, SALT) == "wrong-shape"


def test_declines_take_the_next_alternate_until_there_is_none():
    result = Drawn(("a", "b", "c"), ("d", "e"))
    assert next_alternate(result, []) == ["a", "b", "c"]
    assert next_alternate(result, ["b"]) == ["a", "c", "d"]
    assert next_alternate(result, ["d", "a"]) == ["b", "c", "e"]
    assert next_alternate(result, ["e"]) == ["a", "b", "c"]
    assert next_alternate(result, ["e", "d"]) == ["a", "b", "c"]
    assert refused(next_alternate, result, ["a", "b", "c"]) == "draw-exhausted"
    assert refused(next_alternate, result, ["e", "d", "a"]) == "draw-exhausted"
    assert refused(next_alternate, result, ["f"]) == refused(next_alternate, result, ["a", "a"]) == "draw-declined"
    for wrong in ("a", None, [["a"]], [1], [None]):
        assert refused(next_alternate, result, wrong) == "wrong-shape"
