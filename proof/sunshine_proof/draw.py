"""`draw/1` and `draw-record/1`: a random draw that nobody steers and anybody replays; whole numbers only.

How it goes: the announcement freezes the pool and is logged; every party p commits to 32 random bytes r_p; a
checkpoint C follows the last commitment; only then are the r_p revealed, each for this C. Fair if one party is honest.
What stands outside these formulas is the caller's to check: the signatures on C, that announcement and commitments
are in its tree, and that there is one announcement only under a draw id.
"""

import itertools
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import h, is_hexlower, jcs, unhex
from sunshine_proof.checkpoint import parse_checkpoint, split_note
from sunshine_proof.errors import ProofError, speaking

ANNOUNCEMENT_KEYS = (
    "v", "draw", "tender", "lot", "purpose", "members", "alternates", "filters", "weights", "pool", "pool_root",
    "exclusions", "parties",
)  # fmt: skip
RECORD_KEYS = ("v", "announcement", "commitments", "checkpoint", "reveals", "result")
EQUAL = "equal"
MIN_PARTIES, MAX_PARTIES = 3, 32
MAX_POOL = 100_000
MAX_WEIGHT = 1 << 20
MAX_DRAWN = 1_000
_WORDS = 1 << 64
_REASON = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")


class DrawError(ProofError):
    """Not a draw by the rules, or its record does not lead to its result."""


@dataclass(frozen=True)
class Step:
    """One choice by cumulative weight."""

    words: tuple[int, ...]  # the 64-bit words read; all but the last were too large to be fair
    total: int  # the weight still in the pool
    place: int  # the last word modulo that total
    chosen: str  # whose stretch of the line of cumulative weights the place falls into
    weight: int  # the length of that stretch


@dataclass(frozen=True)
class Drawn:
    """Ids in the order of the draw: the members, then the alternates."""

    members: tuple[str, ...]
    alternates: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """A record that holds: its three 32-byte hashes, every step, and the outcome."""

    announce_hash: bytes
    checkpoint_hash: bytes
    seed: bytes
    steps: tuple[Step, ...]
    drawn: Drawn


@speaking(DrawError)
def blind_id(salt: bytes, expert_id: str) -> str:
    """H("draw/1 id\\n" ‖ salt ‖ expert id) as hex; one secret salt of 32 bytes per draw hides all names."""
    return h("draw/1 id\n", _32(salt, "salt"), shape.text(expert_id, "expert id")).hex()


@speaking(DrawError)
def pool_root(pool: Sequence[tuple[str, int]]) -> bytes:
    """H("draw/1 pool\\n" ‖ JCS([[id, weight] …] sorted by the UTF-8 bytes of the ids)), 32 raw bytes."""
    return _root(_sorted_pool(pool))


@speaking(DrawError)
def commitment(draw_id: str, party: int, r: bytes) -> str:
    """H("draw/1 commit\\n" ‖ draw ‖ "\\n" ‖ be16(p) ‖ r_p) as hex: draw id in UTF-8, p in two bytes, r_p 32 bytes."""
    return h("draw/1 commit\n", shape.text(draw_id, "draw"), "\n", _be16(party), _32(r, "r")).hex()


@speaking(DrawError)
def announcement(
    *,
    draw: str,
    tender: str,
    lot: str,
    purpose: str,
    members: int,
    alternates: int,
    pool: Sequence[tuple[str, int]],
    roles: Sequence[str],
    exclusions: Mapping[str, str] | None = None,
    filters: Sequence[tuple[str, str]] = (),
    weights: str = EQUAL,
    policy: str | None = None,
) -> dict[str, Any]:
    """Put together and check what is logged before anybody commits; raises DrawError as check_announcement does.

    draw        id, never used twice; tender and lot say what the draw is for, so that no other draw can take its place
    pool        (blind id, weight 1..2²⁰) of all who can be drawn; for the purpose `factor` (choice, 1)
    roles       the parties 1, 2, 3 … by role
    exclusions  blind id → reason code of those left out beforehand
    filters     (name, value) pairs that say how the pool was taken from the register
    weights     name of the rule that gave the weights; `equal` means 1 each
    policy      id (hex) of the seal policy under which the parties also seal r_p, so that refusing to reveal is in vain
    """
    entries = _sorted_pool(pool)
    announced: dict[str, Any] = {
        "v": "draw/1",
        "draw": draw,
        "tender": tender,
        "lot": lot,
        "purpose": purpose,
        "members": members,
        "alternates": alternates,
        "filters": [list(pair) for pair in filters],
        "weights": weights,
        "pool": [list(entry) for entry in entries],
        "pool_root": _root(entries).hex(),
        "exclusions": [{"id": blind, "reason": reason} for blind, reason in sorted((exclusions or {}).items())],
        "parties": [{"p": p, "role": role} for p, role in enumerate(roles, 1)],
    }
    if policy is not None:
        announced["policy"] = policy
    check_announcement(announced)
    return announced


@speaking(DrawError)
def check_announcement(announced: Mapping[str, Any]) -> None:
    """Every field of the format, the order of its lists, and the pool root; raises DrawError."""
    found = shape.record(announced, ANNOUNCEMENT_KEYS, "announcement", ("policy",))
    if found["v"] != "draw/1":
        raise DrawError("draw-version", "only draw/1 is known")
    if found["purpose"] not in ("experts", "factor"):
        raise DrawError("draw-purpose", "purpose is experts or factor")
    named = [shape.items(pair, 2, 2, "filter") for pair in shape.items(found["filters"], 0, 64, "filters")]
    for value in (found["draw"], found["tender"], found["lot"], found["weights"], *itertools.chain(*named)):
        shape.text(value, "draw, tender, lot, weights and filters")
    if "policy" in found:
        unhex(found["policy"], 32, "policy")
    pool = _sorted_pool(found["pool"])
    if [entry[0] for entry in found["pool"]] != [entry[0] for entry in pool]:
        raise DrawError("draw-pool", "the pool is not sorted by the bytes of its ids")
    if unhex(found["pool_root"], 32, "pool_root") != _root(pool):
        raise DrawError("draw-root", "the root is not that of this pool")
    _check_numbers(found["members"], found["alternates"], len(pool))
    if found["weights"] == EQUAL and any(weight != 1 for _, weight in pool):
        raise DrawError("draw-weights", "equal weights are 1 each")
    _check_exclusions(found["exclusions"], {entry[0] for entry in pool})
    if found["purpose"] == "experts" and not all(is_hexlower(entry[0], 32) for entry in pool):
        raise DrawError("draw-pool", "experts stand in the pool by blind id")
    rule = (found["members"], found["alternates"], found["weights"], len(found["exclusions"]))
    if found["purpose"] == "factor" and rule != (1, 0, EQUAL, 0):
        raise DrawError("draw-factor", "a factor is one of equal choices: no alternates, weights or exclusions")
    _check_parties(found["parties"])


def _check_exclusions(exclusions: object, pool: set[str]) -> None:
    before = ""
    for item in shape.items(exclusions, 0, MAX_POOL, "exclusions"):
        out = shape.record(item, ("id", "reason"), "exclusion")
        unhex(out["id"], 32, "excluded id")
        if not _REASON.match(shape.text(out["reason"], "reason")):
            raise DrawError("draw-exclusions", "a reason is a code of lower-case letters, digits and hyphens")
        if out["id"] <= before or out["id"] in pool:
            raise DrawError("draw-exclusions", "exclusions are sorted, named once, and not in the pool")
        before = out["id"]


def _check_parties(parties: object) -> None:
    if not isinstance(parties, list | tuple) or not MIN_PARTIES <= len(parties) <= MAX_PARTIES:
        raise DrawError("draw-parties", f"a draw has {MIN_PARTIES} to {MAX_PARTIES} parties")
    roles: set[str] = set()
    for number, item in enumerate(parties, 1):
        party = shape.record(item, ("p", "role"), f"party {number}")
        # one role under two numbers would make three parties of two
        if shape.whole(party["p"], 1, MAX_PARTIES, "p") != number or shape.text(party["role"], "role") in roles:
            raise DrawError("draw-parties", "parties are numbered 1..n in order and differ in role")
        roles.add(party["role"])


@speaking(DrawError)
def announce_hash(announced: Mapping[str, Any]) -> bytes:
    """H(JCS(announcement)), 32 raw bytes."""
    return h(jcs(announced))


@speaking(DrawError)
def checkpoint_hash(checkpoint: str) -> bytes:
    """H(C), 32 raw bytes; C is the text that log and witnesses sign: origin, size, root, a line each.

    A signed note and its bare text give the same hash. Cosignatures are added as they come: if they counted, whoever
    gathers them could choose among many seeds after the reveals.
    """
    if not isinstance(checkpoint, str) or not checkpoint.endswith("\n"):
        raise DrawError("draw-checkpoint", "a checkpoint is text that ends with a line feed")
    text = split_note(checkpoint)[0] if "\n\n" in checkpoint else checkpoint
    for line in text[:-1].split("\n"):
        shape.text(line, "line of the checkpoint", 1_000)
    parse_checkpoint(text)
    return h(text)


@speaking(DrawError)
def seed(announce_hash: bytes, checkpoint_note: str, reveals: Mapping[int, bytes]) -> bytes:
    """H("draw/1 seed\\n" ‖ H(announcement) ‖ H(C) ‖ H("draw/1 reveal\\n" ‖ be16(p) ‖ r_p) …) by rising p, 32 raw bytes.

    reveals   party number → its 32 bytes, of at least three parties
    """
    if not isinstance(reveals, Mapping) or not MIN_PARTIES <= len(reveals) <= MAX_PARTIES:
        raise DrawError("draw-parties", f"a draw has {MIN_PARTIES} to {MAX_PARTIES} parties")
    numbered = sorted((_be16(party), _32(r, f"r of party {party}")) for party, r in reveals.items())
    hashes = [h("draw/1 reveal\n", party, r) for party, r in numbered]
    return h("draw/1 seed\n", _32(announce_hash, "announcement hash"), checkpoint_hash(checkpoint_note), *hashes)


def words(seed: bytes) -> Iterator[int]:
    """The endless stream: block i = H("draw/1 stream\\n" ‖ seed ‖ be64(i)), i = 0, 1 …, is four big-endian words."""
    for block in itertools.count():
        yield from struct.unpack(">4Q", h("draw/1 stream\n", _32(seed, "seed"), block.to_bytes(8, "big")))


@speaking(DrawError)
def below(stream: Iterator[int], total: int) -> tuple[int, ...]:
    """Words up to the first below the largest multiple of `total` (1..2⁶⁴); modulo `total` that last one is uniform."""
    limit = _WORDS - _WORDS % shape.whole(total, 1, _WORDS, "total")
    read = [next(stream)]
    while read[-1] >= limit:
        read.append(next(stream))
    return tuple(read)


def _choices(pool: Sequence[tuple[str, int]], seed: bytes) -> Iterator[Step]:
    """Choose by cumulative weight, remove, repeat, over a pool in its order."""
    stream, weights = words(seed), [weight for _, weight in pool]
    while True:
        # one already chosen stays in its place with weight 0, which no place on the line belongs to
        line = list(itertools.accumulate(weights))
        read = below(stream, line[-1])
        place = read[-1] % line[-1]
        index = bisect_right(line, place)
        yield Step(read, line[-1], place, pool[index][0], weights[index])
        weights[index] = 0


@speaking(DrawError)
def draw(pool: Sequence[tuple[str, int]], seed: bytes, members: int, alternates: int = 0) -> Drawn:
    """Draw from (id, weight 1..2²⁰) entries, in whatever order they are given; `seed` has 32 bytes.

    Everybody drawn is drawn once. DrawError("draw-too-few") when the pool holds fewer than members + alternates.
    """
    return _outcome(_sorted_pool(pool), seed, members, alternates)[1]


def _outcome(
    pool: Sequence[tuple[str, int]], seed: bytes, members: int, alternates: int
) -> tuple[tuple[Step, ...], Drawn]:
    _check_numbers(members, alternates, len(pool))
    steps = tuple(itertools.islice(_choices(pool, seed), members + alternates))
    order = tuple(step.chosen for step in steps)
    return steps, Drawn(order[:members], order[members:])


@speaking(DrawError)
def draw_factor(choices: Sequence[str], seed: bytes) -> str:
    """One of the choices, each as likely as the others: the draw of a single member, every weight 1."""
    return draw([(choice, 1) for choice in shape.items(choices, 1, MAX_POOL, "choices")], seed, 1).members[0]


@speaking(DrawError)
def next_alternate(result: Drawn, declined: Sequence[str]) -> list[str]:
    """The panel after declines: the first of members and alternates, in order, who did not decline.

    Never a new seed: DrawError("draw-exhausted") when too few are left, DrawError("draw-declined") when somebody who
    was not drawn declines, or declines twice.
    """
    order = (*result.members, *result.alternates)
    gone = {shape.text(name, "declined") for name in shape.items(declined, 0, MAX_DRAWN, "declined")}
    if len(gone) != len(declined) or not gone <= set(order):
        raise DrawError("draw-declined", "each decline is of somebody drawn, and counts once")
    panel = [name for name in order if name not in gone][: len(result.members)]
    if len(panel) < len(result.members):
        raise DrawError("draw-exhausted", f"{len(panel)} left for {len(result.members)} seats")
    return panel


@speaking(DrawError)
def draw_record(
    announced: Mapping[str, Any],
    commitments: Sequence[Mapping[str, Any]],
    checkpoint: str,
    reveals: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The whole checked `draw-record/1` with its result, from what the parties gave; raises DrawError as replay does.

    commitments  [{"p", "commit": hex} …] by rising p; with "lid" (id of the sealed r_p, hex) if a policy is announced
    checkpoint   C, the signed note after the last commitment
    reveals      [{"p", "r": hex, "checkpoint": hex} …] by rising p; checkpoint is H(C), so that nobody takes another C
    """
    check_announcement(announced)
    found = _revealed(announced, commitments, checkpoint, reveals)
    members, alternates = list(found.drawn.members), list(found.drawn.alternates)
    result = {"seed": found.seed.hex(), "members": members, "alternates": alternates}
    given = (dict(announced), [dict(item) for item in commitments], checkpoint, [dict(item) for item in reveals])
    return dict(zip(RECORD_KEYS, ("draw-record/1", *given, result), strict=True))


@speaking(DrawError)
def replay(record: Mapping[str, Any]) -> Replay:
    """Check a `draw-record/1` from announcement to result and give back every step; raises DrawError at the first flaw.

    Besides the codes of check_announcement: draw-commitments and draw-reveals (not one per party, in order),
    draw-checkpoint (a reveal was made for another C), draw-reveal (not what the party committed to), draw-result.
    """
    found = shape.record(record, RECORD_KEYS, "record")
    if found["v"] != "draw-record/1":
        raise DrawError("draw-version", "only draw-record/1 is known")
    check_announcement(found["announcement"])
    replayed = _revealed(found["announcement"], found["commitments"], found["checkpoint"], found["reveals"])
    told = shape.record(found["result"], ("seed", "members", "alternates"), "result")
    if unhex(told["seed"], 32, "seed") != replayed.seed:
        raise DrawError("draw-result", "the seed is not that of these reveals")
    if (told["members"], told["alternates"]) != (list(replayed.drawn.members), list(replayed.drawn.alternates)):
        raise DrawError("draw-result", "others were drawn than the record says")
    return replayed


def _revealed(announced: Mapping[str, Any], commitments: object, checkpoint: str, reveals: object) -> Replay:
    """What follows from a checked announcement, commitments, checkpoint and reveals."""
    about, parties = checkpoint_hash(checkpoint), len(announced["parties"])
    lid = ("lid",) if "policy" in announced else ()
    committed = _one_each(commitments, parties, ("p", "commit", *lid), "draw-commitments")
    revealed = _one_each(reveals, parties, ("p", "r", "checkpoint"), "draw-reveals")
    randoms = {}
    for promise, answer in zip(committed, revealed, strict=True):
        p, r = promise["p"], unhex(answer["r"], 32, "r")
        if lid:
            unhex(promise["lid"], 32, "lid")
        if unhex(answer["checkpoint"], 32, "checkpoint") != about:
            raise DrawError("draw-checkpoint", f"party {p} revealed for another checkpoint")
        if unhex(promise["commit"], 32, "commit").hex() != commitment(announced["draw"], p, r):
            raise DrawError("draw-reveal", f"party {p} revealed something else than it committed to")
        randoms[p] = r
    hashed = announce_hash(announced)
    seeded = seed(hashed, checkpoint, randoms)
    outcome = _outcome(announced["pool"], seeded, announced["members"], announced["alternates"])
    return Replay(hashed, about, seeded, *outcome)


def _one_each(given: object, parties: int, keys: tuple[str, ...], code: str) -> list[dict[str, Any]]:
    if not isinstance(given, list | tuple) or len(given) != parties:
        raise DrawError(code, f"one of each of the {parties} parties")
    found = [shape.record(item, keys, f"entry {number}") for number, item in enumerate(given, 1)]
    if any(shape.whole(item["p"], 1, MAX_PARTIES, "p") != number for number, item in enumerate(found, 1)):
        raise DrawError(code, "entries are in the order of the parties")
    return found


def _sorted_pool(pool: object) -> list[tuple[str, int]]:
    """The checked (id, weight) entries by the UTF-8 bytes of their ids."""
    entries = []
    for entry in shape.items(pool, 1, MAX_POOL, "pool"):
        name, weight = shape.items(entry, 2, 2, "entry of the pool")
        # plain ids are nearly all of a large pool, and reading them letter by letter takes most of its time
        if not (isinstance(name, str) and name.isascii() and name.isprintable() and 0 < len(name) <= 200):
            shape.text(name, "id")
        entries.append((name, shape.whole(weight, 1, MAX_WEIGHT, "weight")))
    if len({name for name, _ in entries}) != len(entries):
        raise DrawError("draw-pool", "an id stands twice in the pool")
    return sorted(entries, key=lambda entry: entry[0].encode())


def _root(entries: Sequence[tuple[str, int]]) -> bytes:
    return h("draw/1 pool\n", jcs(entries))


def _check_numbers(members: object, alternates: object, pool: int) -> None:
    seats = shape.whole(members, 1, MAX_DRAWN, "members")
    seats += shape.whole(alternates, 0, MAX_DRAWN - seats, "alternates")
    if seats > pool:
        raise DrawError("draw-too-few", f"{seats} cannot be drawn from {pool}")


def _be16(party: object) -> bytes:
    return shape.whole(party, 0, 0xFFFF, "p").to_bytes(2, "big")


def _32(value: object, what: str) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise DrawError("draw-bytes", f"{what} must be 32 bytes")
    return value
