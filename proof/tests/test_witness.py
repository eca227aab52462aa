"""What a witness decides: requests of every shape, and every decision against a table made another way."""

import base64
import hashlib
import itertools

import proof_cast as cast
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, encode_vkey, sign_note, split_note, verify_note
from sunshine_proof.cosignature import cosign, merge
from sunshine_proof.witness import (
    MAX_BODY,
    SIZE_TYPE,
    TEXT_TYPE,
    Head,
    WitnessError,
    checkpoint_path,
    decide,
    parse_request,
    request,
)

SIZES = range(8)
STRANGER = Ed25519PrivateKey.generate()
LOGS = [cast.LOG_VKEY]


# -- the tree of RFC 6962 §2.1, word for word and not as the package writes it --------------------------------------
def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_hash(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    k = largest_power(len(leaves))
    return sha(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:]))


def largest_power(n: int) -> int:
    return max(power for power in (1, 2, 4, 8, 16, 32, 64) if power < n)


def proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = largest_power(len(leaves))
    if m <= k:
        return [*proof(m, leaves[:k], whole), tree_hash(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), tree_hash(leaves[:k])]


HONEST = [b"entry %d" % i for i in SIZES]


def grown(size: int, forked_at: int | None = None) -> list[bytes]:
    return [b"another" if i == forked_at else leaf for i, leaf in enumerate(HONEST[:size])]


def signed(size: int, root: bytes, key: Ed25519PrivateKey = cast.LOG_KEY, origin: str = cast.ORIGIN) -> str:
    return sign_note(checkpoint_text(Checkpoint(origin, size, root)), origin, key)


def head(size: int) -> Head:
    root = tree_hash(grown(size))
    return Head(size, root, signed(size, root))


def ask(old: int, path: list[bytes], note: str) -> bytes:
    """A request written by hand."""
    lines = [f"old {old}", *(base64.b64encode(node).decode() for node in path)]
    return ("\n".join(lines) + "\n\n" + note).encode()


def paths(old: int, leaves: list[bytes]) -> list[list[bytes]]:
    """The right proof, then wrong ones: none, one node less, one more, a bit off, for another size."""
    right = proof(old, leaves) if 0 < old <= len(leaves) else []
    wrong = [[], right[:-1], [*right, sha(b"")], [sha(node) for node in right], right[::-1]]
    return [right, *(path for path in wrong if path != right)]


def test_every_decision_on_small_trees_is_that_of_the_table():
    count = dict.fromkeys((200, 400, 409, 422), 0)
    states = {size: head(size) for size in SIZES} | {None: None}
    for new, forked_at in itertools.product(SIZES, (None, 0, 3, 6)):
        leaves = grown(new, forked_at)
        note = signed(new, tree_hash(leaves))
        for old in SIZES:
            right, *wrong = paths(old, leaves)
            for path in (right, *wrong):
                asked = parse_request(ask(old, path, note))
                for size, state in states.items():
                    known = size or 0
                    if old > new:
                        expected = 400
                    elif old != known:
                        expected = 409
                    elif leaves[:known] != grown(known) or path != right:
                        expected = 422
                    else:
                        expected = 200
                    answer = decide(state, asked, LOGS)
                    assert answer.status == expected, (size, old, new, forked_at, path)
                    count[expected] += 1
                    if expected == 409:
                        assert (answer.body, answer.content_type) == (f"{known}\n", SIZE_TYPE)
                    else:
                        assert answer.content_type == TEXT_TYPE
                    if expected == 200:
                        assert answer.head == Head(new, tree_hash(leaves), note) and answer.body == ""
                    else:
                        assert answer.head is None
    assert all(number > 50 for number in count.values())


def test_a_tree_without_entries_has_one_root():
    for state in (None, head(0)):
        assert decide(state, parse_request(ask(0, [], signed(0, sha(b"")))), LOGS).status == 200
        assert decide(state, parse_request(ask(0, [], signed(0, sha(b"x")))), LOGS).status == 422


def test_a_log_that_is_not_watched_is_unknown_whatever_its_signature():
    note = signed(1, tree_hash(grown(1)), origin="other.example.test")
    assert decide(None, parse_request(ask(0, [], note)), LOGS).status == 404
    assert decide(None, parse_request(ask(0, [], signed(1, sha(b"")))), []).status == 404


def test_only_genuine_signatures_of_the_log_itself_open_the_door():
    root = tree_hash(grown(3))
    text = checkpoint_text(Checkpoint(cast.ORIGIN, 3, root))
    genuine = signed(3, root)
    other_key = signed(3, root, STRANGER)
    forged = genuine.replace("\n3\n", "\n4\n", 1)
    other_name = sign_note(text, "other.example.test", cast.LOG_KEY)
    witnessed = f"{text}\n" + cosign(text, cast.ORIGIN, cast.LOG_KEY, 5)
    for note in (other_key, forged, other_name, witnessed):
        answer = decide(None, parse_request(ask(0, [], note)), LOGS)
        assert (answer.status, answer.head) == (403, None)
    # a false line in the log's name condemns the note although a genuine one stands beside it
    false_line = forged.rpartition("\n\n")[2]
    four = signed(4, root)
    assert decide(None, parse_request(ask(0, [], four)), LOGS).status == 200
    assert decide(None, parse_request(ask(0, [], four + false_line)), LOGS).status == 403
    # the signature comes before the sizes: strangers learn nothing
    assert decide(head(2), parse_request(ask(7, [], other_key)), LOGS).status == 403


def test_what_is_kept_carries_the_signatures_of_the_log_alone():
    root = tree_hash(grown(3))
    text = checkpoint_text(Checkpoint(cast.ORIGIN, 3, root))
    genuine = signed(3, root)
    noise = cosign(text, "witness.example.test", STRANGER, 5)
    stuffed = genuine + signed(3, root, STRANGER).rpartition("\n\n")[2] + noise + genuine.rpartition("\n\n")[2]
    answer = decide(None, parse_request(ask(0, [], merge(genuine, [noise]))), LOGS)
    assert answer.head and answer.head.note == genuine
    assert decide(None, parse_request(ask(0, [], stuffed)), LOGS).head == answer.head


def test_a_log_may_have_two_keys_for_a_while():
    root = tree_hash(grown(3))
    second = encode_vkey(cast.ORIGIN, STRANGER.public_key().public_bytes_raw())
    both = [*LOGS, second]
    old, new = signed(3, root), signed(3, root, STRANGER)
    for note in (old, new, merge(old, [new.rpartition("\n\n")[2]])):
        assert decide(None, parse_request(ask(0, [], note)), both).status == 200
    assert decide(None, parse_request(ask(0, [], new)), LOGS).status == 403
    kept = decide(None, parse_request(ask(0, [], merge(old, [new.rpartition("\n\n")[2]]))), both).head
    assert kept and verify_note(kept.note, LOGS[0]) == verify_note(kept.note, second)
    assert len(split_note(kept.note)[1]) == 2


def test_extension_lines_are_kept_as_they_were_signed():
    text = checkpoint_text(Checkpoint(cast.ORIGIN, 1, tree_hash(grown(1)))) + "an extension\n"
    note = sign_note(text, cast.ORIGIN, cast.LOG_KEY)
    answer = decide(None, parse_request(ask(0, [], note)), LOGS)
    assert answer.head and answer.head.note == note


def test_the_place_of_a_checkpoint_is_the_hash_of_its_origin():
    assert checkpoint_path(cast.ORIGIN) == f"/{hashlib.sha256(cast.ORIGIN.encode()).hexdigest()}/checkpoint"


def test_requests_of_another_shape_are_refused():
    note = signed(3, tree_hash(grown(3)))
    good = ask(2, [bytes(32)], note)
    assert parse_request(good).old == 2
    node = base64.b64encode(bytes(32))
    bad = [
        b"", b"\n", b"\n\n", b"old 2", b"old 2\n", b"old 2\n\n", note.encode(), b"\n" + good, b"\xff" + good,
        b"\xef\xbb\xbf" + good, good.replace(b"\n", b"\r\n"), good[:-1], good + b"\n", good + b"x", good + b"\xff",
        good.replace(b"\n\n", b"\n", 1), good.replace(b"\n\n", b"\n\n\n", 1), good.replace(node, b""),
        good.replace(node, node[:-1]), good.replace(node, b" " + node), good.replace(node, base64.b64encode(bytes(31))),
        good.replace(node, base64.b64encode(bytes(33))), good.replace(node, node[:-2] + b"B="),
        good.replace(node, node + b"\r"), good.replace(b"\n3\n", b"\n03\n"), good.replace(b"\n3\n", b"\n-3\n"),
        good.replace(b"\n3\n", "\n1٣\n".encode()), good.replace(b"\n3\n", b"\n3 \n"),
        good.replace(b"\xe2\x80\x94", b"-"), good.replace(cast.ORIGIN.encode() + b"\n3", b"\n3"),
        ask(0, [], f"{cast.ORIGIN}\n3\n{node.decode()}\n\nx\n\n— {cast.ORIGIN} {node.decode()}\n"),
        ask(2, [bytes(32)] * 64, note), good + "— x ".encode() + b"A" * MAX_BODY + b"\n",
    ]  # fmt: skip
    first_lines = ["old", "old ", "old -1", "old 02", "old 2 ", " old 2", "OLD 2", "old 2.0", "old +2", "old 0x2"]
    first_lines += [
        "old ٣",
        "old 1٣",
        "old 1_0",
        "old 1e3",
        "older 2",
        "old  2",
        "old\t2",
        "old " + "9" * 20,
        "old " + "9" * 5000,
    ]
    bad += [good.replace(b"old 2", line.encode(), 1) for line in first_lines]
    for body in bad:
        assert body != good
        with pytest.raises(WitnessError) as caught:
            parse_request(body)
        assert caught.value.code in ("witness-request", "note-text", "not-base64", "checkpoint")
    assert len(parse_request(ask(2, [bytes(32)] * 63, note)).path) == 63


def test_what_cannot_be_read_is_not_written():
    note = signed(3, tree_hash(grown(3)))
    for old, path, text in (
        (-1, [], note), (2, [bytes(31)], note), (2, [bytes(32)] * 64, note), (2, [], "no note"),
        (2, [], note.replace("log", "\ud800")), (10**19, [], note), (2, [], note + "x" * MAX_BODY),
    ):  # fmt: skip
        with pytest.raises(WitnessError):
            request(old, path, text)


@given(st.integers(0, 10**19 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_is_read_as_it_was_written(old, path):
    note = signed(3, tree_hash(grown(3)))
    found = parse_request(request(old, path, note).encode())
    assert (found.old, list(found.path), found.note) == (old, path, note)
    assert found.checkpoint == Checkpoint(cast.ORIGIN, 3, tree_hash(grown(3)))
    assert request(old, path, note).encode() == ask(old, path, note)


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=20))
def test_no_bytes_make_a_witness_stumble(noise, place, piece):
    good = ask(2, proof(2, grown(3)), signed(3, tree_hash(grown(3))))
    for body in (noise, b"old 0\n\n" + noise, good[:place] + piece + good[place + len(piece) :], good[:place]):
        try:
            asked = parse_request(body)
        except WitnessError:
            continue
        assert decide(head(2), asked, LOGS).status in (200, 400, 403, 404, 409, 422)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 39), st.booleans())
def test_a_witness_accepts_a_longer_tree_exactly_when_it_is_the_same_tree_grown(first, more, spoilt, honest):
    leaves = [b"%d" % i for i in range(first + more)]
    state = Head(first, tree_hash(leaves[:first]), "")
    if not honest:
        leaves[spoilt % len(leaves)] = b"spoilt"
    note = signed(len(leaves), tree_hash(leaves))
    answer = decide(state, parse_request(ask(first, proof(first, leaves), note)), LOGS)
    kept = honest or spoilt % len(leaves) >= first
    assert answer.status == (200 if kept else 422)
