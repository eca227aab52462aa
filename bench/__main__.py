"""Run all questions, or the named ones: `python -m bench [flows] [pages] [sealing] [log]`."""

import subprocess
import sys

QUESTIONS = ("flows", "pages", "sealing", "log")


def main(asked: list[str]) -> int:
    """Each question runs in a process and an installation of its own; the exit code is that of the worst."""
    if odd := set(asked) - set(QUESTIONS):
        print(f"python -m bench [{'] ['.join(QUESTIONS)}]: not known: {', '.join(sorted(odd))}", file=sys.stderr)
        return 2
    runs = [subprocess.run([sys.executable, "-m", f"bench.{name}"]).returncode for name in asked or QUESTIONS]
    return max(runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
