"""The draw in Node and in Chromium: the shared vectors, the same results as Python, the same refusals."""

import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sunshine_proof.checkpoint import Checkpoint, checkpoint_text
from sunshine_proof.draw import (
    DrawError,
    Replay,
    announcement,
    blind_id,
    checkpoint_hash,
    commitment,
    draw,
    draw_factor,
    draw_record,
    next_alternate,
    pool_root,
    replay,
    words,
)

Run = Callable[..., Any]

CASES = json.loads((Path(__file__).parents[2] / "proof/vectors/draw-1.json").read_text())["cases"]
SALT = bytes(range(32))
ROLES = ["采购人", "纪检", "平台"]
TEXT = checkpoint_text(Checkpoint("example.org/log", 711422, bytes(32)))
NOTE = TEXT + "\n— example.org/log AAAAAAAA\n"
JUNK: list[Any] = [
    None,
    True,
    -1,
    0,
    2**53 - 1,
    "",
    "x",
    "两\n行",
    "a" * 201,
    "😀" * 200,
    "0" * 64,
    [],
    [[]],
    {},
    [1, 2],
]

# steps hold 64-bit words, which JSON has no numbers for
TOLD = """
    const told = (step) => ({ ...step, words: step.words.map(String) });
    const outcome = ({ steps, members, alternates }) => ({ steps: steps.map(told), members, alternates });
"""

RECOMPUTE = """
    const { fromHex, toHex } = L.bytes;
    return given.cases.map((c) => {
      const reveals = new Map(c.reveals.reverse().map(([p, r]) => [p, fromHex(r)]));
      const seeded = L.draw.seed(fromHex(c.announce_hash), c.checkpoint, reveals);
      const { members, alternates } = L.draw.draw(c.pool, seeded, c.members, c.alternates);
      return { pool_root: toHex(L.draw.poolRoot(c.pool)), seed: toHex(seeded), members: members.length,
        drawn: [...members, ...alternates] };
    });
"""


def digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def test_every_value_of_the_shared_vectors_is_reproduced(engine: Run) -> None:
    names = ("pool_root", "seed", "members", "drawn")
    assert engine(RECOMPUTE, cases=CASES) == [{name: case[name] for name in names} for case in CASES]
    assert len(CASES) == 4


def random_pools() -> Iterator[dict[str, Any]]:
    """Three hundred experts, and two hundred pools of all sizes with ids of all alphabets, always the same."""
    chance = random.Random("draw/1")
    yield {"pool": [[f"E{n:05d}", 1 + n % 4] for n in range(300)], "seed": SALT.hex(), "members": 7, "alternates": 3}
    letters = "aZ09-é中￥𠮷😀\ufb33"
    for turn in range(200):
        names = {"".join(chance.choices(letters, k=chance.randint(1, 6))) for _ in range(chance.randint(1, 40))}
        heavy = 2**20 if turn % 4 == 0 else 5
        members = chance.randint(1, len(names))
        yield {
            "pool": [[name, chance.randint(1, heavy)] for name in sorted(names, key=lambda _: chance.random())],
            "seed": chance.randbytes(32).hex(),
            "members": members,
            "alternates": chance.randint(0, len(names) - members),
        }


def test_every_pool_is_drawn_as_in_python(engine: Run) -> None:
    cases = list(random_pools())
    found = engine(
        """const { fromHex, toHex } = L.bytes;
           return given.cases.map(({ pool, seed, members, alternates }) => {
             const drawn = L.draw.draw(pool, fromHex(seed), members, alternates);
             return [toHex(L.draw.poolRoot(pool)), drawn.members, drawn.alternates]; });""",
        cases=cases,
    )
    for case, answer in zip(cases, found, strict=True):
        drawn = draw(case["pool"], bytes.fromhex(case["seed"]), case["members"], case["alternates"])
        assert answer == [pool_root(case["pool"]).hex(), list(drawn.members), list(drawn.alternates)]


def test_the_small_formulas_give_the_same_as_in_python(engine: Run) -> None:
    choices = ["0.03", "0.04", "0.05", "￥", "𠮷"]
    seeds = [digest(bytes([n])) for n in range(20)]
    found = engine(
        """const { fromHex, toHex } = L.bytes;
           const salt = fromHex(given.salt);
           const stream = L.draw.words(salt);
           return { blind: L.draw.blindId(salt, "专家-7"), commit: L.draw.commitment("抽-1", 258, salt),
             checkpoints: given.notes.map((note) => toHex(L.draw.checkpointHash(note))),
             factors: given.seeds.map((seed) => L.draw.drawFactor(given.choices, fromHex(seed))),
             words: Array.from({ length: 9 }, () => String(stream.next().value)) };""",
        salt=SALT.hex(),
        notes=[TEXT, NOTE],
        seeds=[seed.hex() for seed in seeds],
        choices=choices,
    )
    stream = words(SALT)
    assert found == {
        "blind": blind_id(SALT, "专家-7"),
        "commit": commitment("抽-1", 258, SALT),
        "checkpoints": [checkpoint_hash(TEXT).hex()] * 2,
        "factors": [draw_factor(choices, seed) for seed in seeds],
        "words": [str(next(stream)) for _ in range(9)],
    }


def test_a_word_that_would_favour_the_first_places_is_read_over(engine: Run) -> None:
    found = engine(
        """const top = 2n ** 64n - 1n;
           const read = (...args) => L.draw.below(args.slice(1)[Symbol.iterator](), args[0]).map(String);
           return [read(3n, top, 5n, 6n), read(3n, top - 1n, 5n), read(2n ** 64n, top), read(1n, top)];"""
    )
    top = 2**64 - 1
    assert found == [[str(top), "5"], [str(top - 1)], [str(top)], [str(top)]]


# records


def recorded(**change: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "draw": "D-1",
        "tender": "P-1",
        "lot": "1",
        "purpose": "experts",
        "members": 3,
        "alternates": 2,
        "pool": [(blind_id(SALT, f"E-{n}"), 1 + n % 3) for n in range(9)],
        "roles": ROLES,
        "exclusions": {blind_id(SALT, "E-20"): "employer", blind_id(SALT, "E-21"): "kin"},
        "filters": [("region", "江苏")],
        "weights": "by-distance",
        "policy": "ab" * 32,
    }
    announced = announcement(**(base | change))
    values = {p: digest(b"r", bytes([p])) for p in range(1, len(announced["parties"]) + 1)}
    lid = {"lid": "cd" * 32} if "policy" in announced else {}
    about = checkpoint_hash(NOTE).hex()
    return draw_record(
        announced,
        [{"p": p, "commit": commitment(announced["draw"], p, r), **lid} for p, r in values.items()],
        NOTE,
        [{"p": p, "r": r.hex(), "checkpoint": about} for p, r in values.items()],
    )


def factor() -> dict[str, Any]:
    pool = [("0.03", 1), ("0.04", 1), ("￥", 1), ("𠮷", 1)]
    change = {"members": 1, "alternates": 0, "pool": pool, "exclusions": {}, "weights": "equal", "policy": None}
    return recorded(purpose="factor", **change)


def told(found: Replay) -> dict[str, Any]:
    steps = [{**vars(step), "words": [str(word) for word in step.words]} for step in found.steps]
    return {
        "hashes": [found.announce_hash.hex(), found.checkpoint_hash.hex(), found.seed.hex()],
        "outcome": {"steps": steps, "members": list(found.drawn.members), "alternates": list(found.drawn.alternates)},
    }


def test_a_record_is_replayed_step_by_step_as_in_python(engine: Run) -> None:
    records = [recorded(), factor(), recorded(alternates=0, members=9, policy=None)]
    found = engine(
        TOLD
        + """return given.records.map((record) => {
             const found = L.draw.replay(record);
             const hashes = [found.announceHash, found.checkpointHash, found.seed].map(L.bytes.toHex);
             return { hashes, outcome: outcome(found) }; });""",
        records=records,
    )
    assert found == [told(replay(record)) for record in records]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    nested: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in nested:
        yield from places(item, (*path, key))
    yield path, value


def with_changed(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def damaged(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every value flipped, replaced by rubbish, left out, reversed, and said twice."""
    for path, value in places(record):
        if not path:
            continue
        for junk in JUNK:
            yield with_changed(record, path, junk)
        if isinstance(value, dict):
            yield with_changed(record, path, {**value, "extra": 1})
            for key in value:
                yield with_changed(record, path, {name: item for name, item in value.items() if name != key})
        elif isinstance(value, list):
            yield with_changed(record, path, value[::-1])
            yield with_changed(record, path, [*value, *value[-1:]])
            yield with_changed(record, path, value[:-1])
        elif isinstance(value, str):
            yield with_changed(record, path, ("0" if value[:1] != "0" else "1") + value[1:])
            yield with_changed(record, path, value.upper())


def against_the_rules(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records whose author gave the right root again, or brings parties of whom the announcement says nothing."""
    announced = record["announcement"]
    pool, out = announced["pool"], announced["exclusions"]
    for change in (
        {"exclusions": [{"id": pool[0][0], "reason": "kin"}]},
        {"exclusions": [{**out[0], "reason": "a" * 41}]},
        {"exclusions": [{**out[0], "reason": "a" * 40}]},
        {"weights": "equal"},
        {"parties": [{"p": p, "role": f"R{p}"} for p in range(1, 34)]},
        {"parties": [*announced["parties"], {"p": 4, "role": ROLES[0]}]},
        {"pool": [*pool, ["g" * 64, 1]]},
        {"pool": sorted([*pool, ["0" * 63 + "A", 1]])},
    ):
        changed = {**announced, **change}
        yield {**record, "announcement": {**changed, "pool_root": pool_root(changed["pool"]).hex()}}
    fourth = digest(b"fourth")
    promise = {**record["commitments"][0], "p": 4, "commit": commitment(announced["draw"], 4, fourth)}
    answer = {**record["reveals"][0], "p": 4, "r": fourth.hex()}
    joined = {"commitments": [*record["commitments"], promise], "reveals": [*record["reveals"], answer]}
    yield {**record, **joined}
    yield {**record, "reveals": joined["reveals"]}


def python_says(act: Callable[[Any], Any], given: Any) -> str:
    try:
        act(given)
    except DrawError as refusal:
        return refusal.code
    return "taken"


def test_whatever_python_refuses_is_refused_with_the_same_code(engine: Run) -> None:
    for record in (recorded(), factor()):
        cases = [*damaged(record), *(against_the_rules(record) if record["announcement"]["exclusions"] else ()), *JUNK]
        found = engine(
            """return given.cases.map((record) => {
                 try { L.draw.replay(record); return "taken"; }
                 catch (failure) { return failure.code ?? String(failure); } });""",
            cases=cases,
        )
        expected = [python_says(replay, case) for case in cases]
        assert {case for case in expected if case.startswith("draw-")} >= {
            "draw-version", "draw-purpose", "draw-pool", "draw-root", "draw-parties", "draw-commitments",
            "draw-reveals", "draw-reveal", "draw-checkpoint", "draw-result",
        }  # fmt: skip
        assert len(cases) > 700
        for case, one, other in zip(cases, found, expected, strict=True):
            assert one == other, case


def test_a_checkpoint_is_refused_with_the_same_code_as_in_python(engine: Run) -> None:
    root = TEXT.split("\n")[2]
    signed = "\n— example.org/log "
    cases = [
        "", "\n", TEXT[:-1], TEXT + "\n", TEXT + "an extension\n", "\n" + TEXT, "example.org/log\n1\n", "a\nb\nc\n",
        TEXT.replace("7", "07"), TEXT.replace("711422", "0"), TEXT.replace("711422", "1" * 20), TEXT.replace(root, "AAAA"),
        TEXT.replace(root, root + " "), TEXT.replace(root, root[:-2] + "B="), TEXT.replace("example", "ex\tample"),
        TEXT.replace("example", "x" * 990), TEXT.replace("example", "x" * 991), NOTE[:-1], NOTE + "\n", NOTE + NOTE,
        NOTE.replace("—", "-"), NOTE.replace("— ", "—"), NOTE + "— x AAAAAAA=\n", NOTE + "— x AAAAAAB=\n",
        NOTE + "— x AAAA\n", NOTE + "— x ?\n", NOTE + "— x AAAAAAAA y\n", NOTE + "— x\tx AAAAAAAA\n",
        TEXT + signed + "\n", TEXT + signed + "AAAA AAAA\n", TEXT + "\n—  AAAAAAAA\n", NOTE + f"— {'x' * 10**6} AAAAAAAA\n",
    ]  # fmt: skip
    found = engine(
        """return given.cases.map((note) => {
             try { L.draw.checkpointHash(note); return "taken"; }
             catch (failure) { return failure.code ?? String(failure); } });""",
        cases=cases,
    )
    expected = [python_says(checkpoint_hash, case) for case in cases]
    for case, one, other in zip(cases, found, expected, strict=True):
        assert one == other, case[:100]
    assert set(expected) == {"taken", "draw-checkpoint", "checkpoint", "note-text", "not-base64", "wrong-shape"}


REFUSED = """
    const { fromHex } = L.bytes;
    const seed = fromHex(given.seed);
    const three = new Map([1, 2, 3].map((p) => [p, seed]));
    const pool = [["a", 1], ["b", 2]];
    const acts = {
      twice: () => L.draw.draw([...pool, ["a", 3]], seed, 1),
      few: () => L.draw.draw(pool, seed, 2, 1),
      weightless: () => L.draw.poolRoot([["a", 0]]),
      heavy: () => L.draw.poolRoot([["a", 2 ** 20 + 1]]),
      fraction: () => L.draw.poolRoot([["a", 1.5]]),
      surrogate: () => L.draw.poolRoot([["\\ud800", 1]]),
      short: () => L.draw.draw(pool, seed.subarray(1), 1),
      text: () => L.draw.draw(pool, given.seed, 1),
      none: () => L.draw.draw(pool, seed, 0),
      many: () => L.draw.draw(pool, seed, 1, 1000),
      party: () => L.draw.commitment("D-1", 65536, seed),
      feed: () => L.draw.commitment("D\\n1", 1, seed),
      salt: () => L.draw.blindId("salt", "E-1"),
      two: () => L.draw.seed(seed, given.note, new Map([[1, seed], [2, seed]])),
      object: () => L.draw.seed(seed, given.note, { 1: seed, 2: seed, 3: seed }),
      note: () => L.draw.seed(seed, "anything\\n", three),
      choices: () => L.draw.drawFactor(["3", "3"], seed),
    };
    return Object.fromEntries(Object.entries(acts).map(([name, act]) => {
      try { act(); return [name, "taken"]; } catch (failure) { return [name, failure.code ?? String(failure)]; } }));
"""


def test_what_makes_no_draw_is_refused(engine: Run) -> None:
    assert engine(REFUSED, seed=SALT.hex(), note=TEXT) == {
        "twice": "draw-pool",
        "few": "draw-too-few",
        "weightless": "wrong-shape",
        "heavy": "wrong-shape",
        "fraction": "wrong-shape",
        "surrogate": "wrong-shape",
        "short": "draw-bytes",
        "text": "draw-bytes",
        "none": "wrong-shape",
        "many": "wrong-shape",
        "party": "wrong-shape",
        "feed": "wrong-shape",
        "salt": "draw-bytes",
        "two": "draw-parties",
        "object": "draw-parties",
        "note": "checkpoint",
        "choices": "draw-pool",
    }


def test_declines_take_the_same_alternates_as_in_python(engine: Run) -> None:
    found = replay(recorded())
    order = [*found.drawn.members, *found.drawn.alternates]
    some = [[name for bit, name in enumerate(order) if mask >> bit & 1] for mask in range(32)]
    some += [["x"], [order[0], order[0]], [""]]

    def said(declined: list[str]) -> Any:
        try:
            return next_alternate(found.drawn, declined)
        except DrawError as refusal:
            return refusal.code

    answers = engine(
        """return given.some.map((declined) => {
             try { return L.draw.nextAlternate(given.result, declined); } catch (failure) { return failure.code; } });""",
        some=some,
        result={"members": order[:3], "alternates": order[3:]},
    )
    assert answers == [said(declined) for declined in some]
    assert {"draw-exhausted", "draw-declined", "wrong-shape"} == {said for said in answers if isinstance(said, str)}


def test_the_largest_pool_is_drawn_as_in_python(node: Run) -> None:
    size = 100_000
    drawn = draw([(f"E{n:06d}", 1 + n % 5) for n in range(size)], SALT, 9, 9)
    found = node(
        """const pool = Array.from({ length: given.size }, (_, n) => ["E" + String(n).padStart(6, "0"), 1 + (n % 5)]);
           const { members, alternates } = L.draw.draw(pool, L.bytes.fromHex(given.seed), 9, 9);
           return [members, alternates];""",
        size=size,
        seed=SALT.hex(),
    )
    assert found == [list(drawn.members), list(drawn.alternates)]
