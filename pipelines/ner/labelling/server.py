"""The labelling page over HTTP, for this machine alone.

It listens on the loopback only, and answers to no other name: a page elsewhere that has its name resolve to
this machine (DNS rebinding) sends its own name as the host, and one that posts here (CSRF) its own origin.
Other users of this machine do not have the token that is in the printed address.
"""

import hmac
import json
import secrets
import socketserver
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.ner.labelling.session import Reply

LOOPBACK = "127.0.0.1"
MOST = 1 << 20
"""Bytes of a request."""
PAGE = Path(__file__).with_name("page.html")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Route = Callable[[dict[str, Any]], Reply]


class Server(ThreadingHTTPServer):
    """Serves the page and what it asks for.

    Parameters
    ----------
    port : int
        0 takes a free one.
    gets, posts : dict of str to callable
        By path; each is given the request's JSON object (empty for a get) and returns the reply's. A
        ValueError is told as the request's fault, an OSError as the disk's.
    token : str, optional
        What a browser must send: in the address, then in the cookie that it is given, or as
        ``Authorization: token ...``. By default a new one.

    Raises
    ------
    OSError
        The port is taken.

    Attributes
    ----------
    is_over : bool
        Set when nothing more may be taken: browsers keep connections open, which outlive the port.
    """

    is_over = False

    def __init__(self, port: int, gets: dict[str, Route], posts: dict[str, Route], token: str = "") -> None:
        self.gets, self.posts, self.token = gets, posts, token or secrets.token_urlsafe()
        try:
            super().__init__((LOOPBACK, port), Handler)
        except OSError as error:
            raise OSError(
                error.errno, f"port {port} cannot be had ({error.strerror}); take another with --port"
            ) from error
        self.names = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}
        if self.server_port == 80:
            self.names |= {LOOPBACK, "localhost"}

    @property
    def address(self) -> str:
        """Where the page is, with its token."""
        return f"http://{LOOPBACK}:{self.server_port}/?token={self.token}"

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    server_version, sys_version = "labels", ""
    timeout = 30
    """Seconds that a browser may take over a request."""

    def do_GET(self) -> None:
        """The page, or a route."""
        if not self._is_welcome():
            return
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(HTTPStatus.OK, PAGE.read_bytes(), "text/html; charset=utf-8")
        else:
            self._route(self.server.gets.get(path), {})

    def do_POST(self) -> None:
        """A route."""
        if self._is_welcome() and (body := self._body()) is not None:
            self._route(self.server.posts.get(self.path), body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for what a person should read."""

    def _is_welcome(self) -> bool:
        if self.server.is_over:
            return False
        hosts, origins = (self.headers.get_all(name, []) for name in ("Host", "Origin"))
        if len(hosts) != 1 or hosts[0] not in self.server.names:
            self._fail(HTTPStatus.FORBIDDEN, "this page answers to the address that was printed only")
        elif self.command == "POST" and not self._is_own(origins):
            self._fail(HTTPStatus.FORBIDDEN, "answers are taken from the page itself only")
        elif not self._has_token():
            self._fail(HTTPStatus.FORBIDDEN, "the token is missing: open the address that was printed")
        else:
            return True
        return False

    def _has_token(self) -> bool:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            cookie = None
        sent = [
            *parse_qs(urlsplit(self.path).query).get("token", []),
            self.headers.get("Authorization", "").removeprefix("token "),
            "" if cookie is None else cookie.value,
        ]
        return any(hmac.compare_digest(each.encode(), self.server.token.encode()) for each in sent)

    @property
    def _cookie(self) -> str:
        return f"labels-{self.server.server_port}"

    def _is_own(self, origins: list[str]) -> bool:
        """Whether a post comes from the page, or from no page at all."""
        site = self.headers.get("Sec-Fetch-Site", "none")
        own = {f"http://{name}" for name in self.server.names}
        return set(origins) <= own and site in ("same-origin", "none")

    def _body(self) -> dict[str, Any] | None:
        """The JSON object that was posted; JSON, as no form of another page can send it unasked."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json":
            self._fail(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "post application/json")
        elif not (length.isascii() and length.isdigit()):
            self._fail(HTTPStatus.LENGTH_REQUIRED, "say how long the request is")
        elif len(length) > len(str(MOST)) or int(length) > MOST:
            self._fail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request may have {MOST:,} bytes")
        else:
            try:
                found = json.loads(self.rfile.read(int(length)))
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                return found
            self._fail(HTTPStatus.BAD_REQUEST, "the request is no JSON object")
        return None

    def _route(self, route: Route | None, body: dict[str, Any]) -> None:
        if route is None:
            self._fail(HTTPStatus.NOT_FOUND, f"there is nothing at {self.path}")
            return
        try:
            reply = route(body)
        except ValueError as error:
            self._fail(HTTPStatus.BAD_REQUEST, str(error))
        except OSError as error:
            self._fail(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        else:
            self._json(HTTPStatus.OK, reply)

    def _fail(self, status: HTTPStatus, error: str) -> None:
        self._json(status, {"error": error})

    def _json(self, status: HTTPStatus, reply: Reply) -> None:
        self._send(status, json.dumps(reply, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: HTTPStatus, data: bytes, kind: str) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
        if kind.startswith("text/html"):
            headers["Set-Cookie"] = f"{self._cookie}={self.server.token}; HttpOnly; SameSite=Strict; Path=/"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
