"""A home with the starter model, and the addresses of votes on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.models.library import ModelLibrary
from backend.problems import answer_problems
from backend.settings import REPOSITORY, Settings
from backend.votes.library import VoteLibrary
from backend.votes.routes import router

MODEL = "droid-starter"
BASE: dict[str, Any] = {"type": "none", "text": "From the base.", "finish_reason": "stop"}


def adapter(name: str, text: str, content_hash: str, **changes: Any) -> dict[str, Any]:
    said = {"text": text, "finish_reason": "stop", "content_hash": content_hash, "scale": 1.0}
    return {"adapter_name": name, "type": "best", **said, **changes}


VOICE = adapter("voice", "Over.", "aa" * 32)
OTHER = adapter("other", "Roger.", "bb" * 32)


@dataclass
class Ballots:
    """Votes through the API. `cast` takes the candidates and the outcome, and what else differs from a plain round."""

    settings: Settings
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        self.app.state.settings = self.settings
        self.app.state.votes = VoteLibrary(self.settings, ModelLibrary(self.settings))
        self.app.include_router(router, prefix="/api")
        answer_problems(self.app)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://studio")

    @property
    def log(self) -> Path:
        return self.settings.artifacts / "votes" / f"{MODEL}.jsonl"

    async def post(self, **changes: Any) -> httpx.Response:
        return await self.client.post("/api/votes", json=ballot(**changes))

    async def cast(self, candidates: list[dict[str, Any]], outcome: int | str, **changes: Any) -> dict[str, Any]:
        answer = await self.post(candidates=candidates, order=list(range(len(candidates))), outcome=outcome, **changes)
        assert answer.status_code == 201, answer.text
        kept: dict[str, Any] = answer.json()
        return kept

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(f"/api/votes{path}", params={"model": MODEL, **params})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def preferences(self, **params: Any) -> httpx.Response:
        return await self.client.get("/api/votes/preferences", params={"model": MODEL, **params})


def ballot(**changes: Any) -> dict[str, Any]:
    plain = {
        "model": MODEL,
        "base_fingerprint": "f0" * 32,
        "prompt": "Who are you?",
        "sampling": {"temperature": 0.5, "seed": 7},
        "candidates": [BASE, VOICE],
        "order": [1, 0],
        "outcome": 1,
    }
    return {**plain, **changes}


@pytest.fixture
def ballots(tmp_path: Path) -> Ballots:
    settings = Settings(home=tmp_path)
    settings.base_models.mkdir(parents=True)
    (settings.base_models / MODEL).symlink_to(REPOSITORY / "artifacts" / "base_model" / MODEL)
    return Ballots(settings)
