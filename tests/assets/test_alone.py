"""seal-policy/2 in Node and in Chromium: every case of seal-2.json, and what the two versions must not lend each other."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sunshine_proof.errors import ProofError
from sunshine_proof.policy import check_policy
from tests.assets.conftest import ROOT

Run = Callable[..., Any]
CASES: list[dict[str, Any]] = json.loads((ROOT / "proof/vectors/seal-2.json").read_text())["cases"]

RECOMPUTE = """
    const { fromHex, toHex } = L.bytes;
    const { case: c } = given;
    L.policycheck.checkPolicy(c.policy);
    const pid = L.policy.policyId(c.policy);
    const S = fromHex(c.S);
    const [part] = c.lid.parts;
    const dealt = L.seal.dealPart(c.policy, pid, S);
    L.lidcheck.checkRecord(c.lid, c.policy, pid);
    L.lidcheck.checkRecord(c.withdrawal, c.policy, pid);
    L.lid.verifyLid(c.lid, pid);
    const outcome = (act) => { try { act(); return "opened"; } catch (failure) { return failure.code; } };
    const open = (one, key) => outcome(() => L.opening.openWithSecret(c.policy, pid, one, fromHex(key)));
    const refusals = c.policies_refused.map(({ policy }) => outcome(() => L.policycheck.checkPolicy(policy)));
    return {
      policy_id: toHex(pid), recipient: dealt.recipient, identity: L.opening.openWithSecret(c.policy, pid, part, S),
      dealt: [dealt.k, dealt.commit, dealt.share, dealt.bshare_commit ?? null],
      lid: L.lid.makeLid(pid, c.lid.parts, { seq: 1, prev: "", boxSecret: c.box_secret }),
      withdrawal: L.lid.makeWithdrawal(pid, { seq: 2, prev: c.lid.id, boxSecret: c.box_secret }),
      outcomes: {
        S: open(part, c.S), S_wrong: open(part, c.S_wrong), part_forged: open(c.part_forged, c.S),
        nothing: outcome(() => L.opening.openPart(c.policy, pid, part, new Map([[1, S]]))),
      },
      refusals,
    };
"""


@pytest.mark.parametrize("number", range(len(CASES)))
def test_every_value_of_the_shared_vectors_is_reproduced(engine: Run, number: int) -> None:
    case = CASES[number]
    found = engine(RECOMPUTE, case=case)
    assert found.pop("dealt") == [0, [], [], None]
    assert found.pop("refusals") == [one["code"] for one in case["policies_refused"]]
    for name, value in found.items():
        assert value == case[name], name


JUDGE = """
    return given.policies.map((policy) => {
      try { L.policycheck.checkPolicy(policy); return ""; } catch (failure) { return failure.code; }
    });
"""


def test_policies_between_the_versions_are_refused_alike_in_both_languages(node: Run) -> None:
    good = CASES[0]["policy"]
    listed = CASES[0]["policies_refused"][1]["policy"]["trustees"]
    fields: dict[str, list[Any]] = {
        "v": ["seal-policy/1", "seal-policy/2", "seal-policy/3", None, ["seal-policy/2"]],
        "bidder_share": ["none", "required", "alone", "Alone", None, ["alone"], 0],
        "k": [0, 1, -1, False, "0", None],
        "trustees": [[], listed, None, {}],
    }
    policies = [
        {**good, "v": v, "bidder_share": share, "k": k, "trustees": trustees}
        for v in fields["v"]
        for share in fields["bidder_share"]
        for k in fields["k"]
        for trustees in fields["trustees"]
    ]
    expected = [_code(policy) for policy in policies]
    good_ones = [policy for policy, code in zip(policies, expected, strict=True) if not code]
    assert [(one["v"], one["bidder_share"], one["k"], len(one["trustees"])) for one in good_ones] == [
        ("seal-policy/1", "none", 1, 1),
        ("seal-policy/1", "required", 1, 1),
        ("seal-policy/2", "alone", 0, 0),
    ]
    assert node(JUDGE, policies=policies) == expected


def _code(policy: dict[str, Any]) -> str:
    try:
        check_policy(policy)
    except ProofError as refusal:
        return refusal.code
    return ""


CROSSED = """
    const { fromHex } = L.bytes;
    const { v1, v2 } = given;
    const outcome = (act) => { try { act(); return "taken"; } catch (failure) { return failure.code; } };
    const under = (policy, parts, secret) => {
      const pid = L.policy.policyId(policy);
      return [L.lid.makeLid(pid, parts, { seq: 1, prev: "", boxSecret: secret }), pid];
    };
    const empty = { ...v1.lid.parts[0], k: 0, commit: [], share: [] };
    const [skipping, pid] = under({ ...v1.policy, parts: ["price"] }, [empty], v1.box_secret);
    const short = { ...v1.policy, parts: ["price"] };
    const dealt = { ...v1.lid.parts[0], part: v2.policy.parts[0] };
    const [dealing, pid2] = under(v2.policy, [dealt], v2.box_secret);
    return [
      outcome(() => L.lidcheck.checkRecord(skipping, short, pid)),
      outcome(() => L.opening.openWithSecret(short, pid, empty, fromHex(v1.S))),
      outcome(() => L.opening.openPart(short, pid, empty, new Map())),
      outcome(() => L.lidcheck.checkRecord(dealing, v2.policy, pid2)),
      outcome(() => L.opening.openWithSecret({ ...v2.policy, v: "seal-policy/1" }, pid2, v2.lid.parts[0], fromHex(v2.S))),
      outcome(() => L.party.checkAnnounced({ policy: v2.policy_id, draw: "DR-1" }, v2.policy, "DR-1")),
    ];
"""


def test_a_lid_without_shares_never_opens_where_trustees_open_and_the_other_way_round(
    node: Run, vectors: list[Any]
) -> None:
    case = vectors[1]
    assert case["lid"]["parts"][0]["part"] == "price"
    found = node(CROSSED, v1=case, v2=CASES[0])
    assert found == [
        "wrong-shape",
        "inconsistent-dealing",
        "inconsistent-dealing",
        "wrong-shape",
        "policy-bidder-share",
        "policy-differs",
    ]


SEAL = """
    const { toHex } = L.bytes;
    const { policy } = given;
    const pid = L.policy.policyId(policy);
    const pieces = [];
    const stream = new Blob(["the price"]).stream();
    const made = await L.seal.sealPart(policy, pid, policy.parts[0], stream, async (piece) => pieces.push(piece.slice()));
    const lid = L.lid.makeLid(pid, [made.description], { seq: 1, prev: "", boxSecret: given.box });
    L.lidcheck.checkRecord(lid, policy, pid);
    const body = new Uint8Array(await new Blob(pieces).arrayBuffer());
    const identity = L.opening.openWithSecret(policy, pid, made.description, L.bytes.fromHex(made.rescue.S));
    const plain = new TextDecoder().decode(await L.agefile.decryptBytes(body, identity));
    const remedy = L.remedy.secretsOf({ rescue: [{ lid: lid.id, ...made.rescue }] }, lid.id, "rescue", ["summary"]);
    return { lid, plain, remedy, S: made.rescue.S, S_B: made.rescue.S_B };
"""


def test_what_the_browser_seals_python_takes_and_its_key_alone_opens(engine: Run) -> None:
    from sunshine_proof.lid import check_lid
    from sunshine_proof.opening import open_part
    from sunshine_proof.policy import policy_id

    case = CASES[0]
    found = engine(SEAL, policy=case["policy"], box=case["box_secret"])
    check_lid(found["lid"], case["policy"])
    assert found["plain"] == "the price" and found["S_B"] == ""
    assert found["remedy"] == {"summary": {"S": found["S"]}}
    part = found["lid"]["parts"][0]
    assert open_part(case["policy"], policy_id(case["policy"]), part, {}, rescue=bytes.fromhex(found["S"])).opened
    assert not open_part(case["policy"], policy_id(case["policy"]), part, {}, rescue=bytes(32)).opened
