"""Public identifiers: short, random, unguessable in order, safe to read aloud."""

import secrets
from typing import Any

from django.db import models

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base32: no i, l, o, u
LENGTH = 10  # 50 bits: no enumeration, no hint of how many there are (法 22)


def new_id(prefix: str) -> str:
    """A fresh public id such as ``P-7k3m9q2x4w``."""
    return prefix + "-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class PublicIdField(models.CharField):  # type: ignore[type-arg]
    """A unique public id with a one- or two-letter prefix, filled on creation."""

    def __init__(self, *args: Any, prefix: str = "X", **kwargs: Any):
        self.prefix = prefix
        kwargs.setdefault("max_length", 16)
        kwargs["unique"] = True
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["prefix"] = self.prefix
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if not value:
            value = new_id(self.prefix)
            setattr(model_instance, self.attname, value)
        return value
