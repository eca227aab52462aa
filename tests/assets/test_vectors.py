"""Every case of seal-1.json, in Node and in Chromium."""

from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

Run = Callable[..., Any]

RECOMPUTE = """
    const { fromHex, toHex, xor } = L.bytes;
    const { case: c } = given;
    const pid = L.policy.policyId(c.policy);
    const S = fromHex(c.S), S_B = c.S_B ? fromHex(c.S_B) : null;
    const dealt = L.seal.dealPart(c.policy, pid, S, S_B);
    const S_T = S_B ? xor(S, S_B) : S;
    const ys = L.shamir.deal(S_T, pid, c.policy.k, c.policy.trustees.length);
    const [part] = c.lid.parts;
    const lid = L.lid.makeLid(pid, c.lid.parts, { seq: 1, prev: "", boxSecret: c.box_secret });
    L.lid.verifyLid(c.lid, pid);
    L.lid.verifyLid(c.withdrawal, pid);
    const shares = [];
    for (const [n, identity] of c.trustee_identities.entries()) {
      shares.push(toHex(await L.opening.openShare(pid, part, n + 1, identity)));
    }
    const numbered = ys.map((y, n) => [n + 1, y]);
    const openings = [numbered.slice(0, c.policy.k), numbered.slice(-c.policy.k)].map((some) =>
      L.opening.openPart(c.policy, pid, part, new Map(some), S_B).identity);
    return {
      policy_id: toHex(pid), recipient: dealt.recipient, identity: L.agefile.identityOf(S), y: ys.map(toHex),
      commit: dealt.commit, share_base64: dealt.share, bshare_commit: dealt.bshare_commit ?? null, lid,
      withdrawal: L.lid.makeWithdrawal(pid, { seq: 2, prev: c.lid.id, boxSecret: c.box_secret }), shares, openings,
    };
"""


@pytest.mark.parametrize("number", range(5))
def test_every_value_of_the_shared_vectors_is_reproduced(engine: Run, vectors: list[Any], number: int) -> None:
    case = vectors[number]
    found = engine(RECOMPUTE, case=case)
    assert found.pop("shares") == case["y"]
    assert set(found.pop("openings")) == {case["identity"]}
    for name, value in found.items():
        assert value == case.get(name), name


def test_there_is_no_case_that_is_not_tried(vectors: list[Any]) -> None:
    assert len(vectors) == 5


FAULT = """
    const { fromHex } = L.bytes;
    const { case: c, harm } = given;
    const pid = L.policy.policyId(c.policy);
    const part = structuredClone(c.lid.parts[0]);
    const released = new Map(c.y.slice(0, c.policy.k).map((y, n) => [n + 1, fromHex(y)]));
    let S_B = c.S_B ? fromHex(c.S_B) : null;
    if (harm === "wrong-share") released.get(1)[0] ^= 1;
    if (harm === "wrong-commit") part.commit[c.policy.trustees.length - 1] = "00".repeat(32);
    if (harm === "wrong-file") part.share[c.policy.trustees.length - 1] = part.share[0];
    if (harm === "no-bidder-share") S_B = null;
    if (harm === "wrong-bidder-share") S_B[0] ^= 1;
    try { L.opening.openPart(c.policy, pid, part, released, S_B); return "opened"; }
    catch (failure) { return [failure.code, failure.detail]; }
"""


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("wrong-share", "too-few-shares"),
        ("wrong-commit", "inconsistent-dealing"),
        ("wrong-file", "inconsistent-dealing"),
        ("no-bidder-share", "bidder-share-missing"),
        ("wrong-bidder-share", "bidder-share-wrong"),
    ],
)
def test_a_bad_opening_names_its_cause(node: Run, vectors: list[Any], harm: str, code: str) -> None:
    found = node(FAULT, case=vectors[3], harm=harm)
    assert found[0] == code
    if harm == "wrong-share":
        assert found[1] == {"wrong": [1]}


RELEASE = """
    const { case: c, lids, i } = given;
    const pid = L.policy.policyId(c.policy);
    return L.opening.prepareReleases({ policyId: pid, i, lids, parts: ["price"], released: given.released,
      identity: given.identity, time: "2027-03-01T02:00:00Z" });
"""


def test_a_flipped_byte_in_a_lid_releases_nothing_of_it_and_its_neighbour_goes_on(
    node: Run, vectors: list[Any]
) -> None:
    case = vectors[1]
    forged = {**case["lid"], "seq": 2}
    told = {"case": case, "lids": [forged, case["lid"]], "i": 2, "released": []}
    found = node(RELEASE, **told, identity=case["trustee_identities"][1])
    about = {"lid": case["lid"]["id"], "part": "price"}
    assert found["releases"] == [{**about, "y": case["y"][1]}]
    assert found["statement"]["releases"] == [{**about, "commit": case["commit"][1]}]
    assert found["forged"] == [{**about, "fault": "lid-forged"}]


def test_another_trustees_identity_reports_an_undecryptable_share(node: Run, vectors: list[Any]) -> None:
    case = vectors[1]
    told = {"case": case, "lids": [case["lid"]], "i": 2, "released": []}
    found = node(RELEASE, **told, identity=case["trustee_identities"][0])
    assert [entry["fault"] for entry in found["releases"]] == ["share-undecryptable"]


def test_what_was_released_before_is_not_released_again(node: Run, vectors: list[Any]) -> None:
    case = vectors[1]
    told = {"case": case, "lids": [case["lid"]], "i": 2, "released": [[case["lid"]["id"], "price"]]}
    found = node(RELEASE, **told, identity=case["trustee_identities"][1])
    assert found["releases"] == []


def test_canonical_json_is_that_of_python_and_refuses_what_has_no_canon(engine: Run) -> None:
    value = {
        "é": '\u2028 中文 \\ " \u0007',
        "a": [1, -5, True, None, ""],
        "z": {},
        "\U0001f600": "𠮷",
        "\ufb33": 2**53 - 1,
    }
    found = engine(
        """const codes = [0.5, 2 ** 53, undefined, "\\ud800"].map((bad) => {
             try { L.canonical.jcs({ bad }); return "taken"; } catch (failure) { return failure.code; } });
           return [L.canonical.jcs(given.value), codes];""",
        value=value,
    )
    assert found == [rfc8785.dumps(value).decode(), ["not-canonical"] * 4]
