"""Who watches the transparency log, and what is done when a watcher raises an alarm."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import everyone_with, tell
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.models import LogAlarm, Witness
from sunshine_proof.cosignature import witness_key
from sunshine_proof.errors import ProofError

WATCHERS = ("operator-admin", "inspector", "auditor")  # who is told of an alarm
MOST = 32  # witnesses of one seal policy


def _keeper(by: Actor) -> None:
    if "operator:settings:change" not in by.permissions or not by.active:
        raise Refused("forbidden", _("您没有修改平台设置的权限。"))


def _address(url: str) -> None:
    refused = Refused("witness-url", _("请填写见证程序的地址，以 http:// 或 https:// 开头。"), field="url")
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname if parts.port != 0 else None
    except ValueError as error:  # half a bracket, a port that is no number
        raise refused from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise refused


@act
def add_witness(*, by: Actor, at: datetime, office: str, vkey: str, url: str) -> Any:
    """Name a witness; from now on it is asked to cosign every checkpoint, and new seal policies carry its key.

    Raises Refused: forbidden, office-missing, witness-key, witness-url, witness-known, witness-many.
    """
    _keeper(by)
    if not office.strip() or len(office) > 80:
        raise Refused("office-missing", _("请写明由哪个机构见证，不超过 80 字。"), field="office")
    try:
        key = witness_key(vkey.strip())
    except ProofError as error:
        text = _("这不是见证人的公钥；请粘贴见证程序启动时显示的整行。")
        raise Refused("witness-key", text, field="vkey") from error
    _address(url)
    known = Witness.objects.select_for_update().filter(ended_at=None)
    if any(witness_key(one.vkey).public == key.public for one in known):
        raise Refused("witness-known", _("这把公钥已经登记过。"), field="vkey")
    if len(known) >= MOST:
        raise Refused("witness-many", _("最多登记 %(n)s 位见证人。") % {"n": MOST})
    made = Witness.objects.create(
        vkey=vkey.strip(), url=url.strip(), office=office.strip(), added_at=at, added_by=str(by)
    )
    facts = {"vkey": made.vkey, "office": made.office}
    return note("witness", "add", made.public_id, by=by, at=at, facts=facts)


@act
def move_witness(witness: str, *, by: Actor, at: datetime, url: str) -> Any:
    """A witness answers at another address from now on; its key, and so everything it has said, stays.

    Raises Refused: forbidden, witness-url, not-found.
    """
    _keeper(by)
    _address(url)
    row = Witness.objects.select_for_update().filter(public_id=witness, ended_at=None).first()
    if row is None:
        raise NotFound()
    row.url = url.strip()
    row.save(update_fields=["url"])
    return note("witness", "move", witness, by=by, at=at, facts={"vkey": row.vkey})


@act
def end_witness(witness: str, *, by: Actor, at: datetime, reason: str) -> Any:
    """A witness is asked no more; policies that carry its key keep it."""
    _keeper(by)
    if not reason.strip():
        raise Refused("reason-missing", _("请写明不再由其见证的原因，会记入日志。"), field="reason")
    row = Witness.objects.select_for_update().filter(public_id=witness, ended_at=None).first()
    if row is None:
        raise NotFound()
    row.ended_at, row.ended_by = at, str(by)
    row.save(update_fields=["ended_at", "ended_by"])
    return note("witness", "end", witness, by=by, at=at, facts={"vkey": row.vkey, "reason": reason.strip()})


@act
def raise_log_alarm(*, by: Actor, at: datetime, witness: str, code: str, detail: str) -> bool:
    """Tell operator and supervisors what a witness found, or (witness "") that the time authority's answer is false;
    False when they have been told and nobody has settled it."""
    if "clock:tick:act" not in by.permissions:
        raise Refused("forbidden", _("警报只由系统发出。"))
    row = Witness.objects.select_for_update().get(public_id=witness) if witness else None
    if LogAlarm.objects.filter(witness=row, code=code, settled_at=None).exists():
        return False
    made = LogAlarm.objects.create(witness=row, code=code, detail=detail[:500], raised_at=at)
    facts = {"witness": witness, "code": code, "detail": detail[:500]}
    note("log-alarm", "raise", made.public_id, by=by, at=at, facts=facts)
    kind, values = ("log-alarm", {"name": row.name, "code": code}) if row else ("time-alarm", {"code": code})
    tell(everyone_with(*WATCHERS), kind, values, url="/log/", at=at)
    return True


@act
def settle_log_alarm(alarm: str, *, by: Actor, at: datetime, words: str) -> Any:
    """Close an alarm with what was found and done; it stands in the log with the alarm."""
    _keeper(by)
    if not words.strip():
        raise Refused("words-missing", _("请写明查明的原因和处理结果。"), field="words")
    row = LogAlarm.objects.select_for_update().filter(public_id=alarm, settled_at=None).first()
    if row is None:
        raise NotFound()
    row.settled_at, row.settled_by, row.words = at, str(by), words.strip()
    row.save(update_fields=["settled_at", "settled_by", "words"])
    return note("log-alarm", "settle", alarm, by=by, at=at, facts={"words": words.strip()})
