"""People at browsers: they open pages, fill in forms, press buttons and read; everything by what a person sees."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from sunshine.interfaces.rehearsal.people import PASSPHRASE, PASSWORD
from sunshine.interfaces.rehearsal.play import Cast
from tests.stories import pictures

PATIENCE = 60_000  # milliseconds; the machine may be busy
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The server's refusals, which the browser reports as errors of the page; the stories read them as text on the page.
_REFUSED = re.compile(r"Failed to load resource.*status of (404|409|422)")


class House:
    """The address, the cast, and everyone who has entered so far."""

    def __init__(self, url: str, browser: Browser, cast: Cast, log: Path) -> None:
        self.url, self.browser, self.cast, self.log = url, browser, cast, log
        self.present: dict[str, Someone] = {}
        self.heard: list[str] = []

    def enter(self, key: str) -> "Someone":
        if key not in self.present:
            self.present[key] = Someone(self, key)
            if key:
                self.present[key].log_in()
        return self.present[key]

    def complaints(self) -> list[str]:
        """What the browsers' consoles said since the last time, CSP violations included."""
        heard, self.heard[:] = list(self.heard), []
        return heard

    def show_everything(self) -> None:
        """What everybody has on the screen now, for whoever looks into a failure."""
        if folder := os.environ.get("SUNSHINE_SHOTS"):
            for key, one in self.present.items():
                one.page.screenshot(path=f"{folder}/failed-{key or 'visitor'}.png", full_page=True)
            Path(folder, "failed-web.log").write_bytes(self.log.read_bytes())

    def close(self) -> None:
        for one in self.present.values():
            one.context.close()


class Someone:
    """A member of the cast (or, with no key, somebody passing by) with a browser window."""

    def __init__(self, house: House, key: str) -> None:
        self.house, self.key = house, key
        self.context: BrowserContext = house.browser.new_context(
            base_url=house.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=DESK, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self._listen(self.context.new_page())

    def _listen(self, page: Page) -> Page:
        who = self.key or "visitor"

        def hear(said: ConsoleMessage) -> None:
            status = _REFUSED.search(said.text)
            refused = status and (
                status[1] != "404" or said.location["url"] == page.url
            )  # a missing picture is a fault
            if said.type in ("error", "warning") and not refused:
                self.house.heard.append(f"{who} at {page.url}: {said.text} ({said.location['url']})")

        page.on("console", hear)
        page.on("pageerror", lambda error: self.house.heard.append(f"{who} at {page.url}: {error}"))
        return page

    def log_in(self) -> None:
        self.open("/accounts/login/")
        self.give(login=self.house.cast[self.key].email, password=PASSWORD)
        self.press("登录")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    # -- acting ----------------------------------------------------------------------------------------------

    def open(self, path: str, status: int = 200) -> "Someone":
        answer = self.page.goto(path)
        assert answer is not None and answer.status == status, f"{self.key} at {path}: {answer and answer.status}"
        return self

    def give(self, **values: Any) -> "Someone":
        """Fill in fields by their names: text, a choice by its label or value, a box to tick, files."""
        for name, value in values.items():
            self.fill(self.page.locator(f'main [name="{name}"]:not([type=hidden])'), value)
        return self

    def fill(self, field: Locator, value: Any) -> None:
        kind = field.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            field.select_option(value)
        elif kind == "radio":
            field.and_(self.page.locator(f'[value="{value}"]')).check()
        elif kind == "checkbox":
            field.check()
        elif kind == "file":
            field.set_input_files(value)
        else:
            field.fill(str(value))

    def press(self, label: str, within: Locator | None = None) -> "Someone":
        """Press the button, or follow the link, that is called exactly so."""
        place = within or self.page.locator("main")
        button = place.get_by_role("button", name=label, exact=True)
        button.or_(place.get_by_role("link", name=label, exact=True)).first.click()
        return self

    def press_containing(self, text: str) -> "Someone":
        """Follow the first link whose name contains the text: the newest, where lists begin with the newest."""
        self.page.locator("main").get_by_role("link", name=text).first.click()
        self.page.wait_for_load_state()
        return self

    def confirm(self, label: str) -> "Someone":
        """Press the act, read the page before it, and press once more."""
        self.press(label)
        self.sees("提交后不能撤销。")
        return self.press(label, self.page.locator("main form").last)

    def speak(self, language: str) -> None:
        """From now on pages come in this language: "zh-hans" or "en"."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.house.url}])

    # -- reading ---------------------------------------------------------------------------------------------

    def sees(self, *texts: str) -> "Someone":
        for text in texts:
            expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=PATIENCE)
        return self

    def sees_not(self, *texts: str) -> "Someone":
        """None of these anywhere in what the server sent, not even hidden."""
        content = self.page.content()
        for text in texts:
            assert text not in content, f"{self.key or 'a visitor'} reads “{text}” at {self.page.url}"
        return self

    @property
    def here(self) -> str:
        return self.page.url.removeprefix(self.house.url)

    # -- keys ------------------------------------------------------------------------------------------------

    def enrol(self) -> "Someone":
        """Obtain a certificate for a key made in this browser, once."""
        self.open("/account/certificates/")
        self.press("在本浏览器申请证书").sees("已签发，密钥保存在本浏览器")
        return self

    def unlock(self) -> "Someone":
        """Open the keyring with the passphrase; the first time, choose it."""
        form = self.page.locator("form[data-ref=unlock]")
        button = form.locator("button[type=submit]")
        expect(button).to_be_enabled(timeout=PATIENCE)
        form.locator("[data-ref=passphrase]").fill(PASSPHRASE)
        again = form.locator("[data-ref=again]")
        if again.is_visible():
            again.fill(PASSPHRASE)
        button.click()
        expect(form).to_be_hidden(timeout=PATIENCE)
        return self

    # -- pictures --------------------------------------------------------------------------------------------

    def shot(self, name: str, *, live: bool = False, again: Callable[["Someone"], Any] | None = None) -> "Someone":
        """With SUNSHINE_SHOTS or SUNSHINE_PICTURES set, the page in Chinese and English, on a desk and on a phone.

        `live` keeps the page as it is (what a script has shown would be gone after opening it anew); its English comes
        from `again`, which does in a second window what was done here.
        """
        if not (os.environ.get("SUNSHINE_SHOTS") or pictures.wanted(name)):
            return self
        if live:
            self._both_widths(self.page, name, "zh")
        for language, code in (("zh", "zh-hans"), ("en", "en")):
            if live and (language == "zh" or again is None):
                continue
            self.speak(code)
            here, address = self.page, self.page.url
            self.page = self._listen(self.context.new_page())
            self.page.goto(address)
            if again:
                again(self)
            self._both_widths(self.page, name, language)
            self.page.close()
            self.page = here
        self.speak("zh-hans")
        return self

    def _both_widths(self, page: Page, name: str, language: str) -> None:
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            page.evaluate("scrollTo(0, 0)")
            if folder := os.environ.get("SUNSHINE_SHOTS"):
                Path(folder).mkdir(parents=True, exist_ok=True)
                path = f"{folder}/{name}-{language}-{size['width']}.png"
                page.screenshot(path=path, full_page=True, animations="disabled")
            if pictures.wanted(name):
                pictures.take(page, name, language, size["width"])
