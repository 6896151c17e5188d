"""Who may talk to the server: this machine's own pages and scripts. Checks Host, Origin and, where set, the token."""

import secrets
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from backend.error_forms import error_form, is_openai
from backend.errors import AppError
from backend.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104
COOKIE = "droid_token"


class Forbidden(AppError):
    status_code = 403
    code = "forbidden"


class Unauthorized(AppError):
    status_code = 401
    code = "unauthorized"


class Guard:
    """ASGI middleware in front of everything.

    A foreign Host means that a name on the internet was pointed at this machine, a foreign Origin that a page from
    elsewhere calls: both are refused, for WebSockets too.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        # Who listens on every address is called by names that nobody knows beforehand; the token still guards.
        self.hosts = None if settings.host in EVERY_ADDRESS and settings.token else LOOPBACK | {settings.host.lower()}
        self.token = settings.token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_origin(headers)
            if self._token_in_address(scope):
                await _remember_token(self.token or "", scope, receive, send)
                return
            self._check_token(headers)
        except AppError as error:
            await _refuse(error, scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "")
        if self.hosts is not None and _hostname(f"//{host}") not in self.hosts:
            raise Forbidden(f"This server answers on this machine only, as localhost or 127.0.0.1, not as '{host}'.")

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            return
        scheme, separator, host = origin.partition("://")
        if not separator or scheme not in ("http", "https") or host != headers.get("host"):
            raise Forbidden(f"A page from '{origin}' may not use this server; open the studio's own page instead.")

    def _token_in_address(self, scope: Scope) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        path = scope["path"]
        called = path.startswith("/api/") or is_openai(path)
        page = scope["type"] == "http" and scope["method"] == "GET" and not called
        return page and self.token is not None and secrets.compare_digest(given.encode(), self.token.encode())

    def _check_token(self, headers: Headers) -> None:
        if self.token is None:
            return
        # Cookies are shared by all ports of localhost, so other programs' are among them, whatever they hold.
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        given = [headers.get("authorization", "").removeprefix("Bearer "), cookie]
        if not any(secrets.compare_digest(value.encode(), self.token.encode()) for value in given):
            raise Unauthorized(
                "This server asks for its token: send it as 'Authorization: Bearer ...' (the api_key of OpenAI's "
                "clients), or open the page once with ?token=... in the address."
            )


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def _remember_token(token: str, scope: Scope, receive: Receive, send: Send) -> None:
    response = RedirectResponse(scope["path"], status_code=303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict")
    await response(scope, receive, send)


async def _refuse(error: AppError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=1008, reason=error.detail[:120])(scope, receive, send)
    else:
        status, body = error_form(error, scope["path"])
        await JSONResponse(body, status_code=status)(scope, receive, send)
