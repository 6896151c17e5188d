"""The server takes its port, says what it cannot do in words, and opens the browser only where that helps."""

import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.serve import FIRST_PORT, bind
from tests.scripts.machines import REPOSITORY
from tests.scripts.servers import RunningServer

Start = Callable[..., RunningServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[RunningServer] = []

    def start_server(
        *options: str | Path, home: str = "home", through: tuple[str, ...] = (), **environment: str
    ) -> RunningServer:
        command = [*through, sys.executable, "-m", "backend", "--home", tmp_path / home, *options]
        server = RunningServer(command, tmp_path / f"output-{len(running)}", folder=REPOSITORY, **environment)
        running.append(server)
        return server

    yield start_server
    for server in running:
        server.end()


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program has, on every address of this machine."""
    with socket.create_server(("0.0.0.0", 0)) as other:
        yield other.getsockname()[1]


def test_it_answers_where_it_says_it_does(start: Start) -> None:
    server = start("--no-browser", "--port", "0")
    assert '"version"' in server.get("/api/health")
    assert "Ctrl-C ends it." in server.output


def test_an_asked_for_port_that_is_taken_is_said_and_ends_it(start: Start, taken_port: int, tmp_path: Path) -> None:
    server = start("--no-browser", "--port", str(taken_port))
    assert server.process.wait(timeout=30) == 1
    assert server.output == (
        f"\nPort {taken_port} is taken by another program. Choose another one with --port, "
        "or leave --port out and the next free one is taken.\n"
    )
    assert not (tmp_path / "home").exists()


def test_the_port_of_the_environment_is_an_asked_for_port(start: Start, taken_port: int) -> None:
    server = start("--no-browser", DROID_PORT=str(taken_port))
    assert server.process.wait(timeout=30) == 1
    assert f"Port {taken_port} is taken" in server.output


def test_without_an_asked_for_port_the_next_free_one_is_taken() -> None:
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        taken, next_free = first.getsockname()[1], second.getsockname()[1]
    assert FIRST_PORT <= taken < next_free


def test_a_program_on_every_address_takes_the_port_too(monkeypatch: pytest.MonkeyPatch, taken_port: int) -> None:
    monkeypatch.setattr("backend.serve.FIRST_PORT", taken_port)
    with bind("127.0.0.1", None) as listener:
        assert listener.getsockname()[1] != taken_port


@pytest.mark.parametrize(
    ("options", "environment", "sentence"),
    [
        (["--port", "99999"], {}, "99999 is no port: choose one from 1 to 65535, or leave --port out."),
        (["--port", "many"], {}, "'many' is no port:"),
        ([], {"DROID_PORT": "many"}, "'many' is no port:"),
        (
            ["--port", "0"],
            {"DROID_HOST": "no.such.host.invalid", "DROID_TOKEN": "x"},
            "'no.such.host.invalid' is no address",
        ),
        (["--port", "0"], {"DROID_HOST": "192.0.2.1", "DROID_TOKEN": "x"}, "Cannot listen on 192.0.2.1"),
        (["--port", "0"], {"DROID_HOST": "0.0.0.0"}, "With DROID_HOST=0.0.0.0 other machines can use this server"),
    ],
)
def test_what_cannot_be_listened_on_is_said_in_a_sentence(
    start: Start, options: list[str], environment: dict[str, str], sentence: str
) -> None:
    server = start("--no-browser", *options, **environment)
    assert server.process.wait(timeout=30) == 1
    assert sentence in server.output
    assert "Traceback" not in server.output


def test_a_second_server_for_one_home_is_sent_to_the_first(start: Start, tmp_path: Path) -> None:
    first = start("--no-browser", "--port", "0")
    address = first.address()
    second = start("--no-browser", "--port", "0")
    assert second.process.wait(timeout=30) == 1
    assert second.output == (
        f"\nA server for {tmp_path / 'home'} already runs at {address}. "
        "Use it there, or choose another home with --home.\n"
    )
    assert first.process.poll() is None


def test_two_homes_have_two_servers(start: Start) -> None:
    one, other = start("--no-browser", home="one"), start("--no-browser", home="other")
    assert one.address() != other.address()
    assert one.get("/api/health") and other.get("/api/health")


def test_under_nohup_it_outlives_its_terminal(start: Start) -> None:
    server = start("--no-browser", "--port", "0", through=("nohup",))
    address = server.address()
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert server.address() == address
    assert '"version"' in server.get("/api/health")


def test_the_token_is_in_the_address_that_it_prints(start: Start) -> None:
    server = start("--no-browser", "--port", "0", DROID_TOKEN="open-sesame")
    assert server.address().endswith("/?token=open-sesame")


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that fetches the page's data as soon as it is opened, and keeps what it got."""
    program = tmp_path / "browser"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, urllib.request\n"
        "answer = urllib.request.urlopen(sys.argv[1] + '/api/health')\n"
        f"open({str(tmp_path / 'opened')!r}, 'w').write(f'{{answer.status}} {{sys.argv[1]}}')\n"
    )
    program.chmod(0o755)
    return program


def environment_of_a_desktop(browser: Path, **more: str) -> dict[str, str]:
    empty = dict.fromkeys(("CI", "SSH_CONNECTION", "SSH_TTY", "WAYLAND_DISPLAY"), "")
    return {**empty, "DISPLAY": ":0", "BROWSER": f"{browser} %s", **more}


def test_the_browser_opens_when_the_server_answers(start: Start, browser: Path, tmp_path: Path) -> None:
    server = start("--port", "0", **environment_of_a_desktop(browser))
    address = server.address()
    deadline = time.monotonic() + 20
    while not (tmp_path / "opened").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)
    assert (tmp_path / "opened").read_text() == f"200 {address}"


@pytest.mark.parametrize(
    ("option", "environment"),
    [(["--no-browser"], {}), ([], {"SSH_CONNECTION": "192.0.2.7 50000 192.0.2.8 22"}), ([], {"DISPLAY": ""})],
)
def test_the_browser_stays_closed_where_it_would_not_help(
    start: Start, browser: Path, tmp_path: Path, option: list[str], environment: dict[str, str]
) -> None:
    server = start("--port", "0", *option, **environment_of_a_desktop(browser, **environment))
    server.get("/api/health")
    time.sleep(0.5)
    assert not (tmp_path / "opened").exists()
