"""Each method on real small models: what trains, what is counted, and what stock mlx-lm makes of the saved files."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model

from backend.errors import AppError, FieldError
from backend.training.plan import RunPlan
from backend.training.planning.resume_adapter import check_same_adapter
from backend.training.planning.trained_parts import trained_parts
from backend.workers.base_model import load_base
from backend.workers.profile import read_profile
from backend.workers.training.engine.model import attach, trainable_by_group
from tests.architectures.every import count_parameters, logits, plan_for, prepared, save, still, train, trainable
from tests.tiny_models import CONFIGS, config, make_model, random_model

MIXED: dict[str, Any] = {
    "expert_rank": 2,
    "rank_pattern": {"attention": 6, "mlp.shared_expert_gate": 1},
    "alpha_pattern": {"*.q_proj": 12.0},
}
WHOLE: dict[str, Any] = {"fine_tune_type": "full"}


def estimate(plan: RunPlan) -> int:
    profile = read_profile(plan.model_folder)
    return sum(group.parameters for group in trained_parts(profile, plan.config).groups)


def fields(plan: RunPlan) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((plan.adapter_folder / "adapter_config.json").read_text())
    return recorded


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("qwen2", {}),
        ("qwen2", {"use_rslora": True, "lora_rank": 16}),
        ("qwen2_moe", MIXED),
        ("dbrx", {"expert_rank": 2}),
        ("qwen2", {"fine_tune_type": "dora"}),
        ("deepseek_v3", {"fine_tune_type": "dora", "targets": "custom", "lora_keys": ["attention", "mlp", "head"]}),
        ("qwen2_moe", {"fine_tune_type": "dora", "targets": "custom", "lora_keys": ["attention", "embeddings", "head"],
                       "rank_pattern": {"head": 2}}),
        ("qwen2", WHOLE),
        ("deepseek_v3", WHOLE),
        ("qwen2_moe", WHOLE | {"lora_num_layers": 1}),
        ("gpt2", WHOLE),
        ("recurrent_gemma", {}),
        ("recurrent_gemma", WHOLE | {"lora_num_layers": 1}),
    ],
)  # fmt: skip
def test_what_is_saved_is_the_same_function_in_stock_mlx_lm(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    plan = plan_for(CONFIGS[name], tmp_path, **settings)
    model = prepared(CONFIGS[name], plan)
    assert count_parameters(model) == estimate(plan) == sum(trainable_by_group(model, plan).values())
    train(model)

    again = load_adapters(random_model(CONFIGS[name]), str(save(model, plan)))

    assert mx.allclose(logits(again), logits(model), rtol=1e-4, atol=1e-5).item()
    untouched = logits(random_model(CONFIGS[name]))
    assert not mx.allclose(logits(again), untouched, rtol=1e-2, atol=1e-2).item()


def test_uniform_ranks_are_saved_as_they_are(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2"], tmp_path)
    model = prepared(CONFIGS["qwen2"], plan)

    save(model, plan)

    saved: Any = mx.load(str(plan.adapter_folder / "adapters.safetensors"))
    assert saved.keys() == trainable(model).keys()
    assert all(mx.array_equal(saved[name], value).item() for name, value in trainable(model).items())
    assert fields(plan)["lora_parameters"] == {
        "rank": 4,
        "alpha": 8.0,
        "scale": 2.0,
        "dropout": 0.0,
        "keys": plan.keys,
    }


def test_ranks_of_their_own_are_padded_and_recorded(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2_moe"], tmp_path, **MIXED)
    model = prepared(CONFIGS["qwen2_moe"], plan)
    train(model)

    save(model, plan)

    saved: Any = mx.load(str(plan.adapter_folder / "adapters.safetensors"))
    path = "model.layers.1.mlp.switch_mlp.up_proj"
    assert trainable(model)[f"{path}.lora_a"].shape == (4, 2, 64)
    assert saved[f"{path}.lora_a"].shape == (4, 6, 64)
    assert saved[f"{path}.lora_b"].shape == (4, 32, 6)
    assert not saved[f"{path}.lora_a"][:, 2:].any().item()
    lora = fields(plan)["lora_parameters"]
    assert (lora["rank"], lora["scale"], lora["alpha"]) == (6, 1.0, 6.0)
    assert lora["rank_pattern"] == {
        "self_attn.q_proj": 6,
        "self_attn.k_proj": 6,
        "self_attn.v_proj": 6,
        "self_attn.o_proj": 6,
        "mlp.switch_mlp.gate_proj": 2,
        "mlp.switch_mlp.up_proj": 2,
        "mlp.switch_mlp.down_proj": 2,
        "mlp.shared_expert.gate_proj": 4,
        "mlp.shared_expert.up_proj": 4,
        "mlp.shared_expert.down_proj": 4,
        "mlp.shared_expert_gate": 1,
    }
    assert lora["alpha_pattern"]["self_attn.q_proj"] == 12.0
    assert lora["alpha_pattern"]["mlp.switch_mlp.up_proj"] == 8.0


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("qwen2_moe", MIXED),
        ("qwen2", {}),
        ("qwen2", {"fine_tune_type": "dora", "rank_pattern": {"mlp": 2}}),
        ("qwen2", WHOLE),
    ],
)
def test_a_run_starts_from_what_another_saved(name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    plan = plan_for(CONFIGS[name], tmp_path, **settings)
    model = prepared(CONFIGS[name], plan)
    train(model)
    file = save(model, plan) / "adapters.safetensors"

    check_same_adapter(file, plan.config.fine_tune_type, plan.modules)
    follower = prepared(CONFIGS[name], plan_for(CONFIGS[name], tmp_path, **settings, resume_adapter_file=str(file)))

    before, after = trainable(model), trainable(follower)
    assert before.keys() == after.keys()
    assert all(mx.allclose(after[key], value, rtol=1e-6).item() for key, value in before.items())


@pytest.mark.parametrize("settings", [{"lora_alpha": 3.0}, {"alpha_pattern": {"mlp": 3.0}, "rank_pattern": {"*": 4}}])
def test_a_run_starts_as_the_same_function_whatever_its_own_multipliers(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    plan = plan_for(CONFIGS["qwen2"], tmp_path, lora_rank=4, lora_alpha=8.0)
    model = prepared(CONFIGS["qwen2"], plan)
    train(model)
    file = save(model, plan) / "adapters.safetensors"

    start = {"lora_rank": 4, "resume_adapter_file": str(file), **settings}
    follower = prepared(CONFIGS["qwen2"], plan_for(CONFIGS["qwen2"], tmp_path, **start))

    assert mx.allclose(logits(follower), logits(model), rtol=1e-4, atol=1e-5).item()


def test_weights_of_another_precision_are_trained_in_the_precision_of_the_run(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2"], tmp_path)
    file = save(prepared(CONFIGS["qwen2"], plan), plan) / "adapters.safetensors"
    saved: Any = mx.load(str(file))
    mx.save_safetensors(str(file), {name: value.astype(mx.bfloat16) for name, value in saved.items()})

    follower = prepared(CONFIGS["qwen2"], plan_for(CONFIGS["qwen2"], tmp_path, resume_adapter_file=str(file)))

    assert {value.dtype for value in trainable(follower).values()} == {mx.float32}


def test_a_file_that_uses_more_than_the_rank_is_refused(tmp_path: Path) -> None:
    uniform = plan_for(CONFIGS["qwen2"], tmp_path)
    model = prepared(CONFIGS["qwen2"], uniform)
    file = save(model, uniform) / "adapters.safetensors"
    smaller = plan_for(CONFIGS["qwen2"], tmp_path, rank_pattern={"mlp": 2}, resume_adapter_file=str(file))

    with pytest.raises(AppError, match=r"has more than rank 2 in model\.layers\.0\.mlp\..*\.lora_a"):
        prepared(CONFIGS["qwen2"], smaller)


def test_a_file_of_another_method_is_refused(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2"], tmp_path, fine_tune_type="dora")
    file = save(prepared(CONFIGS["qwen2"], plan), plan) / "adapters.safetensors"

    with pytest.raises(FieldError, match="was made with the method dora, this run's is lora"):
        check_same_adapter(file, "lora", plan.modules)


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("method", ["lora", "dora"])
def test_quantised_bases_are_adapted(method: str, bits: int, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", quantized_bits=bits)
    settings = json.loads((folder / "config.json").read_text())
    plan = plan_for(settings, folder, fine_tune_type=method)
    model, _ = load_base(folder)
    attach(model, plan)
    model.train()
    before = trainable(model)
    assert count_parameters(model) == estimate(plan)
    train(model)
    assert list(still(before, trainable(model))) == []

    stock, _ = load_model(folder)
    stock.set_dtype(mx.float32)
    again = load_adapters(stock, str(save(model, plan)))

    assert mx.allclose(logits(again), logits(model), rtol=1e-4, atol=1e-4).item()


def test_a_quantised_embedding_and_head_are_adapted(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", config("qwen2", tie_word_embeddings=False), quantized_bits=4)
    settings = json.loads((folder / "config.json").read_text())
    plan = plan_for(settings, folder, targets="custom", lora_keys=["embeddings", "head"])
    model, _ = load_base(folder)
    attach(model, plan)
    model.train()
    before = trainable(model)
    assert count_parameters(model) == estimate(plan) == 2 * 4 * (320 + 64)
    train(model)

    assert list(still(before, trainable(model))) == []


def test_a_head_that_is_tied_while_loading_is_trained_once(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", CONFIGS["recurrent_gemma"])
    plan = plan_for(CONFIGS["recurrent_gemma"], folder, **WHOLE)
    model, _ = load_base(folder)
    attach(model, plan)
    model.train()
    before = trainable(model)
    assert count_parameters(model) == estimate(plan) == read_profile(folder).total_parameters
    train(model)

    assert list(still(before, trainable(model))) == []


@pytest.mark.parametrize(
    ("settings", "fields", "sentence"),
    [
        (CONFIGS["mixtral"], {"fine_tune_type": "dora"},
         r"DoRA cannot adapt the experts of a mixture \(block_sparse_moe\.switch_mlp\.gate_proj\)\. Choose LoRA, or "
         "keep DoRA and choose the attention alone"),
        *[({**CONFIGS["qwen2"], "quantization": {"group_size": 32, "bits": bits}}, {"fine_tune_type": "dora"},
           rf"DoRA cannot adapt {bits}-bit weights \(self_attn\.q_proj\), only 2-, 4- and 8-bit or unquantised")
          for bits in (3, 5, 6)],
        ({**CONFIGS["qwen2"], "quantization": {"group_size": 32, "bits": 4}}, WHOLE,
         "This base model is quantised, and quantised weights cannot be trained. Choose LoRA"),
        ({**CONFIGS["qwen2"], "tie_word_embeddings": False, "quantization": {"group_size": 32, "bits": 4}},
         {"fine_tune_type": "dora", "targets": "custom", "lora_keys": ["embeddings"]},
         r"DoRA cannot adapt a quantised embedding \(model\.embed_tokens\)"),
    ],
)  # fmt: skip
def test_what_a_method_cannot_train_is_refused_in_words(
    settings: dict[str, Any], fields: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(FieldError, match=sentence):
        plan_for(settings, tmp_path, **fields)


def test_full_fine_tuning_trains_the_last_layers_or_everything(tmp_path: Path) -> None:
    settings = config("qwen2", num_hidden_layers=3)
    whole = plan_for(settings, tmp_path, **WHOLE)
    last = plan_for(settings, tmp_path, **WHOLE, lora_num_layers=1)

    everything = prepared(settings, whole)
    part = prepared(settings, last)

    parameters: dict[str, mx.array] = dict(tree_flatten(everything.parameters()))
    assert trainable(everything).keys() == parameters.keys()
    assert set(trainable(part)) == {name for name in parameters if name.startswith("model.layers.2.")}
    assert trainable_by_group(everything, whole) == {
        "mlp": 3 * 3 * 64 * 96,
        "attention": 3 * (2 * 64 * 64 + 2 * 64 * 32 + 64 + 2 * 32),
        "embeddings": 320 * 64,
        "other": 7 * 64,
    }
    assert (fields := [group.model_dump() for group in trained_parts(read_profile(tmp_path), last.config).groups])
    assert {group["key"]: group["parameters"] for group in fields} == trainable_by_group(part, last)


def test_every_float_that_can_learn_learns_in_full_fine_tuning(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["nemotron_h"], tmp_path, **WHOLE)
    model = prepared(CONFIGS["nemotron_h"], plan)
    before = trainable(model)

    train(model)

    assert list(still(before, trainable(model))) == []


def test_the_groups_of_an_adapter_add_up(tmp_path: Path) -> None:
    plan = plan_for(CONFIGS["qwen2_moe"], tmp_path, expert_rank=2)
    model: nn.Module = prepared(CONFIGS["qwen2_moe"], plan)

    assert trainable_by_group(model, plan) == {
        "experts": 2 * 3 * 4 * 2 * (64 + 32),
        "attention": 2 * 4 * (2 * (64 + 64) + 2 * (64 + 32)),
        "shared_experts": 2 * 3 * 4 * (64 + 32),
        "router": 2 * 4 * (64 + 1),
    }
