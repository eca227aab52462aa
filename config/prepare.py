"""What stands between a running database and a served page: translations, tables, static files, and the demo's play."""

import errno
import hashlib
import os
import sys

import psycopg
from django.db.utils import OperationalError

from config.ground import Installation
from config.sentences import Stopped, disk_full, say


def main(play: bool) -> None:
    """Bring the installation up to date; every step is skipped when it has nothing to do. Runs as its own process."""
    here = Installation.from_environment()
    from tools import messages

    messages.compile_stale()
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command, get_commands

    _checked(deploy=here.mode == "production")
    _tables()
    _static(here)
    if play and "play_demo" in get_commands():
        say("正在按流程排演示例数据……", "Playing the flows for the demonstration data …")
        call_command("play_demo")


def _checked(deploy: bool) -> None:
    """Refuse a start that lacks something, with one line for each thing it lacks."""
    from django.core.checks import ERROR, run_checks

    lacks = [
        found for found in run_checks(include_deployment_checks=deploy, databases=["default"]) if found.level >= ERROR
    ]
    if lacks:
        lines = "\n".join(f"  {found.id}  {found.msg}" for found in lacks)
        raise Stopped(
            "缺少下列设置，没有启动（见 README 的“在服务器上运行”）：",
            f"Not started; see README, “On a server”:\n{lines}",
        )


def _tables() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("正在建立数据表……", "Creating the tables …")
        call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def _static(here: Installation) -> None:
    """Collect static files only when one has changed: hashing names, sizes and times is much cheaper than copying."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            seen.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    stamp = here.var / "static.stamp"
    if stamp.exists() and stamp.read_text() == seen.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(seen.hexdigest())


def _guarded(play: bool) -> int:
    try:
        main(play)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
    except psycopg.errors.DiskFull:
        print(disk_full("PostgreSQL"), file=sys.stderr)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.DiskFull):
            print(disk_full("PostgreSQL"), file=sys.stderr)
        else:
            print(f"数据库无法使用：{error}\nThe database cannot be used: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(disk_full(error.filename or "var"), file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(_guarded("play" in sys.argv[1:]))
