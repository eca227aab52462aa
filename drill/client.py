"""A supplier's browser in plain HTTP: it logs in, uploads, hands in, and asks again whenever a line breaks."""

import http.client
import http.cookiejar
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT = 15.0  # seconds for one answer
BROKEN = (OSError, http.client.HTTPException)  # urllib's errors are OSErrors


def fetch(url: str) -> bytes | None:
    """The body of a public page; None where there is none, or nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return bytes(answer.read()) if answer.status == 200 else None
    except BROKEN:
        return None


class Browser:
    """One session; ``post`` and ``patch`` give (status, JSON), (0, None) when the line broke."""

    def __init__(self, url: str, email: str, password: str):
        self.url, self.email, self.password = url, email, password
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def login(self) -> bool:
        """Whether there is a session now; it outlives every process that is killed, so one login is enough.

        A login that breaks counts as a failed one: who tried again at every broken line would lock the account.
        """
        page = self._ask("GET", "/accounts/login/", None, {})[1]
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page or b"")
        if token is None:
            return any(cookie.name == "sessionid" for cookie in self.jar)
        form = {"csrfmiddlewaretoken": token[1].decode(), "login": self.email, "password": self.password}
        body = urllib.parse.urlencode(form).encode()
        self._ask("POST", "/accounts/login/", body, {"Content-Type": "application/x-www-form-urlencoded"})
        return any(cookie.name == "sessionid" for cookie in self.jar)

    def send(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, Any]:
        """(status, JSON) of a request to the bid box; (0, None) when the line broke."""
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "") or ""
        more = {"Content-Type": kind, "X-CSRFToken": token, "Accept": "application/json"}
        status, answer = self._ask(method, path, body, more)
        try:
            return status, json.loads(answer or b"null")
        except ValueError:
            return status, None

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes | None]:
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=dict(headers))
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, bytes(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, b""
        except BROKEN:
            return 0, None


def handed_in(browser: Browser, lid: Mapping[str, Any], bodies: Mapping[str, bytes], stop: threading.Event) -> bool:
    """Whether the box acknowledged the bid before ``stop``; broken lines and sick servers are tried again."""
    while not stop.is_set():
        uploads = {part: _uploaded(browser, lid["policy"], part, body) for part, body in bodies.items()}
        if all(uploads.values()):
            given = json.dumps({"lid": lid, "uploads": uploads}).encode()
            status, answer = browser.send("POST", "/box/lids/", given, "application/json")
            if status == 201 and answer["receipt"]["lid"] == lid["id"]:
                return True
        time.sleep(0.2)
    return False


def _uploaded(browser: Browser, policy: str, part: str, body: bytes) -> str:
    """The upload's id; "" when it did not get through."""
    about = json.dumps({"policy": policy, "part": part}).encode()
    status, answer = browser.send("POST", "/box/uploads/", about, "application/json")
    if status != 201:
        return ""
    upload = str(answer["upload"])
    status, answer = browser.send("PATCH", f"/box/uploads/{upload}/?offset=0", body, "application/octet-stream")
    return upload if status == 200 and answer["received"] == len(body) else ""
