"""``manage.py export_log FOLDER``: the whole transparency log as static files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.transfer import export_log


class Command(BaseCommand):
    """A later export into the same folder adds what is new."""

    help = "Write the whole transparency log into a folder, in the layout it is served in (C2SP tlog-tiles)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            size = export_log(folder)
        except (Refused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{size} entries, {folder / 'checkpoint'}")
