"""Opening sealed parts, and whose fault it is when one does not open: computed, not argued (rules a–e).

a  the dealing, the key or the body is wrong                       bidder    撤销
b  a trustee complains: settled as soon as S_T is known            bidder or trustee
c  fewer than k valid shares and no rescue by the bidder           trustee   撤回
d  the bidder does not release its own share or key (modes D, B)   bidder    撤销
e  the body of the logged hash is lost                             platform  撤回
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sunshine_proof.agefile import AgeError, decrypt_bytes, decrypt_file, identity_of, recipient_of
from sunshine_proof.canonical import CanonicalError, parse, unbase64, unhex
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import check_body
from sunshine_proof.policy import SealError, opens_alone
from sunshine_proof.shamir import combine
from sunshine_proof.shares import bshare_commit_of, commit_of, deal_shares, share_text

Fault = Literal["bidder", "trustee", "platform"]
Legal = Literal["撤销", "撤回"]


class OpeningError(ProofError):
    """A share that this trustee cannot release; the code is what it reports instead."""


@dataclass(frozen=True, repr=False)
class Outcome:
    """What became of one part.

    code          "opened", or a stable name of the failure
    fault         who caused the failure; None when nobody did or it cannot be settled
    legal         视为撤销 (own cause) or 视为撤回 (other cause); None when opened or still to be settled
    detail        for the record, in English; holds no secret
    identity      the part's AGE-SECRET-KEY, only when opened
    bad_trustees  numbers of trustees whose share or complaint is proved wrong
    """

    code: str
    fault: Fault | None = None
    legal: Legal | None = None
    detail: str = ""
    identity: str | None = None
    bad_trustees: tuple[int, ...] = ()

    @property
    def opened(self) -> bool:
        return self.code == "opened"


def _raw(pid: bytes | str) -> bytes:
    return unhex(pid, 32, "policy id") if isinstance(pid, str) else pid


def open_share(pid: bytes | str, part: Mapping[str, Any], i: int, identity: str) -> bytes:
    """At trustee i: the 32 bytes y of its share of this lid part, after checking them against the commitment.

    Raises OpeningError("share-undecryptable" | "share-malformed" | "share-mismatch"): report the code; who is to
    blame shows when S_T is known.
    """
    raw, recipient = _raw(pid), part["recipient"]
    try:
        plain = decrypt_bytes(identity, unbase64(part["share"][i - 1], "share"))
    except (AgeError, CanonicalError) as error:
        raise OpeningError("share-undecryptable", error.detail) from error
    try:
        found = parse(plain, limit=4096)
        y = unhex(found.get("y") if isinstance(found, dict) else None, 32, "y")
    except CanonicalError as error:
        raise OpeningError("share-malformed", error.detail) from error
    if plain != share_text(raw, recipient, i, y):
        raise OpeningError("share-malformed", "the share is for another policy, bid or trustee")
    if commit_of(raw, recipient, i, y) != part["commit"][i - 1]:
        raise OpeningError("share-mismatch", "the share is not the committed one")
    return y


def open_part(
    policy: Mapping[str, Any],
    pid: bytes | str,
    part: Mapping[str, Any],
    released: Mapping[int, bytes],
    bshare: bytes | None = None,
    rescue: bytes | Mapping[str, Any] | None = None,
    *,
    complaints: Collection[int] = (),
) -> Outcome:
    """Put the released shares {i: y} of one checked lid part together and re-derive everything the bidder dealt.

    bshare      S_B, where the policy requires the bidder's share
    rescue      the bidder's own S, or its rescue entry {"S": hex, "S_B": hex}; used only with fewer than k good shares;
                under a policy of the bidder alone the one and ordinary way in
    complaints  numbers of trustees who reported a fault instead of a share
    Anyone can run it and gets the same Outcome; it never raises for what strangers put into shares. SealError only for
    a policy whose threshold and trustees do not belong together.
    """
    raw, n = _raw(pid), len(policy["trustees"])
    alone = opens_alone(policy)
    if (part["k"], len(part["commit"]), len(part["share"])) != (policy["k"], n, n):
        return Outcome("inconsistent-dealing", "bidder", "撤销", "the part was not dealt as the policy says")
    if alone:
        return _opened_alone(part, rescue)
    good = {i: y for i, y in sorted(released.items()) if _is_good(raw, part, i, y, n)}
    bad = tuple(sorted(set(released) - set(good)))
    secret, from_rescue_bshare = _rescued(part, rescue)
    if bshare is None:
        bshare = from_rescue_bshare
    required = policy["bidder_share"] == "required"
    if len(good) >= policy["k"]:
        dealt = combine(list(good.items())[: policy["k"]])
    elif secret is not None:
        if required and bshare is None:
            return Outcome("bidder-share-missing", "bidder", "撤销", "S without S_B proves no dealing", None, bad)
        dealt = _xor(secret, bshare) if required and bshare is not None else secret
    else:
        return _too_few(policy["k"], len(good), bad, sorted(set(complaints) - set(released)), rescue is not None)
    return _rederive(policy, raw, part, dealt, bshare, bad, complaints)


def _opened_alone(part: Mapping[str, Any], rescue: bytes | Mapping[str, Any] | None) -> Outcome:
    """seal-policy/2: S opens, whoever holds it is the bidder, and whoever does not bring it has itself to blame."""
    if rescue is None:
        return Outcome("bidder-key-missing", "bidder", "撤销", "the bidder did not present the key of this part")
    secret, _ = _rescued(part, rescue)
    if secret is None:
        return Outcome("bidder-key-wrong", "bidder", "撤销", "what the bidder presented is not the key of this part")
    return Outcome("opened", identity=identity_of(secret))


def _is_good(pid: bytes, part: Mapping[str, Any], i: int, y: bytes, n: int) -> bool:
    return 1 <= i <= n and len(y) == 32 and commit_of(pid, part["recipient"], i, y) == part["commit"][i - 1]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _rescued(part: Mapping[str, Any], rescue: bytes | Mapping[str, Any] | None) -> tuple[bytes | None, bytes | None]:
    """(S, S_B) of a rescue whose S is the key of this part; anything else is as good as none."""
    if rescue is None:
        return None, None
    try:
        secret = rescue if isinstance(rescue, bytes) else unhex(rescue.get("S"), 32, "S")
        bshare = unhex(rescue["S_B"], 32, "S_B") if isinstance(rescue, Mapping) and rescue.get("S_B") else None
        return (secret, bshare) if recipient_of(secret) == part["recipient"] else (None, bshare)
    except ProofError:
        return None, None


def _too_few(k: int, good: int, bad: tuple[int, ...], complaints: list[int], rescue_failed: bool) -> Outcome:
    detail = f"{good} valid shares of {k} needed; wrong shares from {list(bad)}; complaints from {complaints}"
    if rescue_failed:
        detail += "; the rescue given is not the key of this part"
    if good + len(complaints) >= k:
        # enough trustees came: whether they or the bidder are wrong shows only with S_T (rule b)
        return Outcome("complaints-unsettled", None, "撤回", detail, None, bad)
    return Outcome("too-few-shares", "trustee", "撤回", detail, None, bad)


def _rederive(
    policy: Mapping[str, Any],
    pid: bytes,
    part: Mapping[str, Any],
    dealt: bytes,
    bshare: bytes | None,
    bad: tuple[int, ...],
    complaints: Collection[int],
) -> Outcome:
    dealing = deal_shares(policy, pid, part["recipient"], dealt)
    wrong = [i for i, commit in enumerate(dealing.commit, 1) if commit != part["commit"][i - 1]]
    if policy["bidder_share"] == "required":
        # before blaming the dealing: a wrong S_B in a rescue gives a wrong S_T and so wrong commitments everywhere
        if bshare is None:
            return Outcome("bidder-share-missing", "bidder", "撤销", "the bidder did not release its share", None, bad)
        if len(bshare) != 32 or bshare_commit_of(pid, part["recipient"], bshare) != part["bshare_commit"]:
            return Outcome("bidder-share-wrong", "bidder", "撤销", "S_B is not the committed one", None, bad)
    if wrong:
        detail = f"commitments {wrong} were not dealt by the rules"
        return Outcome("inconsistent-dealing", "bidder", "撤销", detail, None, bad)
    wrong = [i for i, share in enumerate(dealing.files, 1) if not _same(share, part["share"][i - 1])]
    if wrong:
        detail = f"share files {wrong} were not made by the rules"
        return Outcome("inconsistent-dealing", "bidder", "撤销", detail, None, bad)
    secret = _xor(dealt, bshare) if policy["bidder_share"] == "required" and bshare is not None else dealt
    if recipient_of(secret) != part["recipient"]:
        return Outcome("key-mismatch", "bidder", "撤销", "the shares combine to another key", None, bad)
    # every share file is right, so whoever called its own undecryptable was wrong
    bad = tuple(sorted({*bad, *(i for i in complaints if 1 <= i <= len(policy["trustees"]))}))
    return Outcome("opened", None, None, "", identity_of(secret), bad)


def _same(expected: bytes, share: str) -> bool:
    try:
        return unbase64(share) == expected
    except CanonicalError:
        return False


def open_body(
    identity: str, body_path: str | Path, out_path: str | Path, part: Mapping[str, Any] | None = None
) -> Outcome:
    """Decrypt a body into the payload file `out_path`, which appears only when every byte was genuine.

    With `part` (the lid's entry) a failure is attributed: a body that is not the one of the logged hash is lost by
    the platform (rule e: it may be uploaded again), one that is and does not decrypt is the bidder's (rule a).
    A failing disk raises OSError: that is no legal fact.
    """
    if part is not None:
        try:
            check_body(part, body_path)
        except FileNotFoundError:
            return Outcome("body-lost", "platform", "撤回", "the body is not there")
        except SealError as error:
            if error.code == "body-mismatch":
                return Outcome("body-lost", "platform", "撤回", error.detail)
            return Outcome("body-undecryptable", "bidder", "撤销", error.detail)
    try:
        decrypt_file(identity, body_path, out_path)
    except AgeError as error:
        if part is None:
            return Outcome("body-undecryptable", None, None, f"{error.detail}; compare with the lid to attribute")
        return Outcome("body-undecryptable", "bidder", "撤销", error.detail)
    return Outcome("opened", identity=identity)
