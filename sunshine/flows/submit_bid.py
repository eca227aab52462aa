"""递交投标: the box takes a lid and its bodies. It never learns who the bidder is.

Whoever shows the lot's token for its box key may submit (flows.issue_token gave it, blindly). The box itself acts here,
so that neither the row, nor the event, nor the access record tells a name before the opening (招标投标法 第二十二条).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.bidding.models import Knock, SealedBid, SealedPart, SealPolicy, VisitRecord
from sunshine.domain.bidding.rules import PATIENCE
from sunshine.domain.bidding.tokens import admitted
from sunshine.flows._run import Born, birth
from sunshine.flows.announce import instant
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.files import spool, store
from sunshine.foundation.files.models import Blob
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import logkey
from sunshine_proof.agefile import AgeError, inspect_body
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import check_lid, check_next, check_withdrawal
from sunshine_proof.policy import SealError

BID_BOX = Actor(name="bid-box", permissions=frozenset({"supplier:bid:submit"}))


@contextmanager
def at_the_door() -> Iterator[datetime]:
    """The instant of an arrival; until the block ends no box is closed over it (rules.somebody_is_at_the_door)."""
    knock = Knock.objects.create(arrived_at=clock.now())
    try:
        yield knock.arrived_at
    finally:
        with suppress(DatabaseError):  # a database that fails keeps it, and forget_knocks will find it
            knock.delete()


def forget_knocks() -> int:
    """Remove what a process that died left at the door; nobody waits for it any more."""
    return Knock.objects.filter(arrived_at__lt=clock.now() - 2 * PATIENCE).delete()[0]


def submit(
    lid: Mapping[str, Any], uploads: Mapping[str, str], *, token: Any, arrived_at: datetime, visit: bytes = b""
) -> dict[str, Any]:
    """Take a complete sealed bid; returns the signed receipt. Bodies are hashed before any lock is taken.

    token is the box-token/1 of this policy and box key. arrived_at is the instant at the door: it decides lateness,
    whatever time the rest takes. visit is what the door saw, sealed to the inspectors (vault.inspection).
    Raises Refused: token-refused, token-spent, lid-… (the seal's own checks), bid-late, upload-…, body-….
    """
    policy = admitted(lid.get("policy"), lid.get("box_key"), token)
    _checked(check_lid, lid, policy.content)
    _in_time(policy, arrived_at)
    _follows(policy, lid)  # a second click learns that the first one has arrived, not that its uploads are gone
    bodies = {part["part"]: _body(part, uploads) for part in lid["parts"]}
    event = submit_bid(by=BID_BOX, policy=policy, lid=dict(lid), bodies=bodies, arrived_at=arrived_at, visit=visit)
    return dict(event.facts["receipt"])


def withdraw(withdrawal: Mapping[str, Any], *, token: Any, arrived_at: datetime, visit: bytes = b"") -> dict[str, Any]:
    """Take a signed withdrawal before the deadline (招标投标法 第二十九条); returns its receipt."""
    policy = admitted(withdrawal.get("policy"), withdrawal.get("box_key"), token)
    _checked(check_withdrawal, withdrawal, policy.content)
    _in_time(policy, arrived_at)
    record = dict(withdrawal)
    event = withdraw_bid(by=BID_BOX, policy=policy, lid=record, bodies={}, arrived_at=arrived_at, visit=visit)
    return dict(event.facts["receipt"])


def _put(
    *,
    by: Actor,
    at: datetime,
    policy: SealPolicy,
    lid: dict[str, Any],
    bodies: dict[str, Blob],
    arrived_at: datetime,
    visit: bytes,
) -> Born:
    """The common body: lock the chain, check that this lid follows, keep it, sign the receipt."""
    lot = policy.lot
    with connection.cursor() as cursor:
        # FOR SHARE: bidders never queue behind one another, and the opening still excludes them all.
        cursor.execute("select id from sourcing_project where id = %s for share", [lot.project_id])
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{policy.pid}{lid['box_key']}"])
    lot.project.refresh_from_db()
    _in_time(policy, arrived_at)
    _follows(policy, lid)
    receipt = logkey.sign_receipt({"lid": lid["id"], "received_at": instant(arrived_at)})
    row = SealedBid(
        lot=lot,
        box_key=lid["box_key"],
        seq=lid["seq"],
        lid=lid,
        lid_id=lid["id"],
        arrived_at=arrived_at,
        received_at=at,
    )

    def keep_parts() -> None:
        SealedPart.objects.bulk_create(
            SealedPart(bid=row, part=p["part"], recipient=p["recipient"], body=bodies[p["part"]])
            for p in lid.get("parts", [])
        )
        if visit:
            VisitRecord.objects.create(bid=row, sealed=visit)

    return row, {"lid": lid["id"], "receipt": receipt}, keep_parts


submit_bid = birth(BID, "submit-bid")(_put)
withdraw_bid = birth(BID, "withdraw-bid")(_put)


def _in_time(policy: SealPolicy, arrived_at: datetime) -> None:
    project = policy.lot.project
    if not project.accepts_bids(arrived_at):
        text = _("投标截止时间已过，投标文件被拒收。")
        raise Refused("bid-late", text, "招标投标法实施条例 第三十六条；电子招标投标办法 第二十七条")


def _follows(policy: SealPolicy, lid: Mapping[str, Any]) -> None:
    box = SealedBid.objects.filter(lot=policy.lot, box_key=lid["box_key"])
    last = box.order_by("-seq").first()
    if last is not None and lid["seq"] == 1 and not box.filter(lid_id=lid["id"]).exists():
        text = _("这份投标凭证已经用过，不能再递交另一份首次投标；要更换投标，请在原有投标的基础上替换。")
        raise Refused("token-spent", text)
    _checked(check_next, lid, last.lid if last else None)


def _checked(check: Any, *args: Any) -> None:
    try:
        check(*args)
    except SealError as error:
        if error.code == "lid-replayed":
            raise Refused(error.code, _("这份文件平台已经收到，不必再次递交。")) from error
        text = _("密封检查未通过（%(code)s），请用投标工具重新密封。") % {"code": error.code}
        raise Refused(error.code, text, "电子招标投标办法 第二十六条") from error
    except ProofError as error:
        raise Refused("lid-malformed", _("密封信息格式不正确。"), "电子招标投标办法 第二十六条") from error


def _body(part: Mapping[str, Any], uploads: Mapping[str, str]) -> Blob:
    upload = uploads.get(part["part"])
    if not isinstance(upload, str):
        raise Refused("upload-missing", _("缺少“%(part)s”分册的上传内容。") % {"part": part["part"]})
    blob = spool.finish(upload, part["sha256"], part["size"])
    try:
        with store.open_stream(blob) as stream:
            inspect_body(stream)
    except AgeError as error:
        raise Refused(
            "not-encrypted", _("上传的内容没有按要求加密，被拒收。"), "电子招标投标办法 第二十六条"
        ) from error
    return blob
