"""The log's witnesses: asked for their cosignature on the newest checkpoint, their answers kept, alarms told."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from sunshine.foundation import clock
from sunshine.foundation.tlog.models import Checkpoint, Cosignature, Witness
from sunshine.foundation.tlog.queries import newest, tree
from sunshine_proof.bounded import Post, post
from sunshine_proof.witnessclient import Outcome, add_checkpoint

TIMEOUT = 5.0  # seconds for one conversation
# the witness has seen another tree than ours, or does not know our key: nothing that passes by itself
ALARMS = frozenset({"witness-ahead", "witness-inconsistent", "witness-forbidden", "witness-unknown-log"})


def ask(witness: Witness, by: Post = post) -> Outcome | None:
    """Ask one witness to cosign the newest checkpoint and keep its answer; None when it has already done so.

    Talks to a stranger: never called inside a transaction. `by` carries the question to a witness in this process.
    """
    head = newest()
    if head is None or head.size == witness.size:
        return None
    outcome = add_checkpoint(
        witness.url,
        witness.vkey,
        settings.ORIGIN,
        witness.size,
        lambda old, new: tree(new).consistency(old),
        head.note,
        timeout=TIMEOUT,
        by=by,
    )
    keep(witness, head, outcome)
    return outcome


def keep(witness: Witness, head: Checkpoint, outcome: Outcome) -> None:
    """Write down how a conversation about ``head`` ended."""
    found = {"state": outcome.state, "code": outcome.code, "asked_at": clock.now()}
    with transaction.atomic():
        if outcome.state == "cosigned" and outcome.time is not None:
            at = datetime.fromtimestamp(outcome.time, UTC)
            _, fresh = Cosignature.objects.get_or_create(
                checkpoint=head, witness=witness, defaults={"line": outcome.line, "at": at}
            )
            if fresh:
                Checkpoint.objects.filter(pk=head.pk).update(cosigned=F("cosigned") + 1)
            Witness.objects.filter(pk=witness.pk, size__lt=head.size).update(
                size=head.size, cosigned_at=found["asked_at"]
            )
        elif outcome.state == "behind" and outcome.size is not None:
            found["size"] = outcome.size  # the witness's own word: it began anew, or an answer of ours got lost
        Witness.objects.filter(pk=witness.pk).update(**found)
