"""Run all drills, or the named ones: `python -m drill [kills]`."""

import subprocess
import sys

DRILLS = ("kills",)


def main(asked: list[str]) -> int:
    """Each drill runs in a process and an installation of its own; the exit code is that of the worst."""
    if odd := set(asked) - set(DRILLS):
        print(f"python -m drill [{'] ['.join(DRILLS)}]: not known: {', '.join(sorted(odd))}", file=sys.stderr)
        return 2
    return max(subprocess.run([sys.executable, "-m", f"drill.{name}"]).returncode for name in asked or DRILLS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
