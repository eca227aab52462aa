"""manage.py play_demo: play the demonstration into an empty rehearsal database; print who can log in."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import demo, keepsakes

ACCOUNTS = "accounts.json"


class Command(BaseCommand):
    help = "Play the demonstration (rehearsal installations only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REHEARSAL:
            raise CommandError("演练数据只能装入演练环境。 / Only a rehearsal installation can be played.")
        kept = Path(settings.VAR) / "rehearsal" / ACCOUNTS
        if not kept.exists():
            self._perform(kept)
        self.stdout.write(keepsakes.table(json.loads(kept.read_text("utf-8"))))

    def _perform(self, kept: Path) -> None:
        today = clock.now()
        started = time.monotonic()
        try:
            clock.start_rehearsal(today - timedelta(days=demo.LONGEST))
        except Refused as error:
            text = "上一次排演没有完成，请先运行 make reset。 / The last play was not finished: run make reset first."
            raise CommandError(text) from error
        self.stdout.write("正在排演四十多个采购项目…… / Playing more than forty projects …")
        casts = demo.perform(today)
        accounts = keepsakes.keep(casts)
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = kept.with_suffix(".draft")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(accounts, out, ensure_ascii=False, indent=1)
        draft.replace(kept)  # its presence says: played to the end
        seconds = f"{time.monotonic() - started:.0f}"
        self.stdout.write(f"排演完成，用时 {seconds} 秒。 / Played in {seconds} s.")
