"""Timestamps on checkpoints: asked of an authority outside (RFC 3161), about one a minute, kept beside the log.

The log never waits for them. In rehearsals the authority is our own, on the rehearsal clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from sunshine.foundation import clock
from sunshine.foundation.tlog.models import Checkpoint, Timestamp
from sunshine.foundation.tlog.queries import quorum, watching, witnessed
from sunshine.foundation.vault import testtsa
from sunshine_proof.bounded import Post, post
from sunshine_proof.checkpoint import split_note
from sunshine_proof.timestamp import response_of
from sunshine_proof.timestampclient import StampOutcome, ask_time

TIMEOUT = 10.0  # seconds for one conversation
EVERY = timedelta(minutes=1)
SILENCE = timedelta(minutes=10)  # after which the operator is told that no token has come
SLACK = timedelta(minutes=5)  # how far an authority's clock may stand from ours


@dataclass(frozen=True)
class Authority:
    """Who is asked, the roots its certificate must lead to, and how the question gets there."""

    url: str
    roots: tuple[x509.Certificate, ...]
    by: Post = post


def authority() -> Authority | None:
    """The configured authority, in rehearsals our own; None where there is none. Raises OSError, ValueError."""
    if settings.TIMESTAMP_URL:
        return Authority(settings.TIMESTAMP_URL, configured_roots(settings.TIMESTAMP_ROOTS))
    if testtsa.enabled():
        return Authority("", (testtsa.load().root,), testtsa.answer)
    return None


def configured() -> bool:
    """Whether there is an authority to ask."""
    return bool(settings.TIMESTAMP_URL) or testtsa.enabled()


@lru_cache(maxsize=8)
def configured_roots(path: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises OSError, ValueError."""
    return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes())) if path else ()


def roots_pem(roots: Sequence[x509.Certificate]) -> bytes:
    """The file that `openssl ts -verify -CAfile` wants."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in roots)


def due() -> Checkpoint | None:
    """The newest checkpoint that enough witnesses have seen, when nothing was stamped within the last minute."""
    last = Timestamp.objects.order_by("-checkpoint").first()
    if last is not None and clock.now() - last.at < EVERY:
        return None
    head = witnessed(0, quorum(len(watching())))
    return head if head is not None and (last is None or head.size > last.checkpoint_id) else None


def stamped_text(head: Checkpoint) -> str:
    """What is stamped: the checkpoint as the log signed it, without signature lines."""
    return split_note(head.note)[0]


def ask(head: Checkpoint, whom: Authority) -> StampOutcome:
    """One conversation about a checkpoint; a time far from ours makes the answer a false one.

    Talks to a stranger: never called inside a transaction.
    """
    begun = clock.now()
    outcome = ask_time(whom.url, stamped_text(head), whom.roots, timeout=TIMEOUT, by=whom.by)
    if outcome.said is not None and not begun - SLACK <= outcome.said.at <= clock.now() + SLACK:
        detail = f"it says {outcome.said.at.isoformat()}, asked at {begun.isoformat()}"
        return StampOutcome("lying", "timestamp-time", detail)
    return outcome


def keep(head: Checkpoint, outcome: StampOutcome) -> Timestamp | None:
    """Store what came of a conversation; None when nothing is to be kept."""
    if outcome.said is None:
        return None
    given = {"authority": outcome.said.authority, "token": outcome.token, "at": outcome.said.at}
    made, _ = Timestamp.objects.get_or_create(checkpoint=head, defaults=given)
    return made


def newest_stamp() -> Timestamp | None:
    """The timestamp of the newest checkpoint that has one."""
    return Timestamp.objects.select_related("checkpoint").order_by("-checkpoint").first()


def stamp_of(size: int) -> Timestamp | None:
    """The timestamp of the checkpoint of this size."""
    return Timestamp.objects.select_related("checkpoint").filter(checkpoint=size).first()


def first_after(size: int) -> Timestamp | None:
    """The first timestamp over the log's first ``size`` entries or more: by then they stood."""
    return Timestamp.objects.select_related("checkpoint").filter(checkpoint__gte=size).order_by("checkpoint").first()


def reply(stamp: Timestamp) -> bytes:
    """The `.tsr` file."""
    return response_of(bytes(stamp.token))


def silent_since(at: datetime) -> datetime | None:
    """When the log grew beyond the last stamped checkpoint, where that is long ago; None while all is well."""
    last = newest_stamp()
    beyond = Checkpoint.objects.filter(size__gt=last.checkpoint_id if last else 0).order_by("size").first()
    return beyond.at if beyond is not None and at - beyond.at > SILENCE else None
