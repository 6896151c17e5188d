"""Starts the web server in this process and ends it in good order.

Knows the port, the signals and the browser; not what the application does.
"""

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from pydantic import ValidationError

from backend.errors import AppError
from backend.settings import Settings, claim_home

FIRST_PORT = 8000
PORTS_TRIED = 100
CLOSE_CONNECTIONS_SECONDS = 3


class PortTaken(AppError):
    code = "port_taken"


class CannotListen(AppError):
    code = "cannot_listen"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until a signal; returns the exit code. A refusal is a sentence on stderr and exit code 1."""
    try:
        options = parse(arguments)
        settings = read_settings(options)
        with bind(settings.host, settings.port) as listener:
            serve(settings, listener, open_browser=not options.no_browser)
    except AppError as refusal:
        print(f"\n{refusal.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("./start.sh", description="Serves the studio until Ctrl-C.")
    parser.add_argument("--port", help="listen on this port (otherwise 8000, or the next one that is free)")
    parser.add_argument("--home", type=Path, help="where models, data, adapters and sessions are kept")
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    return parser.parse_args(arguments)


def read_settings(options: argparse.Namespace) -> Settings:
    """The environment, and over it what the command line says.

    Raises CannotListen for a value that is none.
    """
    given = {name: value for name in ("home", "port") if (value := getattr(options, name)) is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise CannotListen(f"'{first['input']}' is no {name}: {first['msg'].lower()}.") from error
    if settings.port is not None and not 0 <= settings.port <= 65535:
        raise CannotListen(f"{settings.port} is no port: choose one from 1 to 65535, or leave --port out.")
    return settings


def bind(host: str, port: int | None) -> socket.socket:
    """A socket that holds its port from here on; `port` None takes 8000 or the next one that is free.

    Raises PortTaken or CannotListen.
    """
    if port is not None:
        return bind_exactly(host, port)
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            return bind_exactly(host, candidate)
        except PortTaken:
            continue
    raise PortTaken(f"All ports from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are taken. Choose one with --port.")


def bind_exactly(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise CannotListen(f"'{host}' is no address of this machine. Set DROID_HOST to 127.0.0.1.") from error
    if port and somebody_answers(host, port):
        raise port_taken(port)
    listener = socket.socket(family, kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()  # Linux lets two programs bind one port as long as neither listens.
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise port_taken(port) from error
        if error.errno == errno.EACCES:
            raise CannotListen(f"Port {port} is reserved for the system. Choose one from 1024 to 65535.") from error
        raise CannotListen(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def port_taken(port: int) -> PortTaken:
    return PortTaken(
        f"Port {port} is taken by another program. Choose another one with --port, "
        "or leave --port out and the next free one is taken."
    )


def somebody_answers(host: str, port: int) -> bool:
    """macOS lets two programs bind one port, one to every address and one to 127.0.0.1: only a call tells."""
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False


def serve(settings: Settings, listener: socket.socket, *, open_browser: bool) -> None:
    """Runs the application on a bound socket until a signal. Raises HomeTaken."""
    host, port = listener.getsockname()[:2]
    settings = settings.model_copy(update={"port": port})
    address = web_address(host, port)
    claim_home(settings, address)
    # Only now: the application takes a moment to import, and a refusal should not wait for it.
    from backend.main import create_app

    def ready() -> None:
        print(f"\nDroid FineTuning is ready: {page_address(address, settings.token)}\nCtrl-C ends it.", flush=True)
        if open_browser and can_show_a_browser():
            threading.Thread(target=webbrowser.open, args=[page_address(address, settings.token)], daemon=True).start()

    app = create_app(settings)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=CLOSE_CONNECTIONS_SECONDS,
    )
    server = Server(config, ready, app.state.inference.close)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup it is to outlive its terminal
        signal.signal(signal.SIGHUP, server.terminal_closed)
    server.run(sockets=[listener])


class Server(uvicorn.Server):
    """Says when it answers, and always ends in good order: a second Ctrl-C does not skip what the first began."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], end_answers: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self.ready = ready
        self.end_answers = end_answers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            await asyncio.to_thread(self.ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever waits for an answer is told, rather than cut off when the time for closing connections is over."""
        await self.end_answers()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            tell("Still ending ...")
            return
        tell("Ending; a running training saves its adapter first ...")
        super().handle_exit(sig, frame)

    def terminal_closed(self, sig: int, frame: FrameType | None) -> None:
        """From here on nobody reads, and writing to a closed terminal would fail."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            if os.isatty(stream):
                os.dup2(nowhere, stream)
        self.handle_exit(signal.SIGTERM, frame)


def tell(line: str) -> None:
    """For signal handlers, which may interrupt a print: a plain write, and no error where nobody reads any more."""
    with contextlib.suppress(OSError):
        os.write(1, f"\n{line}\n".encode())


def web_address(host: str, port: int) -> str:
    """Where this machine's browser finds the server, whatever address it is bound to."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def page_address(address: str, token: str | None) -> str:
    return address if token is None else f"{address}/?token={token}"


def can_show_a_browser() -> bool:
    """Not over SSH, where it would open elsewhere or as text, and not without a screen."""
    environment = os.environ
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY") or environment.get("CI"):
        return False
    return sys.platform == "darwin" or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
