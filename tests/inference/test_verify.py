"""Verification: what it says of adapters that are live, do nothing, were edited, or are on a base that was changed."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import psutil
import pytest
import pytest_asyncio
from pydantic import BaseModel

from backend.adapters.folder import BEST, CONFIG, LATEST, checkpoint_name
from backend.adapters.identity import content_hash
from backend.inference.messages import AdapterWeights, Verify
from backend.models.digests import tensor_digests
from backend.models.fingerprint import fingerprint, tensors_in
from backend.settings import Settings
from backend.workers.inference.base import Residence
from backend.workers.inference.scheduler import Scheduler
from backend.workers.inference.verify import verify as verify_in_steps
from backend.workers.profile import read_profile
from tests.inference.conftest import TINY, Studio, running
from tests.tiny_adapters import make_adapter, read_weights
from tests.tiny_models import CONFIGS, make_model

BASES: dict[str, dict[str, Any]] = {
    "tiny": {"config": TINY},
    "other": {"config": TINY, "seed": 5},
    "four-bit": {"config": CONFIGS["qwen2"], "quantized_bits": 4},
    "experts": {"config": CONFIGS["mixtral"]},
    "four-bit-experts": {"config": CONFIGS["qwen3_moe"], "quantized_bits": 4},
    "chunked": {"config": CONFIGS["llama4"]},
}


def origin(base: Path, scale: float | None = 1.0) -> dict[str, Any]:
    """As training records it."""
    return {
        "base_model": base.name,
        "base_fingerprint": fingerprint(base),
        "session_id": "s1",
        "scale": scale,
        "base_tensors": tensor_digests(base),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    for name, how in BASES.items():
        make_model(settings.base_models / name, **how)
    return settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(home: Settings) -> Any:
    async with running(home) as studio:
        yield studio


pytestmark = pytest.mark.asyncio(loop_scope="module")


def adapter(studio: Studio, name: str, base: str = "tiny", **settings: Any) -> Path:
    """Of all modules of the base's layers, recorded as training records it."""
    folder = studio.settings.base_models / base
    scale = settings.get("scale", 1.0) if settings.get("method") != "full" else None
    keys = [module.path for module in read_profile(folder).modules if module.layer is not None]
    recorded = {"keys": keys, "provenance": origin(folder, scale), "strength": 0.1, **settings}
    return make_adapter(studio.settings.adapters / name, folder, **recorded)


async def verify(studio: Studio, adapter_name: str, model_name: str = "tiny", **settings: Any) -> dict[str, Any]:
    body = {"model_name": model_name, "adapter_name": adapter_name, **settings}
    answer = await studio.post(body, "/api/models/verify")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def edit(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def rewrite(file: Path, change: Callable[[str, mx.array], mx.array]) -> None:
    weights = {name: change(name, tensor) for name, tensor in read_weights(file).items()}
    mx.eval(weights)
    mx.save_safetensors(str(file), weights)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_a_live_adapter_is_what_mlx_lm_computes_alone_and_in_a_shared_batch(studio: Studio) -> None:
    folder = adapter(studio, "live")
    before = contents(folder)
    found = await verify(studio, "live")
    assert (found["live"], found["equals_stock"], found["equals_alone"]) == (True, True, True)
    assert (found["base_matches"], found["scale_matches"]) == (True, True)
    assert found["max_difference_to_base"] > 0.5 > 1e-3 > found["tolerance"]
    assert found["max_difference_to_stock"] <= found["tolerance"]
    assert found["max_difference_to_alone"] <= found["tolerance"]
    assert 0 < found["changed_top_tokens"] <= found["tokens"]
    assert found["first_difference"]["margin"] > found["tolerance"]
    assert found["batch_first_difference"] is None
    assert (found["adapted_modules"], found["idle_modules"], found["other_tensors"], found["notes"]) == (28, 0, [], [])
    assert found["adapter_details"]["name"] == "live"
    assert found["verdict"].startswith("live is live, and equal to what mlx_lm loads. It moves the logits by up to ")
    assert (
        "mlx_lm's own loading of the folder computes the same as this program does alone and in a shared batch"
        in (found["verdict"])
    )
    assert contents(folder) == before


async def test_an_adapter_whose_b_is_zero_does_nothing(studio: Studio) -> None:
    folder = adapter(studio, "dead")
    rewrite(folder / LATEST, lambda name, tensor: tensor * 0 if name.endswith("lora_b") else tensor)
    found = await verify(studio, "dead")
    assert (found["live"], found["max_difference_to_base"], found["changed_top_tokens"]) == (False, 0, 0)
    assert (found["equals_stock"], found["idle_modules"], found["first_difference"]) == (True, 28, None)
    places = found["tokens"]
    assert found["verdict"].startswith(
        f"dead does nothing. With it and without it the logits are the same at all {places} tokens: "
        "all 28 modules change nothing. "
    )


async def test_modules_whose_b_is_zero_are_named(studio: Studio) -> None:
    folder = adapter(studio, "part")
    dead = "model.layers.2.mlp.down_proj"
    rewrite(folder / LATEST, lambda name, tensor: tensor * 0 if name == f"{dead}.lora_b" else tensor)
    found = await verify(studio, "part", stock=False)
    assert (found["live"], found["idle_modules"], found["idle_names"]) == (True, 1, [dead])
    assert f"1 of 28 modules change nothing: {dead}." in found["notes"]


async def test_a_scale_that_was_edited_is_told(studio: Studio) -> None:
    folder = adapter(studio, "edited", scale=0.5)
    edit(folder / CONFIG, lambda config: config["lora_parameters"].update(scale=1.25))
    found = await verify(studio, "edited")
    assert (found["scale_matches"], found["live"], found["equals_stock"]) == (False, True, True)
    assert (
        "Its multiplier was changed since it was trained: adapter_config.json has the scale 1.25, "
        "and it was trained with 0.5."
    ) in found["verdict"]


async def test_a_scale_that_contradicts_alpha_is_told_where_nothing_else_is_recorded(studio: Studio) -> None:
    adapter(studio, "contradicted", alpha=8.0, rank=4, scale=1.0, provenance=None)
    found = await verify(studio, "contradicted", stock=False)
    assert (found["scale_matches"], found["base_matches"]) == (None, None)
    assert any("alpha 8 at rank 4 means 2, and scale is 1" in note for note in found["notes"])
    assert any("does not record its base model's tensors" in note for note in found["notes"])


async def test_a_base_with_one_other_bit_is_told_with_the_tensor(studio: Studio) -> None:
    base = studio.settings.base_models / "changed"
    shutil.copytree(studio.settings.base_models / "tiny", base)
    adapter(studio, "of-changed", "changed")
    changed = "model.layers.1.mlp.up_proj.weight"
    tensor = tensors_in(base / "model.safetensors")[changed]
    with (base / "model.safetensors").open("r+b") as stream:
        stream.seek((3 * tensor.begin + tensor.end) // 4 // 4 * 4)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))
    found = await verify(studio, "of-changed", "changed", stock=False)
    assert (found["base_matches"], found["other_tensors"], found["live"]) == (False, [changed], True)
    count = len(tensors_in(base / "model.safetensors"))
    assert (
        f"The base model is not the one that it was trained on: of {count} tensors 1 differs ({changed})."
        in found["verdict"]
    )


async def test_an_adapter_of_another_base_is_refused_with_both_names(studio: Studio) -> None:
    adapter(studio, "foreign", "other")
    answer = await studio.post({"model_name": "tiny", "adapter_name": "foreign"}, "/api/models/verify")
    assert (answer.status_code, answer.json()["code"]) == (400, "other_base")
    assert "other" in answer.json()["detail"] and "tiny" in answer.json()["detail"]


@pytest.mark.parametrize("wanted", ["best", 20])
async def test_best_weights_and_checkpoints_are_compared_with_mlx_lm_too(studio: Studio, wanted: str | int) -> None:
    folder = adapter(studio, "steps")
    name = BEST if wanted == "best" else checkpoint_name(20)
    shutil.copy(folder / LATEST, folder / name)
    rewrite(folder / name, lambda name, tensor: tensor * 0.5)
    before = contents(folder)
    latest = await verify(studio, "steps", adapter_file="latest", stock=False)
    found = await verify(studio, "steps", adapter_file=wanted)
    assert (found["live"], found["equals_stock"], found["equals_alone"]) == (True, True, True)
    assert found["max_difference_to_base"] != latest["max_difference_to_base"]
    assert contents(folder) == before


async def test_another_multiplier_is_compared_with_mlx_lm_at_the_same(studio: Studio) -> None:
    adapter(studio, "louder")
    found = await verify(studio, "louder", adapter_scale=2.5)
    assert (found["live"], found["equals_stock"], found["scale_matches"]) == (True, True, True)
    assert found["adapter_details"]["scale"] == 2.5


@pytest.mark.parametrize("base", ["four-bit", "experts", "four-bit-experts"])
async def test_every_kind_of_base_is_compared(studio: Studio, base: str) -> None:
    adapter(studio, f"of-{base}", base)
    found = await verify(studio, f"of-{base}", base)
    assert (found["live"], found["equals_stock"], found["equals_alone"], found["base_matches"]) == (True,) * 4


@pytest.mark.parametrize(("method", "word"), [("dora", "DoRA"), ("full", "whole weights")])
async def test_what_cannot_share_a_batch_is_compared_alone(studio: Studio, method: str, word: str) -> None:
    adapter(studio, method, method=method)
    found = await verify(studio, method)
    assert (found["live"], found["equals_stock"], found["equals_alone"]) == (True, True, None)
    assert found["max_difference_to_alone"] is None
    assert any(word in note and "one after another" in note for note in found["notes"])


async def test_whole_weights_that_are_the_bases_own_do_nothing(studio: Studio) -> None:
    folder = adapter(studio, "copied", method="full")
    own = read_weights(studio.settings.base_models / "tiny" / "model.safetensors")
    rewrite(folder / LATEST, lambda name, _: own[name])
    found = await verify(studio, "copied", stock=False)
    assert (found["live"], found["max_difference_to_base"]) == (False, 0)
    assert found["idle_modules"] == found["adapted_modules"]


async def test_dora_without_any_b_does_nothing_but_round(studio: Studio) -> None:
    """Its magnitudes are the base's own norms, computed in another order than in the file."""
    folder = adapter(studio, "idle-dora", method="dora")
    base = read_weights(studio.settings.base_models / "tiny" / "model.safetensors")

    def untrained(name: str, tensor: mx.array) -> mx.array:
        if name.endswith(".m"):
            return mx.linalg.norm(base[name.removesuffix(".m") + ".weight"], axis=1) * (1 + 1e-6)
        return tensor * 0 if name.endswith("lora_b") else tensor

    rewrite(folder / LATEST, untrained)
    found = await verify(studio, "idle-dora", stock=False)
    assert 0 < found["max_difference_to_base"] < found["tolerance"]
    assert (found["live"], found["idle_modules"]) == (False, 28)
    assert "idle-dora does nothing. It moves the logits by no more than rounding does" in found["verdict"]


async def test_a_model_whose_rows_cannot_share_a_batch_is_compared_alone(studio: Studio) -> None:
    adapter(studio, "of-chunked", "chunked")
    found = await verify(studio, "of-chunked", "chunked")
    assert (found["live"], found["equals_stock"], found["equals_alone"]) == (True, True, None)
    assert any("ChunkedKVCache" in note for note in found["notes"])


async def test_where_mlx_lm_cannot_load_the_folder_it_is_said_why(studio: Studio) -> None:
    folder = adapter(studio, "early")

    def early(config: dict[str, Any]) -> None:
        config["lora_layers"] = config.pop("num_layers")

    edit(folder / CONFIG, early)
    found = await verify(studio, "early")
    assert (found["live"], found["equals_stock"], found["max_difference_to_stock"]) == (True, None, None)
    assert any("today's needs num_layers" in note for note in found["notes"])
    (folder / CONFIG).unlink()
    found = await verify(studio, "early", adapter_scale=1.0)
    assert (found["live"], found["equals_stock"]) == (True, None)
    assert "mlx_lm cannot load this folder: There is no adapter_config.json." in found["notes"]


async def test_what_mlx_lm_itself_refuses_is_given_in_its_words(studio: Studio) -> None:
    folder = adapter(studio, "unread")
    edit(folder / CONFIG, lambda config: config["lora_parameters"].pop("rank"))
    found = await verify(studio, "unread")
    assert (found["live"], found["equals_stock"]) == (True, None)
    assert "mlx_lm cannot load this folder: KeyError: 'rank'" in found["notes"]


async def test_of_a_long_text_the_beginning_is_compared(studio: Studio) -> None:
    adapter(studio, "live")
    found = await verify(studio, "live", text="word " * 100, stock=False)
    assert found["tokens"] == 256 + 16
    assert "Of the text's 500 tokens the first 256 were compared." in found["notes"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"text": " "}, "The text is empty"), ({"adapter_name": "no"}, "There is no adapter named 'no'")],
)
async def test_what_cannot_be_compared_is_refused(studio: Studio, settings: dict[str, Any], sentence: str) -> None:
    adapter(studio, "live")
    answer = await studio.post({"model_name": "tiny", "adapter_name": "live", **settings}, "/api/models/verify")
    assert answer.status_code in (400, 404)
    assert sentence in answer.json()["detail"]


async def test_answers_after_a_verification_are_those_before_it(studio: Studio) -> None:
    adapter(studio, "live")
    before = [await studio.text("live"), await studio.text()]
    await verify(studio, "live", stock=False)
    assert [await studio.text("live"), await studio.text()] == before


async def test_mlx_lms_own_process_ends_with_the_caller(studio: Studio) -> None:
    adapter(studio, "live")
    asking = asyncio.create_task(verify(studio, "live"))
    stock = await stock_process()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await ended(stock)
    assert (await verify(studio, "live"))["equals_stock"] is True


async def test_mlx_lms_own_process_ends_where_a_training_run_needs_the_memory(studio: Studio) -> None:
    adapter(studio, "live")
    body = {"model_name": "tiny", "adapter_name": "live"}
    asking = asyncio.create_task(studio.post(body, "/api/models/verify"))
    stock = await stock_process()
    await studio.manager.unload("a training run needs the memory")
    answer = await asking
    await ended(stock)
    assert answer.status_code == 503
    assert answer.json()["detail"] == (
        "The verification was interrupted, because a training run needs the memory. Ask again."
    )


async def test_a_process_of_mlx_lm_that_is_killed_is_told_in_words(studio: Studio) -> None:
    adapter(studio, "live")
    asking = asyncio.create_task(verify(studio, "live"))
    (await stock_process()).kill()
    found = await asking
    assert (found["live"], found["equals_stock"]) == (True, None)
    assert any("most likely because memory ran out" in note for note in found["notes"])


async def stock_process() -> psutil.Process:
    """Of mlx_lm, halted: it does not end by itself."""
    while True:
        for process in psutil.Process().children(recursive=True):
            if any("stock_logits" in part for part in process.cmdline()):
                process.suspend()
                return process
        await asyncio.sleep(0.01)


async def ended(process: psutil.Process) -> None:
    for _ in range(500):
        if not process.is_running():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("mlx_lm's own process still runs")


class Replies:
    """What a scheduler answers, by its kind."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Any]] = []

    def event(self, identifier: int, event: BaseModel) -> None:
        self.all.append(("event", event))

    def result(self, identifier: int, result: BaseModel) -> None:
        self.all.append(("result", result))

    def error(self, identifier: int, error: Exception) -> None:
        self.all.append(("error", error))


@pytest.mark.parametrize("steps", [10, 25, 45])
async def test_a_comparison_given_up_at_any_step_leaves_the_bare_base(studio: Studio, steps: int) -> None:
    """Alone, without, and in the shared batch: each takes 17 steps."""
    file = adapter(studio, "live") / LATEST
    base = studio.settings.base_models / "tiny"
    residence, replies = Residence(), Replies()
    scheduler = Scheduler(replies, residence)
    model = residence.load(base).adapted.model
    prompt = mx.array([[1, 40, 3, 200]])
    before, modules = model(prompt).tolist(), dict(model.named_modules())
    weights = AdapterWeights(file=file, scale=1.0, content_hash=content_hash(file))
    request = Verify(model_folder=base, adapter=weights, text="word " * 9, logits_file=None)
    scheduler.ask(1, lambda residence: verify_in_steps(residence, request))
    for _ in range(steps):
        scheduler.step()
    assert (dict(model.named_modules()) == modules) == (steps == 25)
    scheduler.cancel(1)
    assert [(kind, getattr(it, "code", None)) for kind, it in replies.all] == [("error", "cancelled")]
    assert scheduler.is_idle
    assert model(prompt).tolist() == before
    assert dict(model.named_modules()) == modules
