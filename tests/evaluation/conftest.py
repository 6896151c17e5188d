"""A home with tiny models, adapters and held-out data, and evaluations of them by the real worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.library import AdapterLibrary
from backend.datasets.library import DatasetLibrary
from backend.evaluation.manager import KIND, EvaluationManager
from backend.evaluation.schemas import EvaluatedAdapter, EvaluatedExample, Evaluation, EvaluationRequest
from backend.inference.choosing import Chooser
from backend.jobs.manager import JobManager
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.settings import Settings
from tests.tiny_adapters import make_adapter
from tests.tiny_models import CONFIGS, make_model

TINY = {**CONFIGS["qwen2"], "num_hidden_layers": 2, "max_position_embeddings": 512}


def chat(number: int, answer: str) -> dict[str, Any]:
    question = {"role": "user", "content": f"What is {number} and {number % 7}?"}
    return {"messages": [question, {"role": "assistant", "content": answer}]}


def write_rows(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Models tiny and other; adapters one, two, zero, dora, whole of tiny; data sums, story, and many for long work."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    tiny = make_model(settings.base_models / "tiny", TINY)
    make_model(settings.base_models / "other", TINY, seed=5)
    make_adapter(settings.adapters / "one", tiny, seed=1)
    make_adapter(settings.adapters / "two", tiny, seed=2, strength=0.1)
    make_adapter(settings.adapters / "zero", tiny, seed=3, strength=0.0)
    make_adapter(settings.adapters / "dora", tiny, seed=4, method="dora")
    make_adapter(settings.adapters / "whole", tiny, seed=5, method="full")
    (settings.adapters / "one" / "0000020_adapters.safetensors").write_bytes(
        (settings.adapters / "two" / "adapters.safetensors").read_bytes()
    )
    sums = [chat(number, f"It is {number + number % 7}" + "!" * (number % 11)) for number in range(12)]
    for split in ("train", "valid", "test"):
        write_rows(settings.datasets / "sums" / f"{split}.jsonl", sums if split == "test" else sums[:3])
    write_rows(settings.datasets / "story" / "train.jsonl", [{"text": "Once upon a time."}])
    write_rows(settings.datasets / "story" / "test.jsonl", [{"text": f"Once there were {it} cats."} for it in range(6)])
    many = [chat(number, f"It is {number}. " * 12) for number in range(1500)]
    write_rows(settings.datasets / "many" / "train.jsonl", many[:3])
    write_rows(settings.datasets / "many" / "test.jsonl", many)
    return settings


class Lab:
    """Evaluations on a home; `unloads` are the reasons for which the model that answers had to go."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.in_the_way: str | None = None
        self.unloads: list[str] = []
        self.inspector = Inspector(settings.logs / "inspector.log")
        chooser = Chooser(ModelLibrary(settings), self.inspector, AdapterLibrary(settings))

        async def unload(why: str) -> None:
            self.unloads.append(why)

        self.jobs = JobManager(settings)
        self.manager = EvaluationManager(
            self.jobs, DatasetLibrary(settings), chooser.choose, unload, lambda: self.in_the_way
        )
        self.jobs.start()

    async def start(self, *adapters: str, **changes: Any) -> str:
        named = [EvaluatedAdapter(adapter_name=it) for it in adapters]
        few: dict[str, Any] = {"model_name": "tiny", "data": "sums", "adapters": named, "general": False}
        return (await self.manager.start(EvaluationRequest(**(few | changes)))).job.id

    async def until(self, evaluation_id: str, holds: Callable[[Evaluation], bool]) -> Evaluation:
        async with asyncio.timeout(120):
            while not holds(evaluation := self.manager.get(evaluation_id)):
                await asyncio.sleep(0.05)
        return evaluation

    async def ended(self, evaluation_id: str) -> Evaluation:
        return await self.until(evaluation_id, lambda it: it.job.finished_at is not None)

    async def measure(self, *adapters: str, **changes: Any) -> tuple[Evaluation, list[EvaluatedExample]]:
        evaluation = await self.ended(await self.start(*adapters, **changes))
        assert evaluation.job.state == "completed", evaluation.job.reason
        return evaluation, self.manager.examples(evaluation.job.id)

    async def close(self) -> None:
        await self.jobs.close()
        await self.inspector.close()


@pytest.fixture
async def lab(home: Settings) -> AsyncIterator[Lab]:
    lab = Lab(home)
    yield lab
    for job in lab.jobs.jobs(KIND):
        if job.finished_at is None:
            lab.jobs.cancel(job.id)
    await lab.close()
