"""An event and its proof in one file: alone it convinces, changed it does not."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, encode_vkey, sign_note
from sunshine_proof.entry import entry_of
from sunshine_proof.eventproof import EventProofError, read_event_proof, write_event_proof
from sunshine_proof.logproof import write_proof
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

ORIGIN = "log.sunshine.example"
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
VKEY = encode_vkey(ORIGIN, KEY.public_key().public_bytes_raw())
PAYLOADS = [jcs({"v": "event/1", "tag": "bid:submit-bid", "facts": {"lid": f"{n:064x}"}}) for n in range(16)]
SALTS = [bytes([n]) * 32 for n in range(16)]
LEAVES = [leaf_hash(entry_of(payload, salt)) for payload, salt in zip(PAYLOADS, SALTS, strict=True)]
NOTE = sign_note(checkpoint_text(Checkpoint(ORIGIN, 16, root_of(LEAVES))), ORIGIN, KEY)


def written(index=5, payload=None, salt=None, at=None):
    place = index if at is None else at
    return write_event_proof(
        payload or PAYLOADS[index], salt or SALTS[index], place, inclusion_path(LEAVES, index), NOTE
    )


def test_the_file_alone_tells_the_event_and_where_it_stands():
    found = read_event_proof(written(), VKEY)
    assert found.event["facts"] == {"lid": f"{5:064x}"} and found.proof.index == 5
    assert found.proof.checkpoint.size == 16


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"payload": PAYLOADS[6]}, "tree-proof"),
        ({"salt": SALTS[6]}, "tree-proof"),
        ({"at": 6}, "tree-proof"),
        ({"payload": b'{"b":1,"a":1}'}, "entry-payload"),
        ({"salt": b"short"}, "event-proof"),
    ],
)
def test_another_event_salt_or_place_does_not_hold(given, code):
    with pytest.raises(EventProofError) as refused:
        read_event_proof(written(**given), VKEY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "extra",
    [
        b"", b"{}", b"[]", b"\xff", b'{"payload":"{}","salt":"' + b"00" * 32 + b'","v":"event-proof/2"}',
        b'{"salt":"' + b"00" * 32 + b'","payload":"{}","v":"event-proof/1"}',
        b'{"payload":1,"salt":"' + b"00" * 32 + b'","v":"event-proof/1"}',
        b'{"payload":"{}","salt":"' + b"00" * 32 + b'","v":"event-proof/1","more":1}',
        b'{"payload":"\\ud800","salt":"' + b"00" * 32 + b'","v":"event-proof/1"}',
    ],
)  # fmt: skip
def test_extra_data_that_are_no_event_are_named_as_such(extra):
    text = write_proof(5, inclusion_path(LEAVES, 5), NOTE, extra)
    with pytest.raises(EventProofError, match="event-proof"):
        read_event_proof(text, VKEY)


def test_a_proof_of_another_log_does_not_hold():
    other = encode_vkey(ORIGIN, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    with pytest.raises(EventProofError, match="note-signature"):
        read_event_proof(written(), other)
