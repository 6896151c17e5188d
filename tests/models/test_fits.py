"""Whether a model fits this machine: the estimate against what a pre-flight measures, and its words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backend.lora.fit import ModelSize, loading_bytes, needed_bytes
from backend.models import fits as verdicts
from backend.models.config import quantization_bits, read_config
from backend.models.facts import read_tensors
from backend.models.fingerprint import Tensor
from backend.models.fits import cached_features, fit, fits, loaded_bytes
from backend.settings import REPOSITORY, Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.preflight.measuring import Preflight
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model

STARTER = REPOSITORY / "artifacts" / "base_model" / "droid-starter"
SIZE = ModelSize(
    weight_bytes=4_000_000_000,
    loading_bytes=5_000_000_000,
    quantised_bytes=560_000_000,
    layers=24,
    hidden=1024,
    widest=4096,
    cached_features=24 * 2 * 256,
    vocabulary=50_000,
    adapter_parameters=20_000_000,
    float_bytes=4,
    context=None,
)


def test_the_estimate_is_the_sum_that_its_formula_says() -> None:
    lora = 4e9 + 16 * 20e6 + 2048 * 24 * 1024 * 4 + 2048 * (48 * 1024 + 32 * 4096) * 4 + 3 * 256 * 50_000 * 4 + 150e6
    assert needed_bytes(SIZE, "lora") == lora
    assert needed_bytes(SIZE, "qlora") == lora - 4e9 + 560e6
    answering = 4e9 + 24 * 2 * 256 * 4 * 4096 + (4 * 1024 + 3 * 4096) * 4 * 2048 + 50_000 * 4
    assert needed_bytes(SIZE, "inference") == max(5e9, answering) + 150e6


def test_a_short_context_needs_less() -> None:
    short = needed_bytes(replace(SIZE, context=512), "qlora")
    assert needed_bytes(SIZE, "qlora") - short == 1536 * (24 * 1024 * 4 + (48 * 1024 + 32 * 4096) * 4)


@pytest.mark.parametrize(
    ("memory", "verdict", "words"),
    [
        (20e9, "fits", "It fits: LoRA on rows of 2,048 tokens takes about 6.3 GB of 20.0 GB."),
        (7e9, "tight", "It is tight: LoRA on rows of 2,048 tokens takes about 6.3 GB of 7.0 GB."),
        (4e9, "too_large", "It is too large: LoRA on rows of 2,048 tokens takes about 6.3 GB of 4.0 GB."),
    ],
)
def test_the_verdict_compares_with_the_machines_memory(memory: float, verdict: str, words: str) -> None:
    found = fit(SIZE, "lora", int(memory))
    assert (found.verdict, found.sentence, found.needed_bytes) == (verdict, words, needed_bytes(SIZE, "lora"))


def test_qlora_on_a_plain_base_says_that_it_is_to_be_quantised_first() -> None:
    plain, quantised = (fit(SIZE, "qlora", int(20e9), quantised=it).sentence for it in (False, True))
    assert plain == (
        "It fits: QLoRA on rows of 2,048 tokens, once it is quantised to 4 bits, takes about 2.9 GB of 20.0 GB."
    )
    assert quantised == "It fits: QLoRA on rows of 2,048 tokens takes about 2.9 GB of 20.0 GB."


def test_a_quantised_base_trains_with_qlora_alone(tmp_path: Path) -> None:
    uses = {}
    for bits in (None, 4):
        folder = make_model(tmp_path / str(bits), CONFIGS["qwen2"], quantized_bits=bits)
        uses[bits] = [found.use for found in fits(folder, read_config(folder), read_profile(folder))]
    assert uses == {None: ["inference", "lora", "qlora"], 4: ["inference", "qlora"]}


@pytest.mark.parametrize("model_type", sorted(CONFIGS))
def test_every_architecture_gets_an_estimate(model_type: str, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", CONFIGS[model_type])
    for found in fits(folder, read_config(folder), read_profile(folder)):
        assert found.verdict == "fits"


def test_weights_count_as_wide_as_they_are_computed_with() -> None:
    tensors = read_tensors(STARTER)
    assert loaded_bytes(tensors, 4, {}) == 4 * 1_969_088
    assert loaded_bytes(tensors, 2, {}) == 2 * 1_969_088
    assert (loading_bytes(200, 400), loading_bytes(400, 400)) == (500, 400)
    assert cached_features(json.loads((STARTER / "config.json").read_text())) == 2 * 4 * 2 * 32


@pytest.mark.parametrize("dtype", ["F8_E4M3", "F8_E5M2"])
def test_8_bit_floats_count_as_mlx_lm_unpacks_them(dtype: str) -> None:
    tensors = {"weight": Tensor(Path("model.safetensors"), dtype, (10, 10), 0, 100)}
    usual = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    packed = {"quant_method": "fp8", "scale_fmt": "ue8m0", "weight_block_size": [32, 32]}
    found = [
        (loaded_bytes(tensors, computed, {"quantization_config": it}), quantization_bits({"quantization_config": it}))
        for it in (usual, packed)
        for computed in (2, 4)
    ]
    assert found == [(200, None), (400, None), (100, 8), (100, 8)]
    scales = {"mlp.weight_scale": tensors["weight"]}
    assert loaded_bytes(scales, 4, {}) == 100, "of weights of four bits"


@pytest.mark.serial
async def test_the_estimate_is_near_what_a_preflight_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a factor of one and a half, on the starter with rows as long as it takes."""
    settings = Settings(home=tmp_path / "home")
    data = settings.datasets / "long" / "train.jsonl"
    data.parent.mkdir(parents=True)
    data.write_text(json.dumps({"text": "The lamp of Saltmere. " * 500}) + "\n" + '{"text": "Hello."}\n')
    manager = TrainingManager(settings)

    async def nothing() -> None:
        pass

    config = TrainingConfig(model_path=str(STARTER), train_data_path="long", iterations=4, max_seq_length=1024)
    result = await Preflight(manager.planner, lambda: False, nothing).measure(config)
    await manager.close()
    release_home(settings)
    monkeypatch.setattr(verdicts, "float_bytes", lambda: 4)
    (lora,) = [it for it in fits(STARTER, read_config(STARTER), read_profile(STARTER)) if it.use == "lora"]
    assert result.peak_memory_bytes is not None
    assert 1 / 1.5 < lora.needed_bytes / result.peak_memory_bytes.likely < 1.5
