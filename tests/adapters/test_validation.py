"""Which adapters fit a base model, and what is said about those that do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.adapters.description import Fit
from backend.adapters.folder import read_record
from backend.adapters.tensors import read_tensors
from backend.adapters.validation import check_fit
from backend.errors import AppError
from backend.lora.profile import ModelProfile
from backend.workers.profile import read_profile
from tests.tiny_adapters import ATTENTION, SEVEN, make_adapter, read_weights
from tests.tiny_models import CONFIGS, make_model

MLP_WARNING = "The adapter misses keys of the full preset: mlp.gate_proj, mlp.down_proj, mlp.up_proj."


def fit(folder: Path, profile: ModelProfile, scale: float | None = None) -> Fit:
    return check_fit(read_record(folder), read_tensors(folder / "adapters.safetensors"), profile, scale)


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "adapter_config.json"
    config = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def change_weights(folder: Path, change: Callable[[dict[str, mx.array]], Any]) -> None:
    weights = read_weights(folder / "adapters.safetensors")
    change(weights)
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)


def test_an_adapter_of_all_layers_and_matrices_has_no_warnings(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "full", base, rank=4, scale=2.0, alpha=8.0)
    assert fit(adapter, profile) == Fit(
        method="lora", warnings=[], num_layers=-1, rank=4, alpha=8.0, scale=2.0, dropout=0.0, keys=SEVEN
    )


def test_keys_written_as_full_paths_have_no_warnings_either(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    paths = [module.path for module in profile.modules]
    assert fit(make_adapter(tmp_path / "paths", base, keys=paths), profile).warnings == []


def test_an_attention_adapter_from_before_loads_and_says_what_it_lacks(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "before", base, keys=ATTENTION, rank=32, scale=32.0, num_layers=2)
    assert fit(adapter, profile) == Fit(
        method="lora",
        warnings=[
            "The adapter covers only 2 of 4 layers.",
            MLP_WARNING,
            "The adapter's multiplier (scale) is 32: its update counts as with alpha 1024 at rank 32. "
            "It runs exactly as it was trained. Alpha 32 at rank 32 means a multiplier of 1 in adapters that are "
            "made here.",
        ],
        num_layers=2,
        rank=32,
        alpha=1024.0,
        scale=32.0,
        dropout=0.0,
        keys=ATTENTION,
    )


def test_attention_written_as_full_paths_misses_the_same_keys(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    paths = [module.path for module in profile.modules if "self_attn" in module.path]
    assert fit(make_adapter(tmp_path / "paths", base, keys=paths), profile).warnings == [MLP_WARNING]


def test_an_adapter_without_keys_says_what_mlx_lm_makes_of_it(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "q-and-v", base, keys=["self_attn.q_proj", "self_attn.v_proj"])
    change_config(adapter, lora_parameters={"rank": 4, "scale": 1.0, "dropout": 0.0})
    found = fit(adapter, profile)
    assert found.keys == ["self_attn.q_proj", "self_attn.v_proj"]
    assert found.warnings == [
        "adapter_config.json lacks explicit keys: mlx-lm then adapts every linear module. "
        "The tensors here adapt self_attn.q_proj, self_attn.v_proj.",
        "The adapter misses keys of the full preset: self_attn.k_proj, self_attn.o_proj, mlp.gate_proj, mlp.down_proj, "
        "mlp.up_proj.",
    ]


def test_without_a_config_rank_and_keys_come_from_the_tensors_and_the_scale_from_the_request(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "bare", base, rank=4)
    (adapter / "adapter_config.json").unlink()
    found = fit(adapter, profile, scale=3.0)
    assert (found.rank, found.alpha, found.scale, found.dropout, found.num_layers) == (4, 12.0, 3.0, None, 4)
    assert found.keys is not None and sorted(found.keys) == sorted(SEVEN)
    assert found.warnings == [
        "There is no adapter_config.json: rank and keys were read from the tensors, the scale is the one given."
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "There is no adapter_config.json"),
        ('{"lora_parameters": ', "adapter_config.json is unreadable (not valid JSON: line 1, Expecting value)"),
        ("[]", "adapter_config.json is unreadable (the whole: Input should be a valid dictionary or instance of "),
        ('{"num_layers": "all"}', "adapter_config.json is unreadable (num_layers: Input should be a valid integer"),
        (
            '{"lora_parameters": {"scale": NaN}}',
            "adapter_config.json is unreadable (lora_parameters.scale: Input should",
        ),
        ('{"num_layers": -1}', "adapter_config.json has no scale"),
    ],
)
def test_a_scale_that_nobody_knows_is_asked_for_and_not_guessed(
    text: str | None, problem: str, tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "bare", base)
    (adapter / "adapter_config.json").unlink()
    if text is not None:
        (adapter / "adapter_config.json").write_text(text)
    with pytest.raises(AppError) as refusal:
        fit(adapter, profile)
    assert refusal.value.status_code == 400
    assert [field["field"] for field in refusal.value.fields] == ["adapter_scale"]
    assert refusal.value.detail.startswith(problem)
    assert "Give adapter_scale, the multiplier of its update" in refusal.value.detail


def test_another_scale_in_the_request_is_used_and_said(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    found = fit(make_adapter(tmp_path / "full", base, scale=1.0), profile, scale=0.5)
    assert found.scale == 0.5
    assert found.warnings == ["The scale 0.5 of the request is used in place of the recorded 1."]


def test_an_adapter_of_an_early_mlx_lm_runs_with_a_word_about_its_config(
    tmp_path: Path, base: Path, profile: ModelProfile
) -> None:
    adapter = make_adapter(tmp_path / "early", base, num_layers=4)
    change_config(adapter, num_layers=None, lora_layers=4)
    found = fit(adapter, profile)
    assert found.num_layers == 4
    assert found.warnings == [
        "adapter_config.json is of an early mlx-lm (lora_layers in place of num_layers): the adapter runs here, "
        "and today's mlx_lm.generate cannot read the folder."
    ]


def test_keys_that_match_nothing_are_named(tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    adapter = make_adapter(tmp_path / "full", base, keys=[*SEVEN, "block_sparse_moe.gate"])
    assert fit(adapter, profile).warnings == [
        "adapter_config.json names keys that match no module of this base model: block_sparse_moe.gate."
    ]


@pytest.mark.parametrize("model_type", ["mixtral", "qwen3_next", "gpt2", "phi3", "deepseek_v3", "gpt_oss", "lfm2"])
def test_the_adapter_that_mlx_lm_makes_for_another_architecture_fits(model_type: str, tmp_path: Path) -> None:
    base = make_model(tmp_path / model_type, CONFIGS[model_type])
    profile = read_profile(base)
    adapter = make_adapter(tmp_path / "adapter", base, keys=[module.path for module in profile.modules])
    assert fit(adapter, profile).warnings == []


REFUSALS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "more layers than there are": (
        lambda folder: change_config(folder, num_layers=8),
        "The adapter bad was made for the last 8 layers, and the base model has 4.",
    ),
    "a layer that is not there": (
        lambda folder: change_weights(
            folder,
            lambda weights: weights.update(
                {
                    f"model.layers.4.self_attn.q_proj.{name}": weights[f"model.layers.0.self_attn.q_proj.{name}"]
                    for name in ("lora_a", "lora_b")
                }
            ),
        ),
        "The adapter bad changes layer 5, and the base model has 4.",
    ),
    "another shape": (
        lambda folder: change_weights(
            folder, lambda weights: weights.update({"model.layers.0.mlp.up_proj.lora_a": mx.zeros((128, 4))})
        ),
        "The adapter bad does not fit the base model: for model.layers.0.mlp.up_proj its lora_a has the shape "
        "(128, 4); the base model needs (64, 4).",
    ),
    "half a pair": (
        lambda folder: change_weights(folder, lambda weights: weights.pop("model.layers.0.mlp.up_proj.lora_b")),
        "The adapter bad is incomplete: model.layers.0.mlp.up_proj has no lora_b.",
    ),
    "a module that the config names is missing": (
        lambda folder: change_weights(
            folder, lambda weights: [weights.pop(f"model.layers.0.mlp.up_proj.lora_{factor}") for factor in "ab"]
        ),
        "The adapter bad is incomplete: adapter_config.json names 28 modules of this base model, and 1 of them have no "
        "tensors: model.layers.0.mlp.up_proj.",
    ),
    "tensors of layers that the config leaves out": (
        lambda folder: change_config(folder, num_layers=3),
        "The adapter bad contradicts itself: it holds tensors of modules that adapter_config.json does not name: "
        "model.layers.0.",
    ),
    "another rank": (
        lambda folder: change_config(folder, lora_parameters={"rank": 8, "scale": 1.0, "dropout": 0.0, "keys": SEVEN}),
        "The adapter bad contradicts itself: adapter_config.json says rank 8, and the tensors of model.layers.0.",
    ),
    "full weights": (
        lambda folder: change_weights(
            folder, lambda weights: weights.update({"model.layers.0.mlp.up_proj.weight": mx.zeros((96, 64))})
        ),
        "The adapter bad holds tensors that are no LoRA factors: model.layers.0.mlp.up_proj.weight.",
    ),
    "numbers that are no floats": (
        lambda folder: change_weights(
            folder,
            lambda weights: weights.update({"model.layers.0.mlp.up_proj.lora_a": mx.zeros((64, 4), dtype=mx.int32)}),
        ),
        "The adapter bad holds tensors that are no floats: model.layers.0.mlp.up_proj.lora_a.",
    ),
    "no tensors": (lambda folder: change_weights(folder, lambda weights: weights.clear()), "The adapter bad holds no"),
    "factors that are recorded as whole weights": (
        lambda folder: change_config(folder, fine_tune_type="full"),
        "The adapter bad contradicts itself: adapter_config.json says that it holds whole weights (full), and it holds "
        "LoRA factors: model.layers.0.",
    ),
    "LoRA that is recorded as DoRA, in mlx-lm's words of before": (
        lambda folder: change_config(folder, use_dora=True),
        "The adapter bad is incomplete: model.layers.0.mlp.down_proj has no m.",
    ),
    "a method that is unknown here": (
        lambda folder: change_config(folder, fine_tune_type="prefix"),
        "The adapter bad is of the type prefix; lora, dora and full can be used.",
    ),
    "PEFT": (
        lambda folder: change_config(folder, peft_type="LORA"),
        "The adapter bad is in PEFT's format (adapter_config.json says peft_type LORA); only mlx-lm's format can be "
        "used.",
    ),
    "half a file": (
        lambda folder: (folder / "adapters.safetensors").write_bytes(
            (folder / "adapters.safetensors").read_bytes()[:-100]
        ),
        "is cut off: it should have",
    ),
    "no safetensors file": (
        lambda folder: (folder / "adapters.safetensors").write_bytes(b"something else"),
        "is not a safetensors file, or only the beginning of one.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_fit_is_refused_in_words(case: str, tmp_path: Path, base: Path, profile: ModelProfile) -> None:
    spoil, sentence = REFUSALS[case]
    adapter = make_adapter(tmp_path / "bad", base)
    spoil(adapter)
    with pytest.raises(AppError) as refusal:
        fit(adapter, profile)
    assert refusal.value.status_code == 400
    assert sentence in refusal.value.detail
