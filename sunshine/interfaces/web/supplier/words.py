"""What contract terms are called; the words of openings and results are those everybody reads."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.queries import words
from sunshine.interfaces.web.buyer.running.words import BIDS, GROUNDS, remark

TERMS: dict[str, Any] = {
    "amount_fen": _("合同金额"),
    "delivery_days": _("履行期限（天）"),
    "quality": _("质量标准"),
}
LOT_CHIPS = words.LOTS
TARGETS = words.OBJECTION_TARGETS
OBJECTION_CHIPS = words.OBJECTION_STATES
EFFECTS = words.EFFECTS
SEALING = words.SEALING
ENVELOPES = words.ENVELOPES

__all__ = [
    "BIDS",
    "EFFECTS",
    "ENVELOPES",
    "GROUNDS",
    "LOT_CHIPS",
    "OBJECTION_CHIPS",
    "SEALING",
    "TARGETS",
    "TERMS",
    "remark",
]
