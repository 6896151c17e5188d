"""Profiles read from config.json alone, against models that were really built, quantised and loaded."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import psutil
import pytest
from mlx.utils import tree_flatten
from mlx_lm.utils import load_model

from backend.errors import AppError
from backend.lora.profile import ModelProfile, Module, ModuleKind
from backend.settings import REPOSITORY
from backend.workers.module_tree import EMBEDDINGS, KINDS, layers
from backend.workers.profile import UNTRAINABLE, read_profile
from tests.tiny_configs import every_config
from tests.tiny_models import CONFIGS, config, make_model

DEEPSEEK_V3: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "vocab_size": 129280,
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "n_shared_experts": 1,
    "n_routed_experts": 256,
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "qk_nope_head_dim": 128,
    "n_group": 8,
    "topk_group": 4,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
    "max_position_embeddings": 163840,
}
GEMMA3_1B: dict[str, Any] = {
    "model_type": "gemma3_text",
    "vocab_size": 262144,
    "hidden_size": 1152,
    "intermediate_size": 6912,
    "num_hidden_layers": 26,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 256,
}


EMBEDDING_KINDS: dict[type[nn.Module], ModuleKind] = {
    nn.Embedding: "embedding",
    nn.QuantizedEmbedding: "quantized_embedding",
}


def write_config(folder: Path, settings: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(settings if isinstance(settings, str) else json.dumps(settings))
    return folder


def modules_of(model: nn.Module) -> list[tuple[str, str, int]]:
    """Path, kind and rows of the weight of every module that a model really has and that can be adapted with effect."""
    inside = {id(module) for layer in layers(model) for module in layer.modules()}
    vocabulary = max(module.weight.shape[0] for module in model.modules() if isinstance(module, EMBEDDINGS))
    return sorted(
        (path, EMBEDDING_KINDS.get(type(module)) or KINDS[type(module)], module.weight.shape[-2])
        for path, module in model.named_modules()
        if isinstance(module, EMBEDDINGS)
        or (
            type(module) in KINDS
            and not path.endswith("_coefs")
            and (id(module) in inside or module.weight.shape[-2] == vocabulary)
        )
    )


def rows(module: Module) -> int:
    return module.in_features if module.kind.endswith("embedding") else module.out_features


@pytest.mark.parametrize(
    ("name", "bits"), [(name, bits) for name in CONFIGS for bits in (None, 4) if (name, bits) != ("afm7", 4)]
)
def test_the_profile_is_that_of_the_loaded_model(name: str, bits: int | None, tmp_path: Path) -> None:
    folder = make_model(tmp_path / name, CONFIGS[name], quantized_bits=bits)
    plain = make_model(tmp_path / "plain", CONFIGS[name])
    model, _ = load_model(folder)
    unquantized, _ = load_model(plain)

    profile = read_profile(folder)

    found = sorted((module.path, module.kind, rows(module)) for module in profile.modules)
    assert found == modules_of(model)
    arrays: list[tuple[str, mx.array]] = tree_flatten(unquantized.parameters())  # type: ignore[assignment]
    assert profile.total_parameters == sum(array.size for _, array in arrays)
    assert (profile.model_type, profile.num_layers) == (CONFIGS[name]["model_type"], len(model.layers))


def test_a_profile_needs_no_weights(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    with_weights = read_profile(folder)
    for file in folder.iterdir():
        if file.name != "config.json":
            file.unlink()

    assert read_profile(folder) == with_weights


def test_a_module_is_described_by_its_shape(tmp_path: Path) -> None:
    plain = read_profile(write_config(tmp_path, CONFIGS["mixtral"])).modules
    packed = read_profile(
        write_config(tmp_path, {**CONFIGS["mixtral"], "quantization": {"group_size": 32, "bits": 4}})
    ).modules

    expert = Module(
        path="model.layers.1.block_sparse_moe.switch_mlp.down_proj",
        kind="switch_linear",
        in_features=96,
        out_features=64,
        experts=4,
        group="experts",
        layer=1,
    )
    assert expert in plain
    assert expert.model_copy(update={"kind": "quantized_switch_linear", "bits": 4}) in packed
    query = Module(
        path="model.layers.0.self_attn.q_proj",
        kind="linear",
        in_features=64,
        out_features=64,
        group="attention",
        layer=0,
    )
    assert query in plain


def test_a_module_may_stay_unquantised_by_name(tmp_path: Path) -> None:
    quantization = {"group_size": 32, "bits": 4, "model.layers.0.mlp.down_proj": False}

    profile = read_profile(write_config(tmp_path, {**CONFIGS["qwen2"], "quantization": quantization}))

    kinds = {module.path: module.kind for module in profile.modules if module.path.endswith("down_proj")}
    assert kinds == {
        "model.layers.0.mlp.down_proj": "linear",
        "model.layers.1.mlp.down_proj": "quantized_linear",
    }


def kinds_of(profile: ModelProfile, key: str) -> set[str]:
    return {module.kind for module in profile.modules if module.path.endswith(key)}


def test_what_mlx_lm_never_quantises_stays_plain(tmp_path: Path) -> None:
    settings = {"model_type": "bailing_moe_v3", "quantization": {"group_size": 64, "bits": 4}}

    profile = read_profile(write_config(tmp_path, settings))

    assert kinds_of(profile, "attention.q_a_proj") == {"linear"}
    assert kinds_of(profile, "attention.dense") == {"quantized_linear"}


@pytest.mark.parametrize(
    ("settings", "quantised"),
    [
        ({"quant_method": "mxfp4"}, True),
        ({"quant_method": "gptq", "bits": 4, "group_size": 32}, True),
        ({"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}, True),
        ({"quant_method": "fp8", "scale_fmt": "ue8m0", "weight_block_size": [32, 32]}, True),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, False),
        ({"group_size": 32, "bits": 4}, True),
        ({"quant_method": "bitsandbytes"}, False),
    ],
)
def test_packed_weights_of_other_tools_are_quantised_where_mlx_lm_keeps_them_packed(
    settings: dict[str, Any], quantised: bool, tmp_path: Path
) -> None:
    profile = read_profile(write_config(tmp_path, {**CONFIGS["qwen2"], "quantization_config": settings}))

    assert kinds_of(profile, "q_proj") == {"quantized_linear" if quantised else "linear"}


def test_what_another_tool_left_plain_stays_plain(tmp_path: Path) -> None:
    left = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "lm_head"]
    settings = {"quant_method": "mxfp4", "modules_to_not_convert": left}

    profile = read_profile(write_config(tmp_path, {**CONFIGS["gpt_oss"], "quantization_config": settings}))

    assert kinds_of(profile, "self_attn.q_proj") | kinds_of(profile, "mlp.router") == {"linear"}
    assert kinds_of(profile, "mlp.experts.up_proj") == {"quantized_switch_linear"}


@pytest.mark.parametrize("nonsense", ["x", True, ["a"], {"group_size": 0}, {"group_size": "a"}])
def test_a_quantization_that_makes_no_sense_is_refused(nonsense: Any, tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"The quantization in config\.json is .*; it should look like"):
        read_profile(write_config(tmp_path, {**CONFIGS["qwen2"], "quantization": nonsense}))


def test_a_type_that_mlx_lm_reads_as_another_keeps_its_name(tmp_path: Path) -> None:
    mistral = read_profile(write_config(tmp_path, {**CONFIGS["llama"], "model_type": "mistral"}))
    llama = read_profile(write_config(tmp_path, CONFIGS["llama"]))

    assert mistral == llama.model_copy(update={"model_type": "mistral"})


def test_weights_that_are_tied_only_while_loading_count_once(tmp_path: Path) -> None:
    assert read_profile(write_config(tmp_path, GEMMA3_1B)).total_parameters == 999_885_952
    untied = {**GEMMA3_1B, "tie_word_embeddings": False}
    assert read_profile(write_config(tmp_path, untied)).total_parameters == 999_885_952 + 262144 * 1152


def test_a_head_that_is_copied_while_loading_counts_once_and_can_be_adapted(tmp_path: Path) -> None:
    settings = {name: value for name, value in every_config("minicpm").items() if name != "tie_word_embeddings"}
    folder = make_model(tmp_path / "model", settings)
    weights: Any = mx.load(str(folder / "model.safetensors"))
    weights.pop("lm_head.weight")
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    model, _ = load_model(folder)

    profile = read_profile(folder)

    assert profile.total_parameters == sum(array.size for array in weights.values())
    assert sum(count.parameters for count in profile.parameters) == profile.total_parameters + model.lm_head.weight.size
    assert [(module.path, module.tied) for module in profile.modules if module.layer is None] == [
        ("model.embed_tokens", False),
        ("lm_head", False),
    ]


def test_modules_without_effect_or_gradient_are_left_out(tmp_path: Path) -> None:
    settings = config("deepseek_v32", index_head_dim=16, index_n_heads=2, index_topk=8)
    sparse = read_profile(
        write_config(tmp_path, {**CONFIGS["deepseek_v3"], **settings} | {"model_type": "deepseek_v32"})
    )

    assert sparse.modules
    assert [module.path for module in sparse.modules if "indexer" in module.path] == []
    mixed = read_profile(write_config(tmp_path, CONFIGS["gemma3n"]))
    assert {module.path.split(".")[-1] for module in mixed.modules if "altup" in module.path} == {"modality_router"}
    fused = read_profile(write_config(tmp_path, CONFIGS["afm7"]))
    assert {module.path.split(".")[-1] for module in fused.modules if "self_attn" in module.path} == {
        "q_proj",
        "out_proj",
    }


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({**CONFIGS["qwen2"], "model_type": "quen2"}, "does not know; the nearest type that it knows is qwen2"),
        ({"model_type": "bert", "hidden_size": 8}, "is no language model .*: bert is a text encoder"),
        ({"model_type": "clip_vision_model"}, "is no language model .*: clip_vision_model is an image encoder"),
        ({"model_type": "yolos", "architectures": ["YolosModel"]}, r"yolos \(YolosModel\) generates no text"),
        ({"hidden_size": 8}, "has no model_type"),
        ({"model_type": "qwen2", "hidden_size": 64}, "mlx-lm can build: it lacks num_hidden_layers"),
        ({**CONFIGS["qwen2"], "num_attention_heads": 0}, "does not describe a model of the type qwen2 that mlx-lm can"),
        ({**CONFIGS["qwen2"], "model_file": "evil.py"}, r"brings its own Python code \(evil.py\)"),
        ({**CONFIGS["qwen2"], "model_type": "olmo"}, "mlx-lm cannot use olmo models here: To run olmo install"),
        ('{"model_type": "qwen2",', r"is not valid JSON: line 1"),
        ("[1, 2]", "holds no JSON object"),
        ("", "is not valid JSON"),
        *[({"model_type": name}, f"A {name} model cannot be fine-tuned here: ") for name in UNTRAINABLE],
    ],
)  # fmt: skip
def test_what_is_no_model_to_train_is_refused_in_words(settings: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(AppError, match=sentence) as refused:
        read_profile(write_config(tmp_path / "model", settings))

    assert refused.value.status_code == 400


def inspect(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backend.workers.inspect_model", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)


def test_the_command_prints_the_profile_as_json(tmp_path: Path) -> None:
    folder = write_config(tmp_path, CONFIGS["gpt2"])

    printed = inspect(folder)

    assert (printed.returncode, json.loads(printed.stdout)) == (0, read_profile(folder).model_dump())


def test_the_command_refuses_with_a_sentence_and_status_one(tmp_path: Path) -> None:
    printed = inspect(tmp_path / "nothing")

    assert (printed.returncode, printed.stdout) == (1, "")
    assert printed.stderr == f"There is no folder {tmp_path / 'nothing'}.\n"


def test_a_linked_folder_is_read(tmp_path: Path) -> None:
    folder = write_config(tmp_path / "model", CONFIGS["qwen2"])
    (tmp_path / "link").symlink_to(folder)

    assert read_profile(tmp_path / "link") == read_profile(folder)


@pytest.mark.serial
def test_a_model_of_any_size_is_read_in_a_moment_with_little_memory(tmp_path: Path) -> None:
    folder = write_config(tmp_path, DEEPSEEK_V3)
    before = psutil.Process().memory_info().rss
    start = time.perf_counter()

    profile = read_profile(folder)

    assert time.perf_counter() - start < 5
    assert psutil.Process().memory_info().rss - before < 300e6
    assert (profile.total_parameters, len(profile.modules)) == (671_026_419_200, 603)
