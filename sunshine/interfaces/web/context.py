"""What every template knows: the site, whether this is a rehearsal, and the person at the door."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from sunshine.foundation import clock


def site(request: HttpRequest) -> dict[str, Any]:
    """site, rehearsal, now (server time), actor and posts (lazy: public pages that do not look pay nothing)."""
    return {
        "site": settings.SITE,
        "rehearsal": settings.REHEARSAL,
        "now": clock.glance(),
        "actor": getattr(request, "actor", None),
        "posts": getattr(request, "posts", ()),
    }
