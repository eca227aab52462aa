"""销毁开标密钥: after the award nobody needs the per-tender keys again; each holder deletes its own and says so, signed.

When is that? Once every lot has its contract, or has failed or been terminated: before the signing an objection or a
complaint may still ask for shares, afterwards nothing of this project can be opened again.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.models import OVER, Lot, Project, TrusteeSeat
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.destroyed import DestroyedError, check_destroyed, destroyed_digest

AGAIN_AFTER = timedelta(days=7)  # a holder who has not destroyed its key is reminded


@act
def destroy_key(
    project_id: str, *, by: Actor, at: datetime, statement: Mapping[str, Any], signature: str, certificate: str
) -> Any:
    """Take a holder's signed word that its key of this project is gone; once. Raises Refused: key-…, signature-…."""
    project = Project.objects.select_for_update(of=("self",)).filter(public_id=project_id).first()
    seat = project.seats.filter(person_id=by.person_pk).first() if project else None
    if project is None or seat is None or "trustee:key:create" not in by.permissions:
        raise NotFound()
    if not seat.recipient or project.announced_at is None:
        raise Refused("key-never-used", _("这个项目没有用过您的开标密钥，没有可以销毁的。"))
    if not project.keys_are_done():
        raise Refused(
            "key-still-needed", _("还有标段没有签订合同，也没有流标或终止；在此之前密钥可能还要用，不能销毁。")
        )
    if seat.destroyed_at is not None:
        raise Refused("key-already-destroyed", _("您已声明销毁这把密钥。"))
    try:
        check_destroyed(statement, project.public_id, seat.role, seat.recipient)
        raw = base64.b64decode(signature, validate=True)
    except (DestroyedError, binascii.Error, ValueError) as error:
        raise Refused("key-statement-wrong", _("销毁声明与您在本项目的密钥不符。")) from error
    held = certificates.find(certificate)
    LocalVerifier().verify(destroyed_digest(statement), raw, held, at=at, person=by.person)
    word = {"statement": dict(statement), "signature": signature, "certificate": held.sha256}
    seat.destroyed_at, seat.destroyed_word = at, word
    seat.save(update_fields=["destroyed_at", "destroyed_word"])
    return note(
        "project", "destroy-key", project.public_id, by=by, at=at, facts={"i": seat.i, "role": seat.role, **word}
    )


@act
def ask_to_destroy(*, by: Actor, at: datetime) -> int:
    """Remind every holder whose key is no longer needed and still there; again every week. Returns how many."""
    asked = Q(destroy_asked_at=None) | Q(destroy_asked_at__lte=at - AGAIN_AFTER)
    living = Lot.objects.filter(project=OuterRef("project")).exclude(stage__in=OVER)
    over = Q(project__stage="terminated") | ~Exists(living)  # as Project.keys_are_done
    rows = TrusteeSeat.objects.select_for_update(of=("self",)).select_related("project")
    waiting = rows.filter(asked, over, destroyed_at=None).exclude(recipient="").exclude(project__announced_at=None)
    done = list(waiting)
    for seat in done:
        url = f"/trustee/projects/{seat.project.public_id}/"
        tell([seat.person_id], "key-to-destroy", {"title": seat.project.title}, url=url, at=at)
        seat.destroy_asked_at = at
        seat.save(update_fields=["destroy_asked_at"])
    return len(done)
