"""Adapters of DoRA and of full fine-tuning: which fit a base model, and what is said about those that do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.adapters.description import Fit
from backend.adapters.folder import read_record
from backend.adapters.library import AdapterLibrary
from backend.adapters.tensors import Tensor, read_tensors
from backend.adapters.validation import check_fit
from backend.errors import AppError
from backend.lora.methods import Method
from backend.lora.profile import ModelProfile
from backend.settings import Settings
from backend.workers.profile import read_profile
from tests.tiny_adapters import ATTENTION, SEVEN, make_adapter, read_weights
from tests.tiny_configs import every_config
from tests.tiny_models import CONFIGS, make_model

UP = "model.layers.0.mlp.up_proj"


def fit(folder: Path, profile: ModelProfile, scale: float | None = None) -> Fit:
    return check_fit(read_record(folder), read_tensors(folder / "adapters.safetensors"), profile, scale)


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def change_weights(folder: Path, change: Callable[[dict[str, mx.array]], Any]) -> None:
    weights = read_weights(folder / "adapters.safetensors")
    change(weights)
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)


def refused(folder: Path, profile: ModelProfile, scale: float | None = None) -> str:
    with pytest.raises(AppError) as refusal:
        fit(folder, profile, scale)
    assert refusal.value.status_code == 400
    return refusal.value.detail


def test_dora_is_described_as_lora_is(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "dora", base, rank=4, scale=2.0, alpha=8.0, method="dora")
    assert fit(adapter, profile) == Fit(
        method="dora", warnings=[], num_layers=-1, rank=4, alpha=8.0, scale=2.0, dropout=0.0, keys=SEVEN
    )


def test_dora_as_mlx_lm_recorded_it_before_is_dora(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "dora", base, method="dora")
    change_config(adapter, fine_tune_type="lora", use_dora=True)
    assert fit(adapter, profile).method == "dora"


def test_whole_weights_ignore_the_lora_parameters_that_mlx_lm_records_with_them(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "full", base, scale=20.0, method="full")
    assert fit(adapter, profile) == Fit(
        method="full", warnings=[], num_layers=-1, rank=None, alpha=None, scale=None, dropout=None, keys=None
    )


def test_whole_weights_of_some_layers_say_which_are_covered(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "full", base, num_layers=2, method="full")
    change_weights(adapter, lambda weights: weights.pop("model.layers.3.mlp.up_proj.weight"))
    found = fit(adapter, profile)
    assert (found.num_layers, found.warnings) == (
        2,
        [
            "The adapter covers only 2 of 4 layers.",
            "These matrices of the layers that it covers stay the base's: model.layers.3.mlp.up_proj.",
        ],
    )


def test_large_weights_say_what_memory_they_take(base: Path, tmp_path: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "full", base, method="full")
    tensors = read_tensors(adapter / "adapters.safetensors") | {"model.table": Tensor("BF16", (1_000_000, 1_200))}
    assert check_fit(read_record(adapter), tensors, profile).warnings == [
        "While it is in use, its weights take 2.4 GB of memory beside the base model's."
    ]


@pytest.mark.parametrize("method", ["dora", "full"])
def test_without_a_config_the_tensors_tell_the_method(
    method: Method, tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "bare", base, method=method)
    (adapter / "adapter_config.json").unlink()
    found = fit(adapter, profile, scale=None if method == "full" else 1.0)
    assert (found.method, found.num_layers) == (method, 4)
    assert [warning.partition(":")[0] for warning in found.warnings] == ["There is no adapter_config.json"]


def test_dora_is_not_told_to_adapt_experts(tmp_path: Path) -> None:
    base = make_model(tmp_path / "mixtral", CONFIGS["mixtral"])
    adapter = make_adapter(tmp_path / "dora", base, keys=[*ATTENTION, "block_sparse_moe.gate"], method="dora")
    assert fit(adapter, read_profile(base)).warnings == []


def test_a_rank_stabilised_scale_is_meant(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "stabilised", base, rank=4, scale=16.0, alpha=32.0)
    assert "means a multiplier of 8" in fit(adapter, profile).warnings[0]
    parameters = json.loads((adapter / "adapter_config.json").read_text())["lora_parameters"]
    change_config(adapter, lora_parameters={**parameters, "use_rslora": True})
    assert fit(adapter, profile).warnings == []


def test_the_list_names_the_method(tmp_path: Path, base: Path) -> None:
    settings = Settings(home=tmp_path)
    make_adapter(settings.adapters / "dora", base, rank=4, scale=2.0, method="dora")
    make_adapter(settings.adapters / "full", base, method="full")
    adapters = {adapter.name: adapter for adapter in AdapterLibrary(settings).list()}
    shown = {
        name: (it.method, it.rank, it.alpha, it.scale, it.num_layers, it.keys, it.problem)
        for name, it in adapters.items()
    }
    assert shown == {
        "dora": ("dora", 4, 8.0, 2.0, -1, SEVEN, None),
        "full": ("full", None, None, None, -1, [], None),
    }


def test_numbered_embeddings_outside_the_layers_are_no_layers(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", every_config("longcat_flash_ngram"))
    profile = read_profile(base)
    outside = [module.path for module in profile.modules if module.layer is None and module.path[-1].isdigit()]
    assert len(outside) > profile.num_layers
    found = fit(make_adapter(tmp_path / "outside", base, keys=outside), profile)
    assert (found.keys, found.warnings[0]) == (outside, "The adapter covers only 0 of 2 layers.")


REFUSALS: dict[str, tuple[Method, Callable[[Path], Any], str]] = {
    "no magnitude": (
        "dora",
        lambda folder: change_weights(folder, lambda weights: weights.pop(f"{UP}.m")),
        f"The adapter bad is incomplete: {UP} has no m.",
    ),
    "a magnitude of another shape": (
        "dora",
        lambda folder: change_weights(folder, lambda weights: weights.update({f"{UP}.m": mx.ones(64)})),
        f"The adapter bad does not fit the base model: for {UP} its m has the shape (64,); the base model needs (96,).",
    ),
    "magnitudes beside LoRA": (
        "dora",
        lambda folder: change_config(folder, fine_tune_type="lora"),
        "The adapter bad holds tensors that are no LoRA factors: model.layers.0.",
    ),
    "DoRA with tensors left out": (
        "dora",
        lambda folder: change_weights(
            folder, lambda weights: [weights.pop(f"{UP}.{factor}") for factor in ("lora_a", "lora_b", "m")]
        ),
        "The adapter bad is incomplete: adapter_config.json names 28 modules of this base model, and 1 of them have no",
    ),
    "a weight of another shape": (
        "full",
        lambda folder: change_weights(folder, lambda weights: weights.update({f"{UP}.weight": mx.ones((64, 96))})),
        f"The adapter bad does not fit the base model: its {UP}.weight has the shape (64, 96); the base model needs "
        "(96, 64).",
    ),
    "weights of a layer that is not there": (
        "full",
        lambda folder: change_weights(
            folder, lambda weights: weights.update({"model.layers.7.input_layernorm.weight": mx.ones(64)})
        ),
        "The adapter bad changes layer 8, and the base model has 4.",
    ),
    "weights of more layers than there are": (
        "full",
        lambda folder: change_config(folder, num_layers=8),
        "The adapter bad was made for the last 8 layers, and the base model has 4.",
    ),
    "weights that are recorded as LoRA": (
        "full",
        lambda folder: change_config(folder, fine_tune_type="lora"),
        "The adapter bad holds tensors that are no LoRA factors: model.layers.0.",
    ),
    "whole weights that are no floats": (
        "full",
        lambda folder: change_weights(
            folder, lambda weights: weights.update({f"{UP}.weight": mx.ones((96, 64), dtype=mx.int8)})
        ),
        f"The adapter bad holds tensors that are no floats: {UP}.weight.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_fit_is_refused_in_words(case: str, tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    method, spoil, sentence = REFUSALS[case]
    adapter = make_adapter(tmp_path / "bad", base, method=method)
    spoil(adapter)
    assert sentence in refused(adapter, profile)


def test_a_scale_of_whole_weights_is_refused(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    assert "which no scale multiplies" in refused(make_adapter(tmp_path / "full", base, method="full"), profile, 2.0)


@pytest.mark.parametrize("bits", [3, 5, 6])
def test_dora_on_weights_that_mlx_lm_cannot_adapt_is_refused(bits: int, tmp_path: Path, base: Path) -> None:
    quantized = make_model(tmp_path / "quantized", {**CONFIGS["qwen2"], "num_hidden_layers": 4}, quantized_bits=bits)
    adapter = make_adapter(tmp_path / "dora", base, method="dora")
    assert refused(adapter, read_profile(quantized)) == (
        f"The adapter dora does not fit the base model: DoRA cannot adapt {bits}-bit weights (self_attn.q_proj), only "
        "2-, 4- and 8-bit or unquantised ones."
    )


def test_whole_weights_on_a_quantised_base_are_refused(tmp_path: Path, base: Path) -> None:
    quantized = make_model(tmp_path / "quantized", {**CONFIGS["qwen2"], "num_hidden_layers": 4}, quantized_bits=4)
    assert refused(make_adapter(tmp_path / "full", base, method="full"), read_profile(quantized)) == (
        "The adapter full does not fit the base model: it holds whole weights of model.layers.0.self_attn.q_proj, "
        "which are quantised to 4 bits here. Choose the unquantised model that it was trained on."
    )
