"""What the server owes the browser modules, in memory and on loopback: static files, keyring, certificates, bid box.

The real doors are tried in the stories; this one can be told to break off in the middle of an upload.
"""

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable
from functools import partialmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.blindtoken import blind_sign, check_token, new_token_key
from sunshine_proof.canonical import b64
from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.keyring import check_blob
from sunshine_proof.lid import check_next, check_record
from sunshine_proof.policy import policy_id
from sunshine_proof.receipt import sign_receipt
from tests.assets.authority import Authority, pem

CSP = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; base-uri 'none'"
)
TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml"}
TOKEN = "token-of-the-session"
ORIGIN = "log.example/sunshine"


class Refusal(Exception):
    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.body = {"code": code, "text": f"服务器拒绝：{code}", "article": "", "field": "", "rows": [], **more}


class Door:
    """One origin. `pages` maps a path to HTML; `trouble(method, path, offset)` may ask for "drop", "cut" or "lose"."""

    def __init__(self, dist: Path, tests: Path, authority: Authority) -> None:
        self.dist, self.tests, self.authority = dist, tests, authority
        self.pages: dict[str, str] = {"/blank": ""}
        self.keyring: dict[str, Any] = {"version": 0, "blob": ""}
        self.uploads: dict[str, bytearray] = {}
        self.counted: dict[str, int] = {}
        self.certificates: dict[str, Any] = {}
        self.posted: list[tuple[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.policy: dict[str, Any] = {}
        self.shares: dict[str, Any] = {}
        self.visits: list[dict[str, str]] = []
        self.keep_bodies = True
        self.texts: dict[str, str] = {}
        self.token_key = new_token_key(2048)
        self.grants: dict[str, str] = {}  # lot → the one number that was signed in it
        self.named: list[str] = []  # requests to the box that said who asks
        self.log_key = Ed25519PrivateKey.generate()
        self.log_vkey = encode_vkey(ORIGIN, self.log_key.public_key().public_bytes_raw())
        self.trouble: Callable[[str, str, int], str | None] = lambda method, path, offset: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # -- the contract ----------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        steps = path.strip("/").split("/")
        if steps[:2] == ["box", "uploads"] and len(steps) == 3:
            return 200, self._upload(method, steps[2], int(query.get("offset", ["0"])[0]), body)
        if steps[0] not in ("box", "account", "trustee", "supplier", "supervisor"):
            return 404, {}
        data = json.loads(body) if body else {}
        if method != "GET":
            self.posted.append((path, data))
        match steps:
            case ["box", "uploads"]:
                if self.policy:
                    self._check(data, data["box_key"])
                upload = f"u{len(self.uploads) + 1}"
                self.uploads[upload], self.counted[upload] = bytearray(), 0
                return 201, {"upload": upload, "received": 0}
            case ["box", "lids"]:
                self._check(data, data["lid"]["box_key"])
                return 201, {"receipt": self._record(data["lid"], data["uploads"])}
            case ["box", "withdrawals"]:
                self._check(data, data["withdrawal"]["box_key"])
                return 201, {"receipt": self._record(data["withdrawal"], {})}
            case ["supplier", "lots", lot, "token"]:
                if self.grants.setdefault(lot, data["blinded"]) != data["blinded"]:
                    raise Refusal("token-issued")
                return 200, {"answer": b64(blind_sign(self.token_key, base64.b64decode(data["blinded"])))}
            case ["account", "keyring"]:
                return 200, self._keyring(method, data)
            case ["account", "certificates"]:
                certificate = self.authority.enrol(data["csr"])
                number = f"C-{len(self.certificates) + 1}"
                self.certificates[number] = certificate
                return 201, {"id": number, "certificate": pem(certificate), "chain": self.authority.chain}
            case ["trustee", "lots", _, "shares"]:
                return 200, self.shares
            case ["supervisor", *rest]:
                return (201, data) if rest == ["inspection", "key"] else (200, {"visits": self.visits})
            case ["trustee", *_]:
                return 200, {"accepted": len(data.get("releases", []))}
        return 404, {}

    def admits(self, method: str, path: str, headers: Any) -> bool:
        """The box takes anyone and notes who says more than it wants to know; other doors want the CSRF token."""
        if path.startswith("/box/"):
            telling = ("Cookie", "X-CSRFToken", "Authorization", "Referer")
            self.named += [f"{path}: {name}" for name in telling if headers.get(name)]
            return True
        asks = path.startswith(("/account/", "/trustee/", "/supplier/", "/supervisor/"))
        return method == "GET" or not asks or headers.get("X-CSRFToken") == TOKEN

    def _check(self, data: dict[str, Any], box_key: str) -> None:
        check_token(data["token"], self.token_key.public_key(), policy_id(self.policy), bytes.fromhex(box_key))

    def _upload(self, method: str, upload: str, offset: int, body: bytes) -> dict[str, int]:
        if method == "PATCH":
            if offset != self.counted[upload]:
                raise Refusal("offset-mismatch", received=self.counted[upload])
            if self.keep_bodies:
                self.uploads[upload] += body
            self.counted[upload] += len(body)
        return {"received": self.counted[upload]}

    def _record(self, record: dict[str, Any], uploads: dict[str, str]) -> dict[str, Any]:
        if not any(known["id"] == record["id"] for known in self.records):
            check_record(record, self.policy)
            check_next(record, self.records[-1] if self.records else None)
            for part in record.get("parts", []):
                assert hashlib.sha256(self.uploads[uploads[part["part"]]]).hexdigest() == part["sha256"]
            self.records.append(record)
        return sign_receipt(record["id"], "2027-02-01T01:00:00Z", ORIGIN, self.log_key)

    def _keyring(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        if method == "GET":
            return self.keyring
        if data["version"] != self.keyring["version"]:
            raise Refusal("keyring-stale")
        check_blob(base64.b64decode(data["blob"]))
        self.keyring = {"version": data["version"] + 1, "blob": data["blob"]}
        return {"version": self.keyring["version"]}

    # -- HTTP ------------------------------------------------------------------------------------------------

    def _handler(door) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """The tests speak for themselves."""

            def send(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", CSP)
                self.send_header("Set-Cookie", f"csrftoken={TOKEN}; Path=/; SameSite=Lax")
                self.end_headers()
                self.wfile.write(body)

            def file(self, path: str) -> None:
                relative = path.removeprefix("/static/dist/")
                source = (door.dist.parent / relative).resolve()
                if not source.is_relative_to(door.dist.parent) or not source.is_file():
                    return self.send(404, b"", "text/plain")
                self.send(200, source.read_bytes(), TYPES.get(source.suffix, "application/octet-stream"))

            def hang_up(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if address.path in door.pages:
                    html = f"<!doctype html><meta charset=utf-8><title>t</title>{door.pages[address.path]}"
                    return self.send(200, html.encode(), TYPES[".html"])
                if text := door.texts.get(address.path):
                    return self.send(200, text.encode(), "text/plain; charset=utf-8")
                if address.path.startswith("/static/dist/"):
                    return self.file(address.path)
                self.work("GET")

            def work(self, method: str) -> None:
                address, size = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
                query = parse_qs(address.query)
                trouble = door.trouble(method, address.path, int(query.get("offset", ["0"])[0]))
                if trouble == "drop":
                    return self.hang_up()
                body = self.rfile.read(size // 2 if trouble == "cut" else size)
                if not door.admits(method, address.path, self.headers):
                    return self.send(403, b"{}", "application/json")
                try:
                    status, answer = door.answer(method, address.path, query, body)
                except Refusal as refusal:
                    status, answer = 409, refusal.body
                if trouble in ("cut", "lose"):  # taken, but the answer never arrives
                    return self.hang_up()
                self.send(status, json.dumps(answer).encode(), "application/json")

            do_POST = partialmethod(work, "POST")
            do_PUT = partialmethod(work, "PUT")
            do_PATCH = partialmethod(work, "PATCH")

        return Handler
