"""What a start must refuse: a production that still carries rehearsal parts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register()
def production_is_not_a_rehearsal(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A production start needs its own secret, origin and host names, and no test CA."""
    if settings.REHEARSAL:
        return []
    found: list[CheckMessage] = []
    if not settings.SECRET_KEY:
        found.append(Error("SECRET_KEY is not set and var/secrets/secret_key does not exist.", id="sunshine.E001"))
    if settings.USE_TEST_CA:
        found.append(Error("A production start refuses the embedded test CA (SUNSHINE_TEST_CA).", id="sunshine.E002"))
    if not settings.ORIGIN:
        found.append(Error("SUNSHINE_ORIGIN names this installation's log; it is not set.", id="sunshine.E003"))
    elif settings.ORIGIN.startswith("rehearsal."):
        found.append(Error("SUNSHINE_ORIGIN must not begin with “rehearsal.” in production.", id="sunshine.E006"))
    if not any(settings.ALLOWED_HOSTS):
        found.append(Error("SUNSHINE_HOSTS names the hosts to serve; it is not set.", id="sunshine.E004"))
    return found


@register(Tags.database)
def database_is_of_this_mode(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A rehearsal database never becomes a production one (its clock has been moved)."""
    from django.db import DatabaseError

    from sunshine.foundation.models import Installation

    if not databases:
        return []
    try:
        row = Installation.objects.first()
    except DatabaseError:  # not migrated yet
        return []
    if row is not None and row.mode != settings.MODE:
        text = f"This database belongs to a {row.mode} installation; it cannot start as {settings.MODE}."
        return [Error(text, id="sunshine.E005")]
    return []
