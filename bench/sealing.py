"""What does sealing 300 MB in the browser cost, beside a plain upload of the same bytes from the same browser?

The supplier's real page in headless Chromium: hash, sign, pad, encrypt, upload in pieces, lid, receipt. Memory is that
of all of Chromium's processes and all of the server's, sampled four times a second, above what they had before.
SUNSHINE_BENCH_MB asks for another size; SUNSHINE_CHROMIUM names another browser.
"""

import os
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from bench import ground

SIZE = int(os.environ.get("SUNSHINE_BENCH_MB", "300")) * 1_000_000
PATIENCE = 15 * 60_000  # milliseconds for one upload
ROUNDS = 3

PLAIN = """async ({ about, chunk }) => {
  const file = document.querySelector('[name=tech]').files[0];
  const ask = (url, method, body, type) => fetch(url, { method, body, credentials: "omit", headers: { "Content-Type": type } });
  const begun = performance.now();
  const answer = await ask("/box/uploads/", "POST", JSON.stringify(about), "application/json");
  const { upload } = await answer.json();
  for (let at = 0; at < file.size; at += chunk) {
    const piece = file.slice(at, Math.min(at + chunk, file.size));
    const sent = await ask(`/box/uploads/${upload}/?offset=${at}`, "PATCH", piece, "application/octet-stream");
    if (!sent.ok) throw new Error(await sent.text());
  }
  return (performance.now() - begun) / 1000;
}"""
CHUNK = 8 * 1024 * 1024  # bytes of one PATCH, as the sealing page sends them


@dataclass
class Grown:
    """The most memory above the beginning, in bytes."""

    browser: int = 0
    server: int = 0


def main() -> int:
    """Upload plainly and sealed in turns; print throughputs, their ratio and the memory."""
    chromium = os.environ.get("SUNSHINE_CHROMIUM") or shutil.which("chromium") or ""
    if not chromium:
        print("No Chromium found; SUNSHINE_CHROMIUM may name one.", file=sys.stderr)
        return 1
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    with ground.installation(fast_passwords=False) as folder:  # the server knows only the real hashes
        email, lot, about = _lot()
        paper = _paper(folder / "方案.zip")
        with ground.served(folder) as web, _browser(chromium) as browser:
            rows = _measured(browser, web, email, lot, about, paper)
        _print(paper.stat().st_size, rows)
    return 0


def _lot() -> tuple[str, str, dict[str, Any]]:
    """An announced and logged project; (the supplier's e-mail, the lot, what begins another supplier's upload)."""
    from django.db import connections

    from sunshine.foundation import clock
    from sunshine.interfaces.jobs import sequence
    from sunshine.interfaces.rehearsal import play
    from sunshine.interfaces.rehearsal.tokens import unasked_token
    from sunshine_proof.lid import new_box_secret

    clock.start_rehearsal(datetime(2026, 3, 3, 9, 0, tzinfo=clock.BEIJING))
    cast = play.found()
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    sequence.catch_up()  # the sealing page looks the lot's token key up in the log
    token = unasked_token(lot, played.policies[lot], new_box_secret())
    connections.close_all()
    about = {"policy": token["policy"], "part": "tech", "box_key": token["box_key"], "token": token}
    return cast["supplier1"].email, lot, about


def _paper(path: Path) -> Path:
    """A ZIP of SIZE random bytes, stored: nothing in it can be pressed together."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, archive.open("图纸.bin", "w") as entry:
        for _ in range(SIZE // 1_000_000):
            entry.write(os.urandom(1_000_000))
    return path


@contextmanager
def _browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def _measured(
    browser: Any, web: ground.Served, email: str, lot: str, about: dict[str, Any], paper: Path
) -> list[tuple[float, Grown, float, Grown]]:
    """ROUNDS times (seconds plain, memory, seconds sealed, memory)."""
    page = browser.new_context(base_url=web.url, locale="zh-CN").new_page()
    page.set_default_timeout(60_000)
    _enter(page, email)
    rows = []
    for _ in range(ROUNDS):
        _prepare(page, lot, paper)
        plain, plain_grown = _watched(web, lambda: page.evaluate(PLAIN, {"about": about, "chunk": CHUNK}))
        _prepare(page, lot, paper)
        sealed, sealed_grown = _watched(web, lambda: _seal(page))
        rows.append((float(plain), plain_grown, float(sealed), sealed_grown))
    return rows


def _enter(page: Any, email: str) -> None:
    """Log in, obtain a certificate, choose a passphrase."""
    from sunshine.interfaces.rehearsal.people import PASSWORD

    page.goto("/accounts/login/")
    page.locator("main [name=login]").fill(email)
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto("/account/certificates/")
    page.get_by_role("button", name="在本浏览器申请证书").click()
    page.get_by_text("已签发，密钥保存在本浏览器").first.wait_for()


def _prepare(page: Any, lot: str, paper: Path) -> None:
    """The page, unlocked and filled in, with the paper chosen."""
    from sunshine.interfaces.rehearsal.people import PASSPHRASE

    page.goto(f"/supplier/lots/{lot}/bid/")
    unlock = page.locator("form[data-ref=unlock]")
    unlock.locator("[data-ref=passphrase]").fill(PASSPHRASE)
    if (again := unlock.locator("[data-ref=again]")).is_visible():
        again.fill(PASSPHRASE)
    unlock.get_by_role("button", name="打开").click()
    unlock.wait_for(state="hidden")
    for n, price in enumerate(("61000", "30000"), 1):
        page.locator(f"#seal-price-{n}").fill(price)
    page.locator("main [name=tax_rate]").select_option("0.13")
    for name, value in (("delivery_days", "55"), ("quality", "合格"), ("project_leader", "甲")):
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main [name=tech]").set_input_files(str(paper))


def _seal(page: Any) -> float:
    begun = time.perf_counter()
    page.locator("[data-ref=submit]").click()
    page.locator("[data-ref=receipt]").wait_for(timeout=PATIENCE)
    return time.perf_counter() - begun


def _watched(web: ground.Served, act: Callable[[], Any]) -> tuple[Any, Grown]:
    """The act's result, and how far memory rose above its beginning meanwhile."""
    grown, done = Grown(), threading.Event()
    browser_before, server_before = _browser_memory(), _memory(web.processes())

    def watch() -> None:
        while not done.wait(0.25):
            grown.browser = max(grown.browser, _browser_memory() - browser_before)
            grown.server = max(grown.server, _memory(web.processes()) - server_before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return act(), grown
    finally:
        done.set()
        watcher.join()


def _browser_memory() -> int:
    children = psutil.Process().children(recursive=True)
    return _memory([child for child in children if "chrom" in _name(child)])


def _name(process: psutil.Process) -> str:
    try:
        return process.name().lower()
    except psutil.Error:
        return ""


def _memory(processes: list[psutil.Process]) -> int:
    """Bytes that belong to these processes alone: shared libraries would be counted once for each."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().uss
        except psutil.Error:
            continue  # it has ended meanwhile
    return total


def _print(size: int, rows: list[tuple[float, Grown, float, Grown]]) -> None:
    mb = size / 1e6
    shown = [
        (
            n,
            mb / plain,
            mb / sealed,
            plain / sealed,
            grown.browser / 1e6,
            grown.server / 1e6,
            plain_grown.browser / 1e6,
        )
        for n, (plain, plain_grown, sealed, grown) in enumerate(rows, 1)
    ]
    head = (
        "round",
        "plain MB/s",
        "sealed MB/s",
        "ratio (aim 0.50)",
        "browser +MB (<400)",
        "server +MB (<100)",
        "browser +MB, plain",
    )
    ground.table(f"{mb:.0f} MB from Chromium: sealed and uploaded, beside plainly uploaded", head, shown)


if __name__ == "__main__":
    sys.exit(main())
