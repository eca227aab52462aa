"""The foundation as a Django application: clock, installation, lifecycle guards."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "sunshine.foundation"
    label = "foundation"

    def ready(self) -> None:
        from sunshine.foundation import checks  # noqa: F401  registers the system checks
        from sunshine.foundation.lifecycle import mirror

        # The trigger reads the lifecycles from a table; every migration run writes them there anew.
        post_migrate.connect(mirror, sender=self, dispatch_uid="mirror-lifecycles")
