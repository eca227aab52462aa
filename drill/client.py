"""A supplier's browser at the bid box in plain HTTP: no login, only a token; it asks again whenever a line breaks."""

import http.client
import json
import threading
import time
import urllib.error
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


def send(url: str, method: str, body: bytes, kind: str) -> tuple[int, Any]:
    """(status, JSON) of a request to the bid box; (0, None) when the line broke."""
    headers = {"Content-Type": kind, "Accept": "application/json"}
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, None
    except ValueError:
        return 200, None
    except BROKEN:
        return 0, None


def handed_in(url: str, bid: Mapping[str, Any], bodies: Mapping[str, bytes], stop: threading.Event) -> bool:
    """Whether the box acknowledged the bid {"lid", "token"} before ``stop``; broken lines are tried again."""
    while not stop.is_set():
        uploads = {part: _uploaded(url, bid, part, body) for part, body in bodies.items()}
        if all(uploads.values()):
            given = json.dumps({"lid": bid["lid"], "uploads": uploads, "token": bid["token"]}).encode()
            status, answer = send(f"{url}/box/lids/", "POST", given, "application/json")
            if status == 201 and answer["receipt"]["lid"] == bid["lid"]["id"]:
                return True
        time.sleep(0.2)
    return False


def _uploaded(url: str, bid: Mapping[str, Any], part: str, body: bytes) -> str:
    """The upload's id; "" when it did not get through."""
    about = {"policy": bid["lid"]["policy"], "part": part, "box_key": bid["lid"]["box_key"], "token": bid["token"]}
    status, answer = send(f"{url}/box/uploads/", "POST", json.dumps(about).encode(), "application/json")
    if status != 201 or not answer:
        return ""
    upload = str(answer["upload"])
    address = f"{url}/box/uploads/{upload}/?offset=0"
    status, answer = send(address, "PATCH", body, "application/octet-stream")
    return upload if status == 200 and answer and answer["received"] == len(body) else ""
