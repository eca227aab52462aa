"""`sunshine-trustee`: a trustee's key on its own machine, used without a network.

sunshine-trustee key --tender P-… --role 审计 --signer KEY.pem --out P-….key --card card.json
sunshine-trustee release opening.json --key P-….key --signer KEY.pem --out release.json
sunshine-trustee destroy --key P-….key --signer KEY.pem --out destroyed.json
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage

from sunshine_proof import shape
from sunshine_proof.agefile import identity_of, new_secret, recipient_of, secret_of
from sunshine_proof.canonical import jcs, parse
from sunshine_proof.cli.console import (
    Words,
    command,
    encrypted,
    passphrase,
    run,
    signer_options,
    write_json,
    write_private,
)
from sunshine_proof.destroyed import build_destroyed, destroyed_digest
from sunshine_proof.keyring import lock
from sunshine_proof.signer import Signer, read_signer
from sunshine_proof.trusteefiles import (
    MAX_SIZE,
    TrusteeError,
    key_card,
    make_release,
    read_opening,
)

KEY = ("开标密钥口令", "passphrase of the opening key")
SIGNER = ("签名密钥口令", "passphrase of the signing key")
WORDS: Words = {
    "key-other": (
        "这不是该项目这一席位的密钥，没有释放任何份额。",
        "This is not the key of this seat; nothing was released.",
    ),
    "key-passphrase": (
        "开标密钥的口令不对，或者文件被改过。",
        "The passphrase is another one, or the key file was changed.",
    ),
    "key-file": ("这不是开标密钥文件。", "This is no file of an opening key."),
    "nothing-left": ("没有还要释放的份额。", "There is no share left to release."),
    "opening-closing": (
        "开标文件没有带上日志里的开标事项，没有释放任何份额。",
        "The opening file lacks the log's own record of the opening; nothing was released.",
    ),
    "envelope-parts": (
        "日志里的开标名单写的部分与密封规则的信封不符，没有释放任何份额。",
        "The logged list is about other parts than its envelope has; nothing was released.",
    ),
    "opening-early": (
        "日志里的开标早于规则允许的时间，没有释放任何份额。",
        "The opening was logged too early; nothing was released.",
    ),
    "clock-early": (
        "按本机时钟还没有到开标时间，没有释放任何份额。",
        "By this machine's clock the time of the opening has not come; nothing was released.",
    ),
    "note-signature": (
        "检查点不是该项目的日志签的，没有释放任何份额。",
        "The checkpoint is not signed by the log of this tender.",
    ),
    "tree-proof": (
        "开标事项不在日志里，没有释放任何份额。",
        "The opening does not stand in the log; nothing was released.",
    ),
    "not-confirmed": ("没有确认，没有销毁。", "Not confirmed; nothing was destroyed."),
}
_FIELDS = ("v", "tender", "role", "recipient", "identity")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done · 1 refused · 2 the call was wrong."""
    return run(_parser(), WORDS, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "sunshine-trustee", description=str(__doc__).split(":", 1)[1].split("\n")[0].strip()
    )
    acts = parser.add_subparsers(required=True, metavar="key | release | destroy")
    made = command(acts, "key", _key, help="make the opening key of one tender, and its card for the trustee's page")
    made.add_argument("--tender", required=True, help="the project's number, as on the trustee's page")
    made.add_argument("--role", required=True, help="the seat, as on the trustee's page")
    made.add_argument("--out", type=Path, required=True, help="the key file: secret, keep a copy under lock")
    made.add_argument("--card", type=Path, required=True, help="the card to upload")
    made = command(acts, "release", _release, help="release shares after the opening")
    made.add_argument("opening", type=Path, help="the opening file from the trustee's page")
    made.add_argument("--key", type=Path, required=True)
    made.add_argument("--out", type=Path, required=True, help="the release file to upload")
    made.add_argument("--rehearsal", action="store_true", help="the tender lives in simulated time: ignore this clock")
    made = command(acts, "destroy", _destroy, help="destroy the key after the award, and state it")
    made.add_argument("--key", type=Path, required=True)
    made.add_argument("--out", type=Path, required=True, help="the signed statement")
    made.add_argument("--yes", action="store_true", help="do not ask")
    for made in acts.choices.values():
        signer_options(made)
        made.add_argument("--passphrase-file", type=Path, help="file with the passphrase of the opening key")
    return parser


def _signer(asked: argparse.Namespace) -> Signer:
    word = passphrase(asked, SIGNER, name="signer_passphrase") if encrypted(asked.signer) else ""
    return read_signer(asked.signer, word)


def _key(asked: argparse.Namespace) -> dict[str, Any]:
    signer = _signer(asked)
    identity = identity_of(new_secret())
    card = key_card(shape.text(asked.tender, "tender"), shape.text(asked.role, "role"), identity, signer)
    said = {
        "v": "trustee-secret/1",
        "identity": identity,
        **{key: card[key] for key in ("tender", "role", "recipient")},
    }
    word = passphrase(asked, KEY, fresh=True)
    # the key is on disk before anybody can publish its card: a key published but lost opens nothing
    write_private(asked.out, lock(jcs(said), word))
    write_json(asked.card, card)
    words = (
        f"密钥在 {asked.out}（请备份并锁好），密钥卡在 {asked.card}：请在持有人页面上传。",
        f"The key is in {asked.out} (keep a copy under lock); upload {asked.card} on the trustee's page.",
    )
    return {"said": words, "lines": [f"公钥 recipient  {card['recipient']}"], "recipient": card["recipient"]}


def _secret(asked: argparse.Namespace) -> dict[str, str]:
    with open(asked.key, "rb") as stream:
        data = stream.read(65_537)
    if len(data) > 65_536 or not data.startswith(b"age-encryption.org/v1\n-> scrypt "):
        raise TrusteeError("key-file", "an age file under a passphrase")
    try:
        plain = pyrage.passphrase.decrypt(data, passphrase(asked, KEY))
    except pyrage.DecryptError as error:
        raise TrusteeError("key-passphrase", str(error)) from error
    found = shape.record(parse(plain), _FIELDS, "key file")
    if found["v"] != "trustee-secret/1" or recipient_of(secret_of(found["identity"])) != found["recipient"]:
        raise TrusteeError("key-file", "not a trustee-secret/1")
    return found


def _release(asked: argparse.Namespace) -> dict[str, Any]:
    with open(asked.opening, "rb") as stream:
        opening = read_opening(stream.read(MAX_SIZE + 1))
    # the platform says when it opened; whether that time has come, a trustee's own clock says
    if datetime.now(UTC) < opening.not_before and not asked.rehearsal:
        raise TrusteeError("clock-early", f"not before {opening.not_before.isoformat()}")
    secret = _secret(asked)
    if secret["tender"] != opening.tender:
        raise TrusteeError("key-other", f"the key is for {secret['tender']}, the file for {opening.tender}")
    made = make_release(opening, secret["identity"], _signer(asked), shape.instant_text(datetime.now(UTC)))
    write_json(asked.out, made.content)
    lines = [
        f"开标 opened   {opening.closed_at}  #{opening.index}",
        f"投标 bids     {len(opening.lids)}",
        f"部分 parts    {' '.join(opening.parts)}",
        "见证 witness  {} / {}".format(*opening.witnessed),
    ]
    lines += [f"  ✗ {lid[:16]} {code}" for lid, code in opening.forged]
    lines += [f"  ✗ {lid[:16]} {part} {code}" for lid, part, code in made.faults]
    words = (
        f"{made.shares} 个份额已签名写入 {asked.out}，{len(made.faults)} 处异常一并报告。请在持有人页面上传。",
        f"{made.shares} shares are signed in {asked.out}; {len(made.faults)} faults are reported with them. Upload it "
        "on the trustee's page.",
    )
    faults = [list(one) for one in made.faults]
    return {
        "said": words,
        "lines": lines,
        "shares": made.shares,
        "faults": faults,
        "forged": [list(o) for o in opening.forged],
    }


def _destroy(asked: argparse.Namespace) -> dict[str, Any]:
    secret, signer = _secret(asked), _signer(asked)
    if not asked.yes and input(f"销毁 destroy {asked.key} ({secret['tender']})? [yes/N] ").strip() != "yes":
        raise TrusteeError("not-confirmed", "answer yes")
    statement = build_destroyed(
        secret["tender"], secret["role"], secret["recipient"], shape.instant_text(datetime.now(UTC))
    )
    signed = {"statement": statement, "signature": signer.sign(destroyed_digest(statement))}
    with open(asked.out, "x", encoding="utf-8") as stream:  # first: a statement that cannot be written costs no key
        shred(asked.key)
        json.dump({**signed, "certificate": signer.certificate_pem}, stream, ensure_ascii=False, indent=1)
    words = (
        f"密钥已覆写并删除，声明在 {asked.out}：请在持有人页面上传。备份也请销毁：程序管不到它们。",
        f"The key was overwritten and removed; upload {asked.out} on the trustee's page. Destroy your copies, too.",
    )
    return {"said": words, "statement": statement}


def shred(path: Path) -> None:
    """Overwrite and remove a file. Flash storage and snapshots may keep the old bytes: hence the passphrase on it."""
    size = path.stat().st_size
    with open(path, "r+b") as stream:
        for fill in (os.urandom(size), bytes(size)):
            stream.seek(0)
            stream.write(fill)
            stream.flush()
            os.fsync(stream.fileno())
    path.unlink()


if __name__ == "__main__":
    sys.exit(main())
