"""Asking a time authority (RFC 3161 §3.4, over HTTP): one text, one authority, one bounded conversation."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography import x509

from sunshine_proof.bounded import NoAnswer, Post, TooLong, post
from sunshine_proof.timestamp import (
    MAX_SIZE,
    NONCE_BITS,
    Stamped,
    TimestampError,
    build_request,
    token_of,
    verify_token,
)

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True)
class StampOutcome:
    """How one conversation ended.

    state   stamped      `token` (DER) is verified and says `said`
            refused      the authority grants no timestamp
            unreachable  no whole answer in time
            lying        its answer is no token over this text, for this request, by an authority we know
    code    stable kebab-case word; detail: what exactly, in English
    """

    state: Literal["stamped", "refused", "unreachable", "lying"]
    code: str
    detail: str = ""
    token: bytes = b""
    said: Stamped | None = None


def ask_time(
    url: str, text: str, roots: Sequence[x509.Certificate], *, timeout: float, by: Post = post
) -> StampOutcome:
    """Ask the authority at `url` to stamp a text; never raises for what it answers.

    A fresh random nonce goes along, so that no older answer can be played again. `timeout` bounds the conversation in
    seconds; `by` carries it there, otherwise than by HTTP where the authority is in this process.
    """
    nonce = secrets.randbits(NONCE_BITS - 1) | 1 << (NONCE_BITS - 2)
    try:
        heard = by(url, build_request(text, nonce), QUERY, time.monotonic() + timeout, MAX_SIZE)
    except NoAnswer as error:
        return StampOutcome("unreachable", "timestamp-unreachable", str(error))
    except TooLong as error:
        return StampOutcome("lying", "timestamp-shape", str(error))
    if heard.status != 200 or heard.kind != REPLY:
        return StampOutcome("unreachable", "timestamp-unreachable", f"{heard.status} {heard.kind!a:.80}")
    try:
        token = token_of(heard.body)
        return StampOutcome("stamped", "stamped", "", token, verify_token(token, text, roots, nonce))
    except TimestampError as error:
        if error.code == "timestamp-refused":
            return StampOutcome("refused", error.code, error.detail)
        return StampOutcome("lying", error.code, error.detail)
