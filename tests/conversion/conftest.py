"""A home with models and held-out data, and conversions of them by the real worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.datasets.library import DatasetLibrary
from backend.evaluation.samples import find_sample
from backend.jobs.manager import JobManager
from backend.models.conversion.manager import KIND, ConversionManager
from backend.models.conversion.schemas import Conversion, ConversionEstimate, ConversionRequest
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.origin import Origin, write_origin
from backend.settings import Settings
from tests.evaluation.conftest import chat, write_rows
from tests.tiny_models import CHATML, CONFIGS, config, make_model

EIGHT_LAYERS = config("llama", intermediate_size=128, num_hidden_layers=8, tie_word_embeddings=False)
"""As few as the mixed recipes tell apart, and all widths fill groups of 64."""
LARGE = config(
    "llama", hidden_size=1024, intermediate_size=2048, num_hidden_layers=5, num_attention_heads=8,
    num_key_value_heads=8, head_dim=128,
)  # fmt: skip
"""Takes seconds to quantise."""

TALE = "Once there were three cats, and each of them had a house of its own."


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Models tiny, packed, layers, large; data sums (test rows), tale (one validation row), story (neither)."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.logs.mkdir(parents=True)
    tiny = make_model(settings.base_models / "tiny")
    (tiny / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n")
    (tiny / "LICENSE").write_text("You may.\n")
    (tiny / "chat_template.jinja").write_text(CHATML)
    write_origin(tiny, Origin(repo_id="org/tiny", revision="c0ffee", files={}))
    (tiny / "training_args.bin").write_bytes(b"not ours")
    make_model(settings.base_models / "packed", quantized_bits=4)
    make_model(settings.base_models / "layers", EIGHT_LAYERS)
    make_model(settings.base_models / "large", LARGE)
    make_model(settings.base_models / "gpt", CONFIGS["gpt2"])
    sums = [chat(number, f"It is {number + number % 7}" + "!" * (number % 11)) for number in range(80)]
    for split in ("train", "valid", "test"):
        write_rows(settings.datasets / "sums" / f"{split}.jsonl", sums if split == "test" else sums[:3])
    write_rows(settings.datasets / "story" / "train.jsonl", [{"text": "Once upon a time."}])
    for split in ("train", "valid"):
        write_rows(settings.datasets / "tale" / f"{split}.jsonl", [{"text": TALE}])
    return settings


class Lab:
    """Conversions on a home; `unloads` are the reasons for which the model that answers had to go."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.in_the_way: str | None = None
        self.unloads: list[str] = []
        self.inspector = Inspector(settings.logs / "inspector.log")

        async def unload(why: str) -> None:
            self.unloads.append(why)

        self.jobs = JobManager(settings)
        self.manager = ConversionManager(
            settings,
            self.jobs,
            ModelLibrary(settings),
            self.inspector,
            partial(find_sample, DatasetLibrary(settings)),
            unload,
            lambda: self.in_the_way,
        )
        self.jobs.start()

    def folder(self, name: str) -> Path:
        return self.settings.base_models / name

    def hidden(self) -> list[str]:
        """What lies half made beside the models."""
        return [folder.name for folder in self.settings.base_models.glob(".*")]

    async def start(self, name: str, **recipe: Any) -> str:
        return (await self.manager.start(asked(name, **recipe))).id

    async def estimate(self, name: str = "new", **recipe: Any) -> ConversionEstimate:
        return await self.manager.estimate(asked(name, **recipe))

    async def until(self, job_id: str, holds: Callable[[Conversion], bool]) -> Conversion:
        async with asyncio.timeout(200):
            while not holds(conversion := self.manager.get(job_id)):
                await asyncio.sleep(0.01)
        return conversion

    async def ended(self, job_id: str) -> Conversion:
        return await self.until(job_id, lambda it: it.job.finished_at is not None)

    async def convert(self, name: str, **recipe: Any) -> Conversion:
        conversion = await self.ended(await self.start(name, **recipe))
        assert conversion.job.state == "completed", conversion.job.reason
        return conversion

    async def close(self) -> None:
        await self.jobs.close()
        await self.inspector.close()


def asked(name: str, **changes: Any) -> ConversionRequest:
    usual: dict[str, Any] = {"model_name": "tiny", "name": name, "measure_on": "sums", "group_size": 32}
    return ConversionRequest(**(usual | changes))


@pytest.fixture
async def lab(home: Settings) -> AsyncIterator[Lab]:
    lab = Lab(home)
    yield lab
    for job in lab.jobs.jobs(KIND):
        if job.finished_at is None:
            lab.jobs.cancel(job.id)
    await lab.close()
