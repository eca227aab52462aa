"""A draw and the log: announcement and commitments stood there before the checkpoint that made the seed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sunshine_proof.checkpoint import split_note, verify_note
from sunshine_proof.draw import DrawError, announce_hash
from sunshine_proof.errors import speaking
from sunshine_proof.eventproof import read_event_proof


@speaking(DrawError)
def check_logged(record: Mapping[str, Any], proofs: Sequence[str], log_vkey: str) -> None:
    """The texts of `.tlog-proof` show announcement and every commitment of a `draw-record/1` under its very checkpoint.

    Raises DrawError: note-… (C is not signed by the log), proof-…, tree-…, draw-logged (one is missing or another).
    """
    announced, text = record["announcement"], split_note(record["checkpoint"])[0]
    verify_note(record["checkpoint"], log_vkey)
    logged: list[tuple[str, Mapping[str, Any]]] = []
    for proof in proofs:
        found = read_event_proof(proof, log_vkey)
        if split_note(found.proof.note)[0] != text:
            raise DrawError("draw-logged", "a proof is under another checkpoint")
        if found.event.get("subject") == f"draw/{announced['draw']}":
            logged.append((found.event["tag"], found.event["facts"]))
    told = [facts["announcement"] for tag, facts in logged if tag == "draw:announce-draw"]
    if [announce_hash(one) for one in told] != [announce_hash(announced)]:
        raise DrawError("draw-logged", "the announcement is not among the proofs, once and unchanged")
    promised = {(facts["p"], facts["commit"]) for tag, facts in logged if tag == "draw:commit-draw"}
    if promised != {(one["p"], one["commit"]) for one in record["commitments"]}:
        raise DrawError("draw-logged", "the commitments among the proofs are not those of the record")
