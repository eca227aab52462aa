"""``manage.py run_witnesses``: the witnesses of a played rehearsal, served until told to stop."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sunshine.interfaces.jobs.lasting import told_by_signal
from sunshine.interfaces.rehearsal import witnesses


class Command(BaseCommand):
    """Whoever runs log and witnesses on one machine proves nothing: a rehearsal only shows how it works."""

    help = "Serve the rehearsal's own witnesses (rehearsal installations only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REHEARSAL:
            raise CommandError(
                "正式环境的见证人必须在平台之外运行。 / In production witnesses run outside of the platform."
            )
        stop = told_by_signal()
        with witnesses.serving(witnesses.home()) as servers:
            for server in servers:
                self.stdout.write(f"{server.witness.vkey} http://127.0.0.1:{server.server_port}/")
            while not stop.is_set():
                stop.wait(3600)
