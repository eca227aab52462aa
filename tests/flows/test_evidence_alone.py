"""The public evidence where each bidder alone opens (seal-policy/2), and the doors the new version must not open to a liar.

Every file, true or false, is judged by the browser's checks too: both languages say the same.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sunshine.foundation.vault import logkey
from sunshine_proof.agefile import new_secret, recipient_of
from sunshine_proof.canonical import b64
from sunshine_proof.evidence.checks import check_evidence
from sunshine_proof.policy import policy_id
from tests.assets.conftest import node
from tests.flows import evidenced
from tests.flows.evidenced import relogged, resealed

__all__ = ["node"]
pytestmark = [pytest.mark.whole, pytest.mark.django_db(transaction=True)]
STATES = ("announced", "waiting", "opened", "awarded")
_KEPT: dict[str, bytes] = {}
Body = dict[str, Any]

JUDGE = """
    const verdicts = [];
    for (const name of given.files) verdicts.push(await L.evidence.checkEvidence(new Uint8Array(files.readFileSync(name)), {}));
    return verdicts.map(({ holds, findings }) => ({ holds, findings: findings.map((f) => [f.check, f.code, f.said]) }));
"""


@pytest.fixture
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """The files of one played tender; played once, for nothing here changes them."""
    if not _KEPT:
        _KEPT.update(evidenced.played_alone(request.getfixturevalue("real_cast")))
    return _KEPT


def failing(data: bytes) -> list[str]:
    return [one.code for one in check_evidence(data, log_vkey=logkey.log_vkey()).findings if not one.holds]


def alike(run: Callable[..., Any], folder: Path, cases: list[bytes]) -> None:
    """The browser's library finds in every case what Python finds, word for word."""
    expected = []
    for n, data in enumerate(cases):
        (folder / f"{n}.json").write_bytes(data)
        verdict = check_evidence(data)
        found = [[one.check, one.code, list(one.said)] for one in verdict.findings]
        expected.append({"holds": verdict.holds, "findings": found})
    assert run(JUDGE, files=[str(folder / f"{n}.json") for n in range(len(cases))]) == expected


def lot_of(told: Body) -> Body:
    """The one lot of the file."""
    lot: Body = told["body"]["lots"][0]
    return lot


def test_the_evidence_of_every_state_holds_and_says_who_opens(
    files: dict[str, bytes], node: Callable[..., Any], tmp_path: Path
) -> None:
    for state in STATES:
        verdict = check_evidence(files[state])
        assert verdict.holds, [one for one in verdict.findings if not one.holds]
        said = {one.check: one.said for one in verdict.findings}
        assert "只有投标人自己能开启" in said["rules"][0] and "only its bidder can open" in said["rules"][1]
        if state in ("opened", "awarded"):
            assert said["opening"][0].startswith("3 份开标一览表") and "bidder-key-missing" in said["opening"][0]
    assert "draw" in {one.check for one in check_evidence(files["awarded"]).findings}
    alike(node, tmp_path, [files[state] for state in STATES])


def test_before_the_opening_the_file_tells_of_no_bid_and_while_it_waits_of_no_key(files: dict[str, bytes]) -> None:
    body = json.loads(files["announced"])
    assert all(not lot["lids"] and not lot["opened"] and lot["closing"] is None for lot in body["lots"])
    waiting = json.loads(files["waiting"])
    assert waiting["lots"][0]["opened"] == []
    assert not any("open-own-bid" in event["payload"] for event in json.loads(files["awarded"])["events"])


# -- lies: each is told by a platform that also wrote its log to match, witnesses in league -------------------------------


def _trustee(body: Body) -> Body:
    return {"i": 1, "role": "平台", "recipient": recipient_of(new_secret()), "cert_sha256": "00" * 32, "sig": "AA=="}


def _announced_otherwise(told: Body) -> None:
    """A policy with trustees was announced; the one without is shown."""
    shown = lot_of(told)["policy"]
    other = {**shown, "v": "seal-policy/1", "bidder_share": "none", "k": 1, "trustees": [_trustee(told["body"])]}
    event = next(event for event in told["events"] if event["tag"] == "project:announce")
    event["facts"]["policies"][lot_of(told)["id"]] = policy_id(other).hex()


def _switched(told: Body, **change: Any) -> None:
    """After the announcement the policy is another one."""
    lot_of(told)["policy"] |= change


def _keys_of_the_platform(told: Body) -> None:
    """The platform puts itself in as the one trustee, in policy and announcement; no certificate stands behind it."""
    _switched(told, v="seal-policy/1", bidder_share="none", k=1, trustees=[_trustee(told["body"])])
    event = next(event for event in told["events"] if event["tag"] == "project:announce")
    event["facts"]["policies"][lot_of(told)["id"]] = policy_id(lot_of(told)["policy"]).hex()


def _between_the_versions(told: Body) -> None:
    """A first version that asks for nobody, announced as such."""
    _switched(told, v="seal-policy/1", bidder_share="none")
    event = next(event for event in told["events"] if event["tag"] == "project:announce")
    event["facts"]["policies"][lot_of(told)["id"]] = policy_id(lot_of(told)["policy"]).hex()


def _other_key(told: Body) -> None:
    """A summary shown with a key that is not its own."""
    lot_of(told)["opened"][0]["secret"] = new_secret().hex()


def _keys_swapped(told: Body) -> None:
    first, second = lot_of(told)["opened"][:2]
    first["secret"], second["secret"] = second["secret"], first["secret"]


def _with_a_share(told: Body) -> None:
    lot_of(told)["opened"][0]["bshare"] = "00" * 32


def _other_content(told: Body) -> None:
    """Another bid's ciphertext and key under a lid that never sealed them."""
    first, second = lot_of(told)["opened"][:2]
    first["body"], first["secret"] = second["body"], second["secret"]


def _absent_bid_dropped(told: Body) -> None:
    """The bid whose bidder did not come is simply no longer spoken of."""
    told["events"] = [event for event in told["events"] if event["tag"] != "bid:revoke-undecrypted"]


LIES: dict[str, tuple[Callable[[Body], None], str]] = {
    "announced otherwise": (_announced_otherwise, "policy-changed"),
    "threshold": (lambda told: _switched(told, k=1), "wrong-shape"),
    "trustees": (lambda told: _switched(told, trustees=[_trustee(told["body"])]), "wrong-shape"),
    "version": (lambda told: _switched(told, v="seal-policy/1"), "policy-bidder-share"),
    "mode": (lambda told: _switched(told, bidder_share="required"), "policy-bidder-share"),
    "keys of the platform": (_keys_of_the_platform, "trustee-certificate"),
    "between the versions": (_between_the_versions, "wrong-shape"),
    "another key": (_other_key, "bidder-key-wrong"),
    "keys swapped": (_keys_swapped, "bidder-key-wrong"),
    "with a share": (_with_a_share, "wrong-shape"),
    "another content": (_other_content, "bidder-key-wrong"),
    "absent bid dropped": (_absent_bid_dropped, "opened-missing"),
}


def test_a_platform_that_lied_from_the_first_day_is_found_out_in_both_languages(
    files: dict[str, bytes], node: Callable[..., Any], tmp_path: Path
) -> None:
    assert failing(relogged(files["awarded"], lambda told: None)) == []  # the forger's log is as good as ours
    cases = []
    for name, (lie, code) in LIES.items():
        cases.append(relogged(files["awarded"], lie))
        assert code in failing(cases[-1]), name
    alike(node, tmp_path, cases)


def test_a_lid_that_deals_is_no_sealed_bid_where_the_bidder_alone_opens(
    files: dict[str, bytes], node: Callable[..., Any], tmp_path: Path
) -> None:
    """The lid is whole and signed by its own bidder; only the rules can refuse it."""

    dealt = {"k": 1, "commit": ["00" * 32], "share": [b64(b"x" * 300)]}
    # but for the shares only the statement inside, which names its first box key, would give it away
    assert failing(relogged(files["awarded"], lambda told: resealed(told, lot_of(told)))) == ["statement-mismatch"]
    signed = relogged(files["awarded"], lambda told: resealed(told, lot_of(told), **dealt))
    assert failing(signed)[0] == "wrong-shape"
    alike(node, tmp_path, [signed])


def test_the_published_key_is_that_of_the_sealed_recipient(files: dict[str, bytes]) -> None:
    lot = json.loads(files["awarded"])["lots"][0]
    lids = {lid["id"]: lid for lid in lot["lids"]}
    assert len(lot["opened"]) == 3 and len(lids) == 4
    for entry in lot["opened"]:
        part = next(part for part in lids[entry["lid"]]["parts"] if part["part"] == entry["part"])
        secret = bytes.fromhex(entry["secret"])
        assert recipient_of(secret) == part["recipient"] and (part["k"], part["commit"], part["share"]) == (0, [], [])
