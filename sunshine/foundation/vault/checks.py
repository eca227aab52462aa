"""What a start must refuse: signatures that nothing could verify."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from sunshine.foundation.vault import certificates, testca


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
