"""The guard before every page: who may ask, from where, and what the browser may do with the answer.

The workbench listens on 127.0.0.1, which every program of the machine and every page of the web that is open in a
browser can reach.  So the address that is printed holds a token, good for once, that turns into a cookie; a request
must carry the cookie, name this host (against DNS rebinding), and come from our own page where it changes something.
The content security policy lets our scripts and styles run and nothing else.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost")
"""What a browser on this machine may call it."""
LARGEST_BODY = 1_000_000
"""Bytes that a form may send: a bulletin of thousands of items."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it browsers send "Origin: null" along with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer that has none of its own by that name."""


class Guard:
    """An ASGI application around another, which sees only requests of the person who started it.

    Parameters
    ----------
    app
        The application to guard.
    port
        The port that it listens on.
    tell
        Called with each new address that lets one more browser in, when the one before it is used up.
    """

    def __init__(self, app: ASGIApp, port: int, tell: Callable[[str], None] | None = None) -> None:
        self.app, self.port, self.tell = app, port, tell
        self.cookie = f"detente-{port}"
        self.hosts = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())  # noqa: PLR2004
        self.sessions: set[str] = set()
        self.token = secrets.token_urlsafe(32)

    def address(self) -> str:
        """Return the address that lets one browser in."""
        return f"http://{NAMES[0]}:{self.port}/?token={self.token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(scope) or self._let_in(scope)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        await self.app(scope, _limited(receive), guarded)

    def _refuse(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not for us, or not from our page."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return PlainTextResponse("This is not the host that was asked for.\n", 421)
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Only GET, HEAD and POST are answered.\n", 405, {"Allow": "GET, HEAD, POST"})
        if scope["method"] == "POST" and not self._is_ours(headers, hosts[0]):
            return PlainTextResponse("Forms are taken from the workbench's own pages only.\n", 403)
        return None

    def _is_ours(self, headers: Headers, host: str) -> bool:
        """Tell whether a form was sent from one of our pages."""
        site = headers.getlist("sec-fetch-site")
        return headers.getlist("origin") == [f"http://{host}"] and site in ([], ["same-origin"])

    def _let_in(self, scope: Scope) -> Response | None:
        """Return None for a browser that was let in before, and otherwise let it in by the token, or refuse it."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.get("token", [""])[0]
        if given and scope["method"] == "GET" and secrets.compare_digest(given.encode(), self.token.encode()):
            return self._welcome(scope)
        if self._session(scope) in self.sessions:
            return RedirectResponse(_within(scope["path"]), 303) if given else None
        return PlainTextResponse(
            "Open the address that `detente serve` printed last: it lets one browser in, once.\n", 403
        )

    def _welcome(self, scope: Scope) -> Response:
        """Turn the token into a cookie, so that it does not stay in the address, and use it up."""
        session, self.token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.sessions.add(session)
        answer = RedirectResponse(_within(scope["path"]), 303)
        answer.set_cookie(self.cookie, session, httponly=True, samesite="strict", path="/")
        if self.tell is not None:
            self.tell(self.address())
        return answer

    def _session(self, scope: Scope) -> str:
        try:
            cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.cookie].value if self.cookie in cookies else ""


def _within(path: str) -> str:
    """Return a path that leads nowhere but to this host: two strokes in front would name another."""
    return "/" + path.lstrip("/\\")


def _limited(receive: Receive) -> Receive:
    """Return a receiver that stops at a body longer than a form needs."""
    length = 0

    async def limited() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > LARGEST_BODY:
            raise HTTPException(413, "That is longer than any form here.")
        return message

    return limited
