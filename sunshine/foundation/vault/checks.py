"""What a start must refuse: signatures that nothing could verify, and records that nobody could read."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from sunshine.foundation.vault import certificates, testca
from sunshine_proof.agefile import AgeError, public_of


@register()
def certificates_can_be_trusted(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The configured CA files are readable and hold roots; without the test CA there must be some."""
    found: list[CheckMessage] = []
    try:
        trust = certificates.configured_trust(tuple(settings.TRUSTED_CA_FILES))
    except (OSError, ValueError) as error:
        return [*found, Error(f"A trusted CA file cannot be read: {error}", id="vault.E001")]
    if not trust.roots and not testca.enabled():
        found.append(Error("No trusted CA: set SUNSHINE_CA_FILES to PEM files of root certificates.", id="vault.E002"))
    return found


@register()
def the_time_authority_can_be_trusted(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An authority for timestamps comes with the roots it leads to; in production not with those of a rehearsal."""
    if not settings.TIMESTAMP_URL and not settings.TIMESTAMP_ROOTS:
        return []
    try:
        roots = certificates.configured_trust((settings.TIMESTAMP_ROOTS,)).roots if settings.TIMESTAMP_ROOTS else ()
    except (OSError, ValueError) as error:
        return [Error(f"SUNSHINE_TIMESTAMP_ROOTS cannot be read: {error}", id="vault.E003")]
    if not roots:
        text = "SUNSHINE_TIMESTAMP_ROOTS must name a PEM file with the root certificates of SUNSHINE_TIMESTAMP_URL."
        return [Error(text, id="vault.E004")]
    if not settings.REHEARSAL and any(testca.MARK in one.subject.rfc4514_string() for one in roots):
        return [Error("A production start refuses the time authority of a rehearsal.", id="vault.E005")]
    return []


@register()
def inspectors_can_read(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """SUNSHINE_INSPECTION_RECIPIENT is an age recipient; without one an inspector has to publish a key in the browser."""
    given = settings.INSPECTION_RECIPIENT
    if not given and not settings.REHEARSAL:
        hint = "SUNSHINE_INSPECTION_RECIPIENT names the inspecting body's age recipient (age-keygen)."
        text = "Until an inspector has published a key in the browser, nothing is kept of where bids come from."
        return [Warning(text, hint=hint, id="vault.W001")]
    try:
        if given:
            public_of(given)
    except AgeError as error:
        return [Error(f"SUNSHINE_INSPECTION_RECIPIENT is no age recipient: {error.detail}", id="vault.E006")]
    return []
