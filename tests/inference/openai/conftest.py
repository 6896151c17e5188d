"""A real server on a home with small models and adapters, and OpenAI's own client to ask it with."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from openai import OpenAI

from backend.models.fingerprint import fingerprint
from backend.settings import REPOSITORY, Settings
from tests.scripts.servers import RunningServer
from tests.tiny_adapters import make_adapter
from tests.tiny_models import CHATML, CONFIGS, make_model

TINY = {**CONFIGS["qwen2"], "num_hidden_layers": 4, "tie_word_embeddings": False}
STEP = 10
THINKING = CHATML.replace("assistant\n' }}", "assistant\n<think>\n' }}")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Models tiny, other, endless, thinker, plain (no chat template).

    Adapters one (with a checkpoint of STEP) and two of tiny; alien of a model that is elsewhere; stray tells of none.
    """
    settings = Settings(home=tmp_path_factory.mktemp("openai"))
    tiny = make_model(settings.base_models / "tiny", TINY)
    make_model(settings.base_models / "other", TINY, seed=5)
    make_model(settings.base_models / "endless", {**TINY, "max_position_embeddings": 1_000_000})
    make_model(settings.base_models / "thinker", TINY, chat_template=THINKING, seed=9)
    make_model(settings.base_models / "plain", TINY, chat_template=None, seed=11)
    origin = {"base_model": "tiny", "base_fingerprint": fingerprint(tiny), "session_id": "s1"}
    for seed, name in enumerate(("one", "two"), start=1):
        make_adapter(settings.adapters / name, tiny, seed=seed, provenance=origin)
    earlier = make_adapter(settings.home / "earlier", tiny, seed=7)
    shutil.copy(earlier / "adapters.safetensors", settings.adapters / "one" / f"{STEP:07d}_adapters.safetensors")
    make_adapter(settings.adapters / "alien", settings.base_models / "other", provenance={"base_model": "elsewhere"})
    stray = make_adapter(settings.adapters / "stray", tiny) / "adapter_config.json"
    stray.write_text(json.dumps({**json.loads(stray.read_text()), "model": None}))
    return settings


class Studio:
    """A running server. `text` asks its own call, greedy unless told otherwise."""

    def __init__(self, server: RunningServer) -> None:
        self.address = server.address().partition("/?token=")[0].removesuffix("/")
        self.family = server.family

    def call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.address + path, data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def answer(self, adapter: str | None = None, **settings: Any) -> dict[str, Any]:
        defaults = {"model_name": "tiny", "prompt": "Hello there", "max_tokens": 24, "temperature": 0}
        answer: dict[str, Any] = self.call("/api/models/inference", {**defaults, "adapter_name": adapter, **settings})
        return answer

    def text(self, adapter: str | None = None, **settings: Any) -> str:
        return str(self.answer(adapter, **settings)["response"])

    def client(self, api_key: str = "anything") -> OpenAI:
        return OpenAI(base_url=f"{self.address}/v1", api_key=api_key, max_retries=0, timeout=60)


def serve(home: Path, log: Path, **environment: str) -> RunningServer:
    command: list[str | Path] = [sys.executable, "-m", "backend", "--home", home, "--port", "0", "--no-browser"]
    return RunningServer(command, log, folder=REPOSITORY, **environment)


@pytest.fixture(scope="session")
def studio(home: Settings) -> Iterator[Studio]:
    server = serve(home.home, home.home / "server.log")
    yield Studio(server)
    server.end()


@pytest.fixture(scope="session")
def client(studio: Studio) -> OpenAI:
    return studio.client()
