"""The resumable upload in Chromium, against a server that breaks off; and the memory a large sealed file takes."""

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page

from tests.assets.door import Door

Run = Callable[..., Any]
MIB = 1024 * 1024

SEND = """
    const options = { chunkSize: 65536, patience: given.patience ?? [5, 5, 5], onState: (state) => states.push(state) };
    const states = [];
    const upload = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" }, options);
    const bytes = Uint8Array.from({ length: given.size }, (_, n) => (n * n) >> 5);
    for (let at = 0; at < bytes.length; at += 10_000) await upload.write(bytes.subarray(at, at + 10_000));
    return { sent: await upload.finish(), states, sha256: L.bytes.toHex(L.canonical.H(bytes)) };
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def once(kind: str, at: int) -> Callable[[str, str, int], str | None]:
    """Trouble of one kind at the first PATCH of that offset."""
    done: list[int] = []

    def trouble(method: str, path: str, offset: int) -> str | None:
        if method == "PATCH" and offset == at and not done:
            done.append(offset)
            return kind
        return None

    return trouble


def test_a_quiet_upload_arrives_whole(chromium: Run, door: Door) -> None:
    found = chromium(SEND, size=300_001)
    assert found["sent"] == 300_001
    assert found["states"] == []
    assert sha256(bytes(door.uploads["u1"])) == found["sha256"]


@pytest.mark.parametrize("kind", ["drop", "cut", "lose"])
def test_a_broken_line_loses_and_doubles_nothing(chromium: Run, door: Door, kind: str) -> None:
    door.trouble = once(kind, 131072)
    found = chromium(SEND, size=300_001)
    assert found["sent"] == 300_001  # on a reused connection Chromium tries again by itself before our code hears of it
    assert sha256(bytes(door.uploads["u1"])) == found["sha256"]


def test_an_upload_whose_offset_the_server_knows_better_goes_on_from_there(chromium: Run, door: Door) -> None:
    """Another tab with the same file went ahead: 409 offset-mismatch says how far."""
    found = chromium(
        """const bytes = Uint8Array.from({ length: given.size }, (_, n) => n % 251);
           const begin = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" });
           await begin.put(0, bytes.subarray(0, 150_000));
           const other = new L.upload.Upload(`/box/uploads/${begin.id}/`, { received: 0 });
           await other.put(0, bytes.subarray(0, 200_000));
           const blob = new Blob([bytes]);
           const third = new L.upload.Upload(`/box/uploads/${begin.id}/`);
           const sent = await L.upload.uploadBlob(third, blob, 65536);
           return { sent, sha256: L.bytes.toHex(L.canonical.H(bytes)) };""",
        size=300_001,
    )
    assert found["sent"] == 300_001
    assert sha256(bytes(door.uploads["u1"])) == found["sha256"]


def test_two_tabs_with_one_file_end_with_one_whole_upload(page: Page, door: Door) -> None:
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(door.url("/blank"))
    start = """async (id) => { const L = await import("/static/dist/js/lib.js");
        const bytes = Uint8Array.from({ length: 2_000_000 }, (_, n) => n % 251);
        globalThis.sending = L.upload.uploadBlob(new L.upload.Upload(`/box/uploads/${id}/`), new Blob([bytes]), 65536);
        sending.catch(() => {}); return L.bytes.toHex(L.canonical.H(bytes)); }"""
    door.answer("POST", "/box/uploads/", {}, b"{}")
    digest = page.evaluate(start, "u1")
    second.evaluate(start, "u1")
    assert page.evaluate("sending") == second.evaluate("sending") == 2_000_000
    assert sha256(bytes(door.uploads["u1"])) == digest


def test_a_stream_that_the_server_has_left_behind_stops_with_a_reason(chromium: Run, door: Door) -> None:
    code = chromium(
        """const upload = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" });
           try { await upload.put(500, new Uint8Array(10)); } catch (failure) { return [failure.code, failure.detail]; }"""
    )
    assert code == ["upload-diverged", {"received": 0}]


def test_a_line_that_stays_down_pauses_the_upload_until_a_person_goes_on(chromium: Run, door: Door) -> None:
    down = {"now": True}
    door.trouble = lambda method, path, offset: "drop" if down["now"] and path.endswith("/u1/") else None
    found = chromium(
        """const states = [];
           const upload = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" },
             { patience: [5, 5], onState: (state, code) => states.push([state, code]) });
           globalThis.upload = upload; globalThis.states = states;
           const put = upload.put(0, new Uint8Array(1000));
           globalThis.sending = put;
           while (!upload.paused) await new Promise((resolve) => setTimeout(resolve, 10));
           return states;"""
    )
    assert found == [["waiting", "network"], ["waiting", "network"], ["paused", "network"]]
    down["now"] = False
    assert chromium("globalThis.upload.resume(); await globalThis.sending; return globalThis.upload.received;") == 1000


def test_pause_holds_the_next_chunk_and_abort_ends_the_upload(chromium: Run, door: Door) -> None:
    found = chromium(
        """const upload = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" });
           upload.pause();
           const put = upload.put(0, new Uint8Array(1000));
           await new Promise((resolve) => setTimeout(resolve, 100));
           const before = upload.received;
           upload.abort();
           return [before, await put.catch((failure) => failure.name)];"""
    )
    assert found == [0, "AbortError"]
    assert door.counted["u1"] == 0


def test_a_refusal_is_not_retried(chromium: Run, door: Door) -> None:
    code = chromium(
        """const upload = new L.upload.Upload("/nowhere/");
           try { await upload.put(0, new Uint8Array(10)); } catch (failure) { return [failure.code, failure.detail.status]; }"""
    )
    assert code == ["server", 404]


class Memory:
    """The largest sum of resident memory of this run's Chromium processes while the block runs, in bytes."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.before = self.total()
        self.most = self.before

    @staticmethod
    def total() -> int:
        total = 0
        for process in psutil.Process().children(recursive=True):
            try:
                if "chrom" in process.name():
                    total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total

    def __enter__(self) -> "Memory":
        def watch() -> None:
            while not self.stop.wait(0.1):
                self.most = max(self.most, self.total())

        self.thread = threading.Thread(target=watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    @property
    def growth(self) -> int:
        return self.most - self.before


SEAL_FILE = """async () => {
    const L = await import("/static/dist/js/lib.js");
    const [file] = document.querySelector("input").files;
    const trustees = [1, 2, 3].map((i) =>
      ({ i, role: `r${i}`, recipient: L.agefile.recipientOf(crypto.getRandomValues(new Uint8Array(32))) }));
    const policy = { v: "seal-policy/1", suite: "age-x25519", k: 2, bidder_share: "none", parts: ["tech"], trustees };
    const files = await L.payload.hashDocuments(L.payload.nameDocuments([file]));
    const payload = await L.payload.payloadStream({ statement: new Uint8Array(500), signature: new Uint8Array(800), files });
    const upload = await L.upload.Upload.begin("/box/uploads/", { policy: "00", part: "tech" });
    const pid = L.policy.policyId(policy);
    const sealed = await L.seal.sealPart(policy, pid, "tech", payload.stream, (bytes) => upload.write(bytes));
    return [await upload.finish(), sealed.description.size];
}"""


def test_300_megabytes_are_hashed_sealed_and_uploaded_in_flat_memory(page: Page, door: Door, tmp_path: Path) -> None:
    door.keep_bodies = False
    door.pages["/file"] = "<input type=file>"
    large = tmp_path / "large.bin"
    with open(large, "wb") as stream:
        stream.truncate(300 * 1000 * 1000)
    page.goto(door.url("/file"))
    page.evaluate("() => import('/static/dist/js/lib.js').then(() => true)")
    page.set_input_files("input", large)
    page.set_default_timeout(0)
    with Memory() as memory:
        began = time.monotonic()
        received, size = page.evaluate(SEAL_FILE)
        seconds = time.monotonic() - began
    assert received == size > 300_000_000
    print(f"300 MB in {seconds:.1f} s, memory grew by {memory.growth / MIB:.0f} MiB")
    assert memory.growth < 400 * MIB
