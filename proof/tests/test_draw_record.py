"""Announcements and records of draws: what they hold, what is replayed, and everything that is refused."""

import copy
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.canonical import b64, jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, sign_note
from sunshine_proof.draw import (
    DrawError,
    Drawn,
    announce_hash,
    announcement,
    blind_id,
    check_announcement,
    checkpoint_hash,
    commitment,
    draw,
    draw_factor,
    draw_record,
    pool_root,
    replay,
    seed,
)

SALT = bytes(range(32))
ROLES = ["采购人", "纪检", "平台"]
TEXT = checkpoint_text(Checkpoint("example.org/log", 711422, bytes(32)))
NOTE = sign_note(TEXT, "example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1"))
ANOTHER = sign_note(TEXT.replace("22", "23"), "example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
JUNK = [None, True, -1, 0, 2**70, "", "x", "两\n行", "\ud800", "a" * 201, "0" * 64, [], [[]], {}, {"p": 1}, [1, 2, 3]]


def digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def refused(act, *arguments, **options):
    with pytest.raises(DrawError) as caught:
        act(*arguments, **options)
    return caught.value.code


def blind(number):
    return blind_id(SALT, f"E-{number}")


def announced(**change):
    base = {
        "draw": "D-2027-001",
        "tender": "P-1",
        "lot": "1",
        "purpose": "experts",
        "members": 3,
        "alternates": 2,
        "pool": [(blind(n), 1 + n % 3) for n in range(9)],
        "roles": ROLES,
        "exclusions": {blind(20): "employer", blind(21): "kin"},
        "filters": [("specialty", "A01"), ("region", "江苏")],
        "weights": "by-distance",
    }
    return announcement(**(base | change))


def factor(choices=("0.03", "0.04", "0.05", "0.06", "0.07"), **change):
    base = {"purpose": "factor", "members": 1, "alternates": 0, "exclusions": {}, "weights": "equal"}
    return announced(**(base | {"pool": [(choice, 1) for choice in choices]} | change))


def random_of(p):
    return digest(b"r", bytes([p]))


def answers(subject, note=NOTE, lids=()):
    parties = range(1, len(subject["parties"]) + 1)
    commitments = [{"p": p, "commit": commitment(subject["draw"], p, random_of(p))} for p in parties]
    for item, lid in zip(commitments, lids, strict=False):
        item["lid"] = lid
    about = checkpoint_hash(note).hex()
    return commitments, note, [{"p": p, "r": random_of(p).hex(), "checkpoint": about} for p in parties]


def recorded(subject=None, **options):
    subject = announced() if subject is None else subject
    return draw_record(subject, *answers(subject, **options))


def leaves(value, path=()):
    nested = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in nested:
        yield from leaves(item, (*path, key))
    yield path, value


def with_changed(record, path, value):
    changed = copy.deepcopy(record)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def rooted(subject, **change):
    """An announcement that its author changed and gave the right root again: only the rules can refuse it."""
    changed = {**subject, **change}
    root = digest(b"draw/1 pool\n", jcs(changed["pool"]))
    return {**changed, "pool_root": root.hex()}


# the announcement


def test_an_announcement_is_sorted_numbered_and_rooted():
    subject = announced()
    assert [name for name, _ in subject["pool"]] == sorted(blind(n) for n in range(9))
    assert subject["pool_root"] == pool_root([(blind(n), 1 + n % 3) for n in range(9)]).hex()
    assert [out["id"] for out in subject["exclusions"]] == sorted((blind(20), blind(21)))
    assert subject["parties"] == [{"p": p, "role": role} for p, role in enumerate(ROLES, 1)]
    assert announce_hash(subject) == digest(jcs(subject))
    assert json.loads(jcs(subject)) == subject and "policy" not in subject
    assert announced(policy="ab" * 32)["policy"] == "ab" * 32
    check_announcement(factor())


def test_every_field_of_an_announcement_is_demanded_and_no_other_is_taken():
    subject = announced()
    for key in subject:
        assert refused(check_announcement, {k: v for k, v in subject.items() if k != key}) == "wrong-shape"
    assert refused(check_announcement, {**subject, "drand": 1}) == "wrong-shape"
    for junk in JUNK:
        assert refused(check_announcement, junk) == "wrong-shape"


def test_what_an_announcer_writes_against_the_rules_is_refused():
    subject, equal = announced(), announced(weights="equal", pool=[(blind(n), 1) for n in range(9)])
    pool, out, parties = subject["pool"], subject["exclusions"], subject["parties"]
    cases = {
        "draw-version": [{"v": "draw/2"}],
        "draw-purpose": [{"purpose": "winner"}, {"purpose": ["experts"]}],
        "draw-pool": [
            {"pool": pool[::-1]}, {"pool": [pool[0], *pool]}, {"pool": [*pool, ["张三", 1]]},
            {"pool": [*pool, [pool[-1][0], 3]]},
            {"pool": sorted([*pool, ["0" * 63 + "A", 1]])},
        ],
        "draw-too-few": [{"members": 8}, {"alternates": 7}, {"pool": pool[:4]}],
        "draw-weights": [{"weights": "equal"}],
        "draw-exclusions": [
            {"exclusions": out[::-1]}, {"exclusions": [out[0], *out]}, {"exclusions": [{**out[0], "id": pool[0][0]}]},
            {"exclusions": [{**out[0], "reason": "Kin"}]}, {"exclusions": [{**out[0], "reason": "因为张三"}]},
            {"exclusions": [{**out[0], "reason": "a" * 41}]}, {"exclusions": [{**out[0], "reason": "-"}]},
        ],
        "draw-parties": [
            {"parties": parties[:2]}, {"parties": []}, {"parties": None}, {"parties": parties[::-1]},
            {"parties": [*parties, {"p": 5, "role": "投标人代表"}]}, {"parties": [*parties, {"p": 4, "role": "平台"}]},
            {"parties": [{"p": p, "role": f"R{p}"} for p in range(1, 34)]},
        ],
        "wrong-shape": [
            {"members": 0}, {"members": True}, {"members": "3"}, {"alternates": -1}, {"alternates": None},
            {"members": 999, "alternates": 2}, {"draw": ""}, {"draw": "a\nb"}, {"tender": 1}, {"lot": None},
            {"weights": ""}, {"filters": [["region"]]}, {"filters": [["region", 1]]}, {"filters": {"region": "x"}},
            {"filters": [["a", "b"]] * 65}, {"pool": []}, {"pool": [[pool[0][0], 0]]}, {"pool": [[pool[0][0], 1, 1]]},
            {"exclusions": [out[0]["id"]]}, {"exclusions": [{"id": out[0]["id"]}]},
            {"exclusions": [{**out[0], "name": "张三"}]}, {"parties": [*parties[:2], {"p": 3}]},
            {"parties": [*parties[:2], {"p": True, "role": "x"}]}, {"parties": [*parties[:2], {"p": 3, "role": "\n"}]},
        ],
        "not-hex": [{"policy": ""}, {"policy": None}, {"policy": "A" * 64},
                    {"exclusions": [{**out[0], "id": out[0]["id"].upper()}]}],
    }  # fmt: skip
    for code, changes in cases.items():
        for change in changes:
            assert refused(check_announcement, rooted(subject, **change)) == code, change
    check_announcement(equal)
    check_announcement({**subject, "parties": [{"p": p, "role": f"R{p}"} for p in range(1, 33)]})
    for root, code in ((subject["pool_root"].upper(), "not-hex"), ("0" * 64, "draw-root"), (None, "not-hex")):
        assert refused(check_announcement, {**subject, "pool_root": root}) == code
    assert refused(check_announcement, {**subject, "pool": pool[1:]}) == "draw-root"


def test_a_factor_has_neither_alternates_nor_weights_nor_exclusions():
    out = announced()["exclusions"]
    for change in ({"members": 2}, {"alternates": 1}, {"weights": "mine"}, {"exclusions": out}):
        assert refused(check_announcement, {**factor(), **change}) == "draw-factor"
    assert refused(factor, pool=[("0.03", 2), ("0.04", 1)]) == "draw-weights"


def test_an_announcement_that_cannot_be_hashed_is_refused():
    for wrong in (float("nan"), {"v": 0.5}, {"v": b""}, {1: 2}, {"v": "\ud800"}, {"v": 2**60}):
        assert refused(announce_hash, wrong) == "not-canonical"


# the record


def test_a_record_replays_to_the_draw_it_tells():
    subject, record = announced(), recorded()
    found = replay(record)
    assert replay(json.loads(jcs(record))) == found
    assert found.announce_hash == announce_hash(subject) and found.checkpoint_hash == digest(TEXT.encode())
    assert found.seed == seed(announce_hash(subject), NOTE, {p: random_of(p) for p in (1, 2, 3)})
    assert found.drawn == draw(subject["pool"], found.seed, 3, 2)
    assert [step.chosen for step in found.steps] == [*found.drawn.members, *found.drawn.alternates]
    assert found.steps[0].total == sum(weight for _, weight in subject["pool"])
    assert record["result"]["members"] == list(found.drawn.members)


def test_a_factor_is_replayed_like_a_panel():
    subject = factor()
    found = replay(recorded(subject))
    assert found.drawn == Drawn((draw_factor([choice for choice, _ in subject["pool"]], found.seed),), ())


def test_parties_who_sealed_their_values_name_the_lids():
    subject, lids = announced(policy="ab" * 32), ["01" * 32, "02" * 32, "03" * 32]
    record = recorded(subject, lids=lids)
    assert [item["lid"] for item in record["commitments"]] == lids
    assert replay(record)
    assert refused(recorded, subject) == refused(recorded, announced(), lids=lids) == "wrong-shape"
    assert refused(recorded, subject, lids=[*lids[:2], "03"]) == "not-hex"


def test_a_change_of_any_value_of_a_record_is_refused():
    record = recorded(announced(policy="ab" * 32), lids=["01" * 32, "02" * 32, "03" * 32])
    flipped = 0
    for path, value in leaves(record):
        if isinstance(value, int | str) and path[-1] != "lid":
            changed = value + 1 if isinstance(value, int) else ("0" if value[0] != "0" else "1") + value[1:]
            refused(replay, with_changed(record, path, changed))
            flipped += 1
    assert flipped > 60


def test_nothing_from_strangers_raises_anything_else():
    record = recorded()
    for path, _ in leaves(record):
        for junk in JUNK:
            if path:
                changed = with_changed(record, path, junk)
                # by their JSON, because Python holds 1 and True for equal
                if json.dumps(changed) != json.dumps(record):
                    refused(replay, changed)
            else:
                refused(replay, junk)


def test_what_does_not_lead_from_the_commitments_to_the_result_is_refused():
    record = recorded()
    reveals, commitments, result = record["reveals"], record["commitments"], record["result"]
    other = [*reveals[:2], {**reveals[2], "r": random_of(9).hex()}]
    borrowed = [*reveals[:2], {**reveals[2], "r": reveals[1]["r"]}]
    for code, changes in {
        "draw-version": [{"v": "draw/1"}],
        "draw-commitments": [{"commitments": commitments[:2]}, {"commitments": commitments[::-1]},
                             {"commitments": [*commitments, commitments[0]]}, {"commitments": None},
                             {"commitments": [commitments[0], commitments[0], commitments[2]]}],
        "draw-reveals": [{"reveals": reveals[:2]}, {"reveals": reveals[::-1]}, {"reveals": "abc"},
                         {"reveals": [reveals[0], reveals[0], reveals[2]]}],
        "draw-reveal": [{"reveals": other}, {"reveals": borrowed},
                        {"commitments": [*commitments[:2], {**commitments[2], "commit": commitments[1]["commit"]}]}],
        "draw-checkpoint": [{"checkpoint": ANOTHER}, {"checkpoint": ""}, {"checkpoint": None},
                            {"reveals": [*reveals[:2], {**reveals[2], "checkpoint": "0" * 64}]}],
        "note-text": [{"checkpoint": TEXT + "\n"}],
        "draw-result": [{"result": {**result, "seed": "0" * 64}}, {"result": {**result, "members": []}},
                        {"result": {**result, "members": result["members"][::-1]}},
                        {"result": {**result, "members": result["alternates"]}},
                        {"result": {**result, "alternates": result["alternates"][::-1]}},
                        {"result": {**result, "alternates": []}}, {"result": {**result, "alternates": None}}],
        "wrong-shape": [{"result": {**result, "steps": []}}, {"result": None}, {"extra": 1},
                        {"reveals": [*reveals[:2], {**reveals[2], "by": "x"}]}],
    }.items():  # fmt: skip
        for change in changes:
            assert refused(replay, {**record, **change}) == code, change
    for key in record:
        assert refused(replay, {k: v for k, v in record.items() if k != key}) == "wrong-shape"


def test_nobody_joins_after_the_announcement():
    record, r = recorded(), random_of(4)
    fourth = {
        "commitments": [*record["commitments"], {"p": 4, "commit": commitment("D-2027-001", 4, r)}],
        "reveals": [*record["reveals"], {**record["reveals"][0], "p": 4, "r": r.hex()}],
    }
    assert refused(replay, {**record, **fourth}) == "draw-commitments"
    assert refused(replay, {**record, "reveals": fourth["reveals"]}) == "draw-reveals"


def test_reveals_made_for_one_checkpoint_draw_nothing_with_a_later_one():
    record = recorded()
    later = {**record, "checkpoint": ANOTHER}
    assert refused(replay, later) == "draw-checkpoint"
    assert replay({**record, "checkpoint": NOTE + f"— witness.example.org {b64(bytes(76))}\n"}) == replay(record)


def test_a_record_is_not_made_from_answers_that_do_not_fit():
    subject = announced()
    commitments, note, reveals = answers(subject)
    assert refused(draw_record, subject, commitments, note, reveals[:2]) == "draw-reveals"
    assert refused(draw_record, announced(draw="D-2"), commitments, note, reveals) == "draw-reveal"
    assert refused(draw_record, {**subject, "parties": subject["parties"][:2]}, commitments, note, reveals) == (
        "draw-parties"
    )
