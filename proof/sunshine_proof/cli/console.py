"""What our commands share: passphrases, private files, one sentence in two languages for every outcome."""

import argparse
import getpass
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sunshine_proof.errors import ProofError

GOOD, FAILED, MISUSED = 0, 1, 2
SHORTEST = 12  # characters of a passphrase
Words = Mapping[str, tuple[str, str]]


class ConsoleError(ProofError):
    """The person at the keyboard must do something differently."""


def passphrase(
    asked: argparse.Namespace, what: tuple[str, str], *, fresh: bool = False, name: str = "passphrase"
) -> str:
    """From the file given with `--<name>-file`, else asked for without echo; twice when it is a new one."""
    kept = getattr(asked, f"{name}_file", None)
    if kept is not None:
        found = Path(kept).read_text(encoding="utf-8").rstrip("\r\n")
    else:
        found = getpass.getpass(f"{what[0]} / {what[1]}: ")
        if fresh and getpass.getpass("再输入一次 / again: ") != found:
            raise ConsoleError("passphrase-differs", "the two are not the same")
    if fresh and len(found) < SHORTEST:
        raise ConsoleError("passphrase-short", f"at least {SHORTEST} characters")
    return found


def write_private(path: str | Path, data: bytes) -> None:
    """A new file that only its owner can read (mode 0600); an existing one is never overwritten."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: str | Path, value: object) -> None:
    """A new file with readable JSON; an existing one is never overwritten."""
    with open(path, "x", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=1)
        stream.write("\n")


def run(parser: argparse.ArgumentParser, words: Words, arguments: Sequence[str] | None) -> int:
    """0 done · 1 refused, with code and reason · 2 the call was wrong (argparse)."""
    asked = parser.parse_args(arguments)
    try:
        found: dict[str, Any] = asked.act(asked)
    except ProofError as error:
        found = {"done": False, "code": error.code, "detail": error.detail}
    except FileExistsError as error:
        found = {"done": False, "code": "file-exists", "detail": str(error.filename)}
    except (OSError, UnicodeDecodeError) as error:
        found = {"done": False, "code": "unreadable", "detail": str(error)}
    found.setdefault("done", True)
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, sort_keys=True))
    else:
        _say(found, words)
    return GOOD if found["done"] else FAILED


_COMMON: Words = {
    "file-exists": ("文件已存在，没有覆盖。", "The file is there already and was not overwritten."),
    "unreadable": ("文件读不出来或写不进去。", "A file cannot be read or written."),
    "passphrase-short": ("口令至少 12 个字符。", "A passphrase has at least 12 characters."),
    "passphrase-differs": ("两次输入的口令不一致。", "The two passphrases differ."),
    "keyring-passphrase": ("口令不对，或者文件被改过。", "The passphrase is another one, or the file was changed."),
    "signer-passphrase": ("签名密钥的口令不对。", "The passphrase of the signing key is another one."),
    "signer-certificate": ("文件里没有这把密钥的证书。", "The file holds no certificate of this key."),
    "signer-file": ("文件里没有签名密钥。", "There is no signing key in the file."),
}


def _say(found: Mapping[str, Any], words: Words) -> None:
    """The lines to read, then the verdict in Chinese and English."""
    for line in found.get("lines", []):
        print(line)
    if "code" in found:
        chinese, english = words.get(found["code"]) or _COMMON.get(found["code"]) or ("没有完成。", "Not done.")
        print(f"✗ {chinese}\n  {english}\n  {found['code']}: {found['detail']}")
    else:
        print(f"{'✓' if found['done'] else '✗'} {found['said'][0]}\n  {found['said'][1]}")


def command(acts: Any, name: str, act: Any, *, help: str) -> argparse.ArgumentParser:
    """One subcommand with `--json`."""
    made: argparse.ArgumentParser = acts.add_parser(name, help=help, description=help)
    made.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    made.set_defaults(act=act)
    return made


def signer_options(parser: argparse.ArgumentParser) -> None:
    """The key that signs: one PEM file or several, and its passphrase."""
    parser.add_argument(
        "--signer", type=Path, nargs="+", required=True, help="PEM: private key and certificate, in one file or several"
    )
    parser.add_argument("--signer-passphrase-file", type=Path, help="file with the passphrase of the signing key")


def encrypted(files: Sequence[Path]) -> bool:
    """Whether the private key in these PEM files asks for a passphrase."""
    return any(b"ENCRYPTED" in file.read_bytes()[: 256 << 10] for file in files)
