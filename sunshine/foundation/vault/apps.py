from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "sunshine.foundation.vault"
    label = "vault"

    def ready(self) -> None:
        from sunshine.foundation.vault import checks  # noqa: F401  registers the system checks
