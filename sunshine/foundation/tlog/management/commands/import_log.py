"""``manage.py import_log FOLDER``: an exported log into an installation whose log is empty."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.transfer import import_log


class Command(BaseCommand):
    """All or nothing: everything is checked before a row is written."""

    help = "Read an exported transparency log of this origin and key into an installation whose log is empty."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            size = import_log(folder)
        except (Refused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{size} entries")
