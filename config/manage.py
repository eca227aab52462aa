"""Django's command line on this installation: starts the embedded PostgreSQL for commands that need a database."""

import os
import sys
from collections.abc import Sequence

from config import postgres
from config.ground import Installation
from config.sentences import Stopped

WITHOUT_DATABASE = {"check", "collectstatic", "diffsettings", "findstatic", "help", "version", "--help", "--version"}


def main(arguments: Sequence[str]) -> None:
    """Run one management command; `arguments` as in sys.argv, the program's name first."""
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(arguments) < 2 or arguments[1] in WITHOUT_DATABASE:
        execute_from_command_line(list(arguments))
        return
    try:
        with postgres.ensured(Installation.from_environment().database) as url:
            os.environ["DATABASE_URL"] = url
            execute_from_command_line(list(arguments))
    except Stopped as stopped:
        sys.exit(str(stopped))


if __name__ == "__main__":
    main(sys.argv)
