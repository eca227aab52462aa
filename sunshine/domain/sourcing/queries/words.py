"""What methods are called, in the reader's language."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.method import methods

METHOD_NAMES = {"open_tender": _("公开招标")}


def method_name(key: str) -> Any:
    """公开招标 in the reader's language; a method without a word here is called what its file calls it."""
    known = methods().get(key)
    return METHOD_NAMES.get(key) or (known.name if known else key)
