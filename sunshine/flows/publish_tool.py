"""公布投标工具: which build of the offline tool is served stands in the log, so that a bidder can compare its own copy."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sunshine.flows._run import act, note
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


@act
def publish_tool(*, by: Actor, at: datetime, name: str, version: str, sha256: str, size: int) -> bool:
    """Record a build as the one that is served; False when it is so recorded already.

    name     the file's name, the same for every build
    sha256   of the whole file, hex; size in bytes
    """
    if not {"clock:tick:act", "operator:settings:change"} & by.permissions:
        raise Refused("forbidden", _("公布投标工具由系统在启用新版本时进行。"))
    facts = {"version": version, "sha256": sha256, "size": size}
    with connection.cursor() as cursor:
        # two processes may find the new build in the same moment
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sunshine-tool/{name}"])
    last = Event.objects.filter(subject=f"tool/{name}").order_by("-seq").first()
    if last is not None and last.facts == facts:
        return False
    note("tool", "publish", name, by=by, at=at, facts=facts)
    return True
