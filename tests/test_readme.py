"""What the README tells people to type works as it stands there."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend.settings import REPOSITORY
from tests.scripts.servers import RunningServer

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("readme")
    command: list[str | Path] = [sys.executable, "-m", "backend", "--home", folder / "home", "--port", "0"]
    server = RunningServer([*command, "--no-browser"], folder / "server.log", folder=REPOSITORY)
    yield server.address()
    server.end()


def block(language: str, address: str) -> str:
    """The only code block in that language, for a server elsewhere."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0].replace("http://127.0.0.1:8000", address)


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout


def test_the_call_in_curl_starts_a_run(address: str) -> None:
    assert '"adapter_name":"from-curl"' in run("bash", "-c", block("bash", address))


def test_the_call_that_brings_data_makes_a_data_set(address: str, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("question,answer\nWho?,I.\nWhere?,Here.\n")
    job = json.loads(run("bash", "-c", f"cd {tmp_path} && {block('sh', address)}"))
    while job["state"] in ("queued", "running"):
        time.sleep(0.2)
        job = httpx.get(f"{address}/api/jobs/{job['id']}").json()
    assert job["state"] == "completed", job["reason"]
    assert httpx.get(f"{address}/api/datasets/answers").json()["rows"] == {"train": 2}


def test_the_call_in_python_trains_and_asks(address: str) -> None:
    output = run(sys.executable, "-c", block("python", address))
    assert re.match(r"(completed|early_stopped) \d\.\d+\n.+", output), output


def test_the_call_of_openais_client_is_answered(address: str) -> None:
    assert run(sys.executable, "-c", block("py", address)).strip()


def test_every_file_that_it_names_is_there() -> None:
    named = re.findall(r"\]\((?!http)([^)]+)\)|`\.?/?((?:docs|scripts)/[a-z_./]*|CHANGELOG\.md|start\.sh)`", README)
    paths = [link or code for link, code in named]
    assert paths
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
