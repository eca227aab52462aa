"""公布监督密钥: the key to which the box seals from where bids come (电子招标投标办法 第四十九条); its secret half stays with the inspector."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from sunshine.flows._run import act, note
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import inspection


@act
def publish_inspection_key(*, by: Actor, at: datetime, recipient: str) -> Event | None:
    """Seal visits to this age recipient from now on; None when they are already. Logged, so that no key comes quietly.

    Only an inspector of a supervising body may: inside a buyer one sees that buyer's projects only, and the box is one for
    all. Raises Refused: inspection-not-yours, inspection-key-….
    """
    if "supervisor:key:create" not in by.permissions or by.kind != "supervisor" or not by.active:
        raise Refused(
            "inspection-not-yours", _("监督密钥由监督机构的纪检监察人员生成。"), "电子招标投标办法 第四十九条"
        )
    before = inspection.published()
    key = inspection.publish(recipient, person=by.person, organisation=by.organisation, at=at)
    if key == before:
        return None
    facts = {"recipient": recipient, "organisation": by.organisation}
    return note("inspection", "publish-key", f"K-{key.pk}", by=by, at=at, facts=facts)
