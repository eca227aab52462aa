"""The log's mathematics in the browser modules: every shared vector, and proofs that Python wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, encode_vkey, sign_note
from sunshine_proof.entry import entry_of
from sunshine_proof.eventproof import write_event_proof
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

Run = Callable[..., Any]
MERKLE = json.loads((Path(__file__).parents[2] / "proof/vectors/merkle.json").read_text())

TREES = """
    const { fromHex, toHex, equal } = L.bytes;
    const { vectors: v } = given;
    const hashes = v.leaves.map((leaf) => L.tree.leafHash(fromHex(leaf)));
    const refused = (act) => { try { act(); return false; } catch (failure) { return failure.code === "tree-proof"; } };
    const wrong = [];
    for (const [size, root] of Object.entries(v.roots)) {
      if (toHex(L.tree.rootOf(hashes.slice(0, size))) !== root) wrong.push(`root ${size}`);
    }
    for (const { index, size, path } of v.inclusion) {
      const nodes = path.map(fromHex), root = fromHex(v.roots[size]);
      L.tree.verifyInclusion(hashes[index], index, size, nodes, root);
      const forged = [
        () => L.tree.verifyInclusion(hashes[index], index + 1, size, nodes, root),
        () => L.tree.verifyInclusion(hashes[index], index, size, [...nodes, root], root),
        () => L.tree.verifyInclusion(hashes[index], index, size, nodes, hashes[index === 0 ? 1 : 0]),
      ];
      if (nodes.length) forged.push(() => L.tree.verifyInclusion(hashes[index], index, size, nodes.slice(0, -1), root));
      if (!forged.every(refused)) wrong.push(`inclusion ${index}/${size}`);
    }
    for (const c of v.consistency) {
      const nodes = c.path.map(fromHex), old = fromHex(v.roots[c.from]), grown = fromHex(v.roots[c.to]);
      L.tree.verifyConsistency(c.from, c.to, old, grown, nodes);
      const forged = [
        () => L.tree.verifyConsistency(c.from, c.to, old, grown, [...nodes, old]),
        () => L.tree.verifyConsistency(c.from, c.to, hashes[3], grown, nodes),
      ];
      if (nodes.length) forged.push(() => L.tree.verifyConsistency(c.from, c.to, old, grown, nodes.slice(0, -1)));
      if (!forged.every(refused)) wrong.push(`consistency ${c.from}/${c.to}`);
    }
    return wrong;
"""


def test_every_tree_of_the_shared_vectors_is_reproduced_and_every_forged_proof_refused(engine: Run) -> None:
    assert engine(TREES, vectors=MERKLE) == []


JUDGE = """
    return given.texts.map((text) => {
      try {
        const { event, proof } = L.logproof.verifyEventProof(text, given.vkey);
        return [event.facts.lid, proof.index, proof.checkpoint.size];
      } catch (failure) { return failure.code; }
    });
"""


def test_an_event_proof_convinces_the_browser_and_a_touched_one_does_not(engine: Run) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    vkey = encode_vkey("log.example", key.public_key().public_bytes_raw())
    payloads = [jcs({"facts": {"lid": f"{n:064x}"}, "tag": "bid:submit-bid"}) for n in range(21)]
    leaves = [leaf_hash(entry_of(payload, bytes([n]) * 32)) for n, payload in enumerate(payloads)]
    note = sign_note(checkpoint_text(Checkpoint("log.example", 21, root_of(leaves))), "log.example", key)
    other = sign_note(checkpoint_text(Checkpoint("log.example", 21, root_of(leaves[1:]))), "log.example", key)

    def proof(n: int, salt: int | None = None, at: int | None = None, head: str = note) -> str:
        where = n if at is None else at
        salted = bytes([n if salt is None else salt]) * 32
        return write_event_proof(payloads[n], salted, where, inclusion_path(leaves, n), head)

    good = proof(9)
    texts = [good, proof(9, salt=8), proof(9, at=10), proof(9, head=other), good.replace("index 9", "index 09")]
    texts += [good[:-3] + "A=\n", good.replace("extra ", "extra A", 1), good.replace("extra ", "xtra ", 1), ""]
    judged = engine(JUDGE, texts=texts, vkey=vkey)
    assert judged[:5] == [[f"{9:064x}", 9, 21], *["tree-proof"] * 3, "proof-format"]
    assert all(isinstance(code, str) for code in judged[5:])
    stranger = encode_vkey("log.example", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert engine(JUDGE, texts=[good], vkey=stranger) == ["note-signature"]
