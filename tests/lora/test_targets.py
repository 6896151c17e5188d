"""Which modules a choice of targets takes, on the real module trees of small models of every kind."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.errors import FieldError
from backend.lora.count import trainable_parameters
from backend.lora.paths import is_merged, is_query_or_value, relative_key, role, short, split_path
from backend.lora.profile import ModelProfile
from backend.lora.targets import SEVEN_KEYS, TargetPreset, Targets, resolve_targets
from backend.workers.module_tree import layers
from backend.workers.profile import read_profile
from tests.tiny_configs import every_config
from tests.tiny_models import CONFIGS, config, random_model

ATTENTION = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"}
MLA = {"self_attn.q_a_proj", "self_attn.q_b_proj", "self_attn.kv_a_proj_with_mqa", "self_attn.o_proj"}

PHI3_MLP = {"mlp.gate_up_proj", "mlp.down_proj"}


def gated(block: str) -> set[str]:
    return {f"{block}.gate_proj", f"{block}.up_proj", f"{block}.down_proj"}


FULL: dict[str, set[str]] = {
    "qwen2": set(SEVEN_KEYS),
    "llama": set(SEVEN_KEYS),
    "gemma3_text": set(SEVEN_KEYS),
    "mixtral": ATTENTION | gated("block_sparse_moe.switch_mlp") | {"block_sparse_moe.gate"},
    "phimoe": ATTENTION | gated("block_sparse_moe.switch_mlp") | {"block_sparse_moe.gate"},
    "qwen3_moe": ATTENTION | gated("mlp.switch_mlp"),
    "olmoe": ATTENTION | gated("mlp.switch_mlp"),
    "qwen2_moe": ATTENTION | gated("mlp.switch_mlp") | gated("mlp.shared_expert") | {"mlp.shared_expert_gate"},
    "qwen3_next": ATTENTION
    | gated("mlp.switch_mlp")
    | gated("mlp.shared_expert")
    | {
        "mlp.shared_expert_gate",
        "linear_attn.in_proj_qkvz",
        "linear_attn.in_proj_ba",
        "linear_attn.out_proj",
    },
    "qwen3_5": set(SEVEN_KEYS)
    | {f"linear_attn.in_proj_{part}" for part in ("qkv", "z", "a", "b")}
    | {"linear_attn.out_proj"},
    "deepseek_v3": MLA | gated("mlp") | gated("mlp.switch_mlp") | gated("mlp.shared_experts"),
    "kimi_k25": MLA | gated("mlp") | gated("mlp.switch_mlp") | gated("mlp.shared_experts"),
    "gpt_oss": ATTENTION | gated("mlp.experts"),
    "phi3": {"self_attn.qkv_proj", "self_attn.o_proj"} | PHI3_MLP,
    "glm4": ATTENTION | {"mlp.gate_up_proj", "mlp.down_proj"},
    "gpt2": {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"},
    "lfm2": {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"}
    | {"conv.in_proj", "conv.out_proj", "feed_forward.w1", "feed_forward.w2", "feed_forward.w3"},
    "mamba2": {"mixer.in_proj", "mixer.out_proj"},
    "granitemoehybrid": ATTENTION
    | gated("block_sparse_moe.switch_mlp")
    | {"mamba.in_proj", "mamba.out_proj", "shared_mlp.input_linear", "shared_mlp.output_linear"},
    "gemma3n": set(SEVEN_KEYS)
    | {"laurel.linear_left", "laurel.linear_right", "per_layer_input_gate", "per_layer_projection"},
    "recurrent_gemma": {f"temporal_block.{part}_proj" for part in "qkvo"}
    | {"temporal_block.linear_x", "temporal_block.linear_y", "temporal_block.linear_out"}
    | gated("mlp_block"),
    "nemotron_h": {f"mixer.{part}_proj" for part in ("q", "k", "v", "o", "in", "out", "up", "down")},
    "plamo2": {f"mixer.{part}_proj" for part in ("qkv", "o", "in", "out", "bcdt", "dt")} | PHI3_MLP,
    "dbrx": {"norm_attn_norm.attn.Wqkv", "norm_attn_norm.attn.out_proj"}
    | {f"ffn.experts.{expert}.{name}" for expert in range(4) for name in ("w1", "v1", "w2")},
    "rwkv7": {f"attn.{part}_proj" for part in "rkvo"}
    | {f"attn.{part}_lora.lora.{index}" for part in "wagv" for index in (0, 2)}
    | {"ffn.key", "ffn.value"},
    "afm7": {"self_attn.q_proj", "self_attn.out_proj"} | gated("mlp"),
    "llama4": ATTENTION | gated("feed_forward") | gated("feed_forward.experts") | gated("feed_forward.shared_expert"),
}
NOTHING_TO_ADAPT = {("mamba2", -1), ("mamba2", 1), ("nemotron_h", 1)}
"""Models, and how many of their last layers, that have no attention."""
CANNOT_BE_QUANTISED = {"afm7"}


def profile_of(settings: dict[str, Any], folder: Path) -> ModelProfile:
    (folder / "config.json").write_text(json.dumps(settings))
    return read_profile(folder)


def adapted_by_mlx_lm(model: nn.Module, targets: Targets, num_layers: int, rank: int) -> dict[str, int]:
    """What mlx-lm itself adapts with these keys: the path of every module, and the parameters of its LoRA pair."""
    linear_to_lora_layers(model, num_layers, {"rank": rank, "scale": 1.0, "dropout": 0.0, "keys": list(targets.keys)})
    counts: dict[str, int] = {}
    arrays: list[tuple[str, mx.array]] = tree_flatten(model.parameters())  # type: ignore[assignment]
    for name, array in arrays:
        path, leaf = name.rsplit(".", 1)
        if leaf in ("lora_a", "lora_b"):
            counts[path] = counts.get(path, 0) + array.size
    return counts


def test_every_architecture_of_the_table_has_its_expected_keys() -> None:
    assert set(FULL) == set(CONFIGS)


@pytest.mark.parametrize("name", CONFIGS)
def test_full_takes_what_stands_in_place_of_the_seven_matrices(name: str, tmp_path: Path) -> None:
    targets = resolve_targets(profile_of(CONFIGS[name], tmp_path), "full")

    assert set(targets.keys) == FULL[name]


@pytest.mark.parametrize("preset", ["full", "attention", "query_value", "mlp"])
@pytest.mark.parametrize("num_layers", [-1, 1])
@pytest.mark.parametrize("name", CONFIGS)
def test_mlx_lm_adapts_exactly_the_modules_that_were_resolved(
    name: str, preset: TargetPreset, num_layers: int, tmp_path: Path
) -> None:
    profile = profile_of(CONFIGS[name], tmp_path)
    try:
        targets = resolve_targets(profile, preset, num_layers)
    except FieldError:
        assert (name, num_layers) in NOTHING_TO_ADAPT
        assert preset != "full"
        return
    model = random_model(CONFIGS[name])

    counts = adapted_by_mlx_lm(model, targets, num_layers, rank=4)

    assert sorted(counts) == sorted(module.path for module in targets.modules)
    assert sum(counts.values()) == trainable_parameters(targets.modules, 4)
    assert {relative_key(path) for path in counts} == set(targets.keys), "a key matches nothing"


@pytest.mark.parametrize("name", sorted(CONFIGS.keys() - CANNOT_BE_QUANTISED))
def test_a_quantised_base_is_adapted_in_the_same_places(name: str, tmp_path: Path) -> None:
    settings = {**CONFIGS[name], "quantization": {"group_size": 32, "bits": 4}}
    model = random_model(CONFIGS[name])
    nn.quantize(model, 32, 4, class_predicate=_quantizable)
    targets = resolve_targets(profile_of(settings, tmp_path), "full")

    counts = adapted_by_mlx_lm(model, targets, -1, rank=4)

    assert sorted(counts) == sorted(module.path for module in targets.modules)
    assert sum(counts.values()) == trainable_parameters(targets.modules, 4)


def _quantizable(path: str, module: nn.Module) -> bool:
    return hasattr(module, "to_quantized") and module.weight.shape[-1] % 32 == 0


@pytest.mark.parametrize(
    ("name", "attention", "query_value", "mlp"),
    [
        ("qwen2", ATTENTION, {"self_attn.q_proj", "self_attn.v_proj"}, gated("mlp")),
        ("gpt2", {"attn.c_attn", "attn.c_proj"}, {"attn.c_attn"}, {"mlp.c_fc", "mlp.c_proj"}),
        ("phi3", FULL["phi3"] - PHI3_MLP, {"self_attn.qkv_proj"}, PHI3_MLP),
        ("mixtral", ATTENTION, {"self_attn.q_proj", "self_attn.v_proj"}, FULL["mixtral"] - ATTENTION),
        (
            "deepseek_v3",
            MLA,
            {"self_attn.q_a_proj", "self_attn.q_b_proj", "self_attn.kv_a_proj_with_mqa"},
            FULL["deepseek_v3"] - MLA,
        ),
        (
            "qwen3_next",
            ATTENTION | {"linear_attn.in_proj_qkvz", "linear_attn.in_proj_ba", "linear_attn.out_proj"},
            {"self_attn.q_proj", "self_attn.v_proj", "linear_attn.in_proj_qkvz"},
            gated("mlp.switch_mlp") | gated("mlp.shared_expert") | {"mlp.shared_expert_gate"},
        ),
        (
            "nemotron_h",
            {f"mixer.{part}_proj" for part in "qkvo"},
            {"mixer.q_proj", "mixer.v_proj"},
            {"mixer.up_proj", "mixer.down_proj"},
        ),
        (
            "recurrent_gemma",
            {f"temporal_block.{part}_proj" for part in "qkvo"},
            {"temporal_block.q_proj", "temporal_block.v_proj"},
            gated("mlp_block"),
        ),
        ("plamo2", {"mixer.qkv_proj", "mixer.o_proj"}, {"mixer.qkv_proj"}, PHI3_MLP),
        (
            "lfm2",
            {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"},
            {"self_attn.q_proj", "self_attn.v_proj"},
            {"feed_forward.w1", "feed_forward.w2", "feed_forward.w3"},
        ),
    ],
)  # fmt: skip
def test_presets_take_their_part_of_the_layer(
    name: str, attention: set[str], query_value: set[str], mlp: set[str], tmp_path: Path
) -> None:
    profile = profile_of(CONFIGS[name], tmp_path)

    chosen = {preset: set(resolve_targets(profile, preset).keys) for preset in ("attention", "query_value", "mlp")}

    assert chosen == {"attention": attention, "query_value": query_value, "mlp": mlp}


def test_notes_say_what_was_detected(tmp_path: Path) -> None:
    def notes(name: str, preset: TargetPreset = "full") -> tuple[str, ...]:
        return resolve_targets(profile_of(CONFIGS[name], tmp_path), preset).notes

    assert notes("qwen2") == ()
    assert notes("mixtral") == (
        "Detected mixtral - adding block_sparse_moe.gate, block_sparse_moe.switch_mlp.gate_proj, "
        "block_sparse_moe.switch_mlp.up_proj, block_sparse_moe.switch_mlp.down_proj",
    )
    assert notes("gpt2") == (
        "Detected gpt2 - adapting attn.c_attn, attn.c_proj, mlp.c_fc, mlp.c_proj in place of the seven usual matrices",
    )
    assert notes("qwen3_moe")[-1] == "Routers stay as they are: mlp.gate"
    assert "linear_attn.dt_bias is a parameter, not a linear module, so it cannot take LoRA" in notes("qwen3_next")
    assert notes("phi3", "query_value") == (
        "Query, key and value share a module here, so it is adapted as a whole: self_attn.qkv_proj",
    )


def test_zero_and_minus_one_mean_all_layers_and_n_the_last_n(tmp_path: Path) -> None:
    profile = profile_of(config("qwen2", num_hidden_layers=4), tmp_path)

    adapted = {
        count: sorted({split_path(module.path)[0] for module in resolve_targets(profile, "full", count).modules})
        for count in (-1, 0, 1, 3, 4)
    }

    every = [f"model.layers.{index}" for index in range(4)]
    assert adapted == {-1: every, 0: every, 1: every[3:], 3: every[1:], 4: every}


def test_a_key_that_only_earlier_layers_have_is_not_among_the_last(tmp_path: Path) -> None:
    profile = profile_of(CONFIGS["deepseek_v3"], tmp_path)

    assert "mlp.gate_proj" in resolve_targets(profile, "full").keys
    assert "mlp.gate_proj" not in resolve_targets(profile, "full", 1).keys
    with pytest.raises(FieldError, match=r"mlp\.gate_proj stands only in layers before those that are adapted"):
        resolve_targets(profile, "custom", 1, ["mlp.gate_proj"])


@pytest.mark.parametrize("count", [3, 100])
def test_more_layers_than_there_are_is_refused_with_both_numbers(count: int, tmp_path: Path) -> None:
    with pytest.raises(FieldError) as refused:
        resolve_targets(profile_of(CONFIGS["qwen2"], tmp_path), "full", count)

    assert refused.value.detail == (
        f"lora_num_layers is {count}, but the model has 2 layers; give -1 for all of them, or 1 to 2 for the last ones."
    )
    assert [field["field"] for field in refused.value.fields] == ["lora_num_layers"]
    assert refused.value.status_code == 400


def test_custom_keys_are_taken_short_or_as_full_paths(tmp_path: Path) -> None:
    profile = profile_of(CONFIGS["qwen2"], tmp_path)
    keys = ["self_attn.q_proj", "model.layers.0.mlp.up_proj", "self_attn.q_proj", "model.layers.1.self_attn.q_proj"]

    targets = resolve_targets(profile, "custom", 1, keys)

    assert targets.keys == ("self_attn.q_proj", "model.layers.0.mlp.up_proj")
    assert [module.path for module in targets.modules] == [
        "model.layers.0.mlp.up_proj",
        "model.layers.1.self_attn.q_proj",
    ]
    counts = adapted_by_mlx_lm(random_model(CONFIGS["qwen2"]), targets, 1, rank=4)
    assert sorted(counts) == sorted(module.path for module in targets.modules)


@pytest.mark.parametrize(
    ("name", "key", "nearest"),
    [
        ("qwen2", "q_proj", "self_attn.q_proj"),
        ("qwen2", "self_atn.q_prj", "self_attn.q_proj"),
        ("qwen2", "model.layers.9.mlp.up_proj", "mlp.up_proj"),
        ("gpt2", "self_attn.q_proj", "attn.c_proj"),
        ("deepseek_v3", "mlp.gate", "mlp.gate_proj"),
    ],
)
def test_a_key_that_matches_nothing_is_refused_with_the_nearest(
    name: str, key: str, nearest: str, tmp_path: Path
) -> None:
    with pytest.raises(FieldError) as refused:
        resolve_targets(profile_of(CONFIGS[name], tmp_path), "custom", -1, [key])

    assert refused.value.detail == (
        f"No module that LoRA can adapt in this {name} model is {key}; the nearest is {nearest}."
    )
    assert [field["field"] for field in refused.value.fields] == ["lora_keys"]


def test_a_parameter_cannot_take_lora(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"linear_attn\.dt_bias is a parameter, not a linear module"):
        resolve_targets(profile_of(CONFIGS["qwen3_next"], tmp_path), "custom", -1, ["linear_attn.dt_bias"])


@pytest.mark.parametrize("key", ["lm_head", "head"])
def test_a_tied_head_has_no_lora_of_its_own(key: str, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=rf"{key}: the head of this model is its embedding, model\.embed_tokens"):
        resolve_targets(profile_of(CONFIGS["qwen2"], tmp_path), "custom", -1, [key])


@pytest.mark.parametrize("key", ["embeddings", "model.embed_tokens", "model.embed*"])
def test_an_embedding_that_is_the_head_too_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"model\.embed_tokens is the model's head too \(the two are tied\)"):
        resolve_targets(profile_of(CONFIGS["qwen2"], tmp_path), "custom", -1, [key])


@pytest.mark.parametrize("num_layers", [-1, 1])
def test_untied_embeddings_and_head_are_adapted_by_full_path(num_layers: int, tmp_path: Path) -> None:
    settings = CONFIGS["qwen2"] | {"tie_word_embeddings": False}
    profile = profile_of(settings, tmp_path)

    targets = resolve_targets(profile, "custom", num_layers, ["embeddings", "head"])

    assert targets.keys == ("model.embed_tokens", "lm_head")
    assert [module.path for module in targets.modules] == ["model.embed_tokens", "lm_head"]
    counts = adapted_by_mlx_lm(random_model(settings), targets, num_layers, rank=4)
    assert counts == dict.fromkeys(targets.keys, trainable_parameters(targets.modules[:1], 4))


@pytest.mark.parametrize(
    ("name", "words", "keys"),
    [
        ("qwen2", ["*.q_proj"], ["self_attn.q_proj"]),
        ("qwen2", ["mlp"], sorted(gated("mlp"))),
        ("qwen2", ["attention", "mlp.down_proj"], sorted(ATTENTION | {"mlp.down_proj"})),
        ("qwen2", ["*"], sorted(SEVEN_KEYS)),
        ("qwen2_moe", ["experts"], sorted(gated("mlp.switch_mlp"))),
        ("qwen2_moe", ["shared_experts"], sorted(gated("mlp.shared_expert"))),
        ("qwen2_moe", ["router"], ["mlp.gate", "mlp.shared_expert_gate"]),
        ("qwen2_moe", ["mlp.s*.up_proj"], ["mlp.shared_expert.up_proj", "mlp.switch_mlp.up_proj"]),
        ("deepseek_v3", ["mlp", "head"], sorted(gated("mlp") | {"lm_head"})),
        ("mamba2", ["linear_attention"], ["mixer.in_proj", "mixer.out_proj"]),
        ("rwkv7", ["mlp"], ["ffn.key", "ffn.value"]),
        ("gpt2", ["model.wpe"], ["model.wpe"]),
    ],
)
def test_groups_and_patterns_take_what_they_name(name: str, words: list[str], keys: list[str], tmp_path: Path) -> None:
    profile = profile_of(CONFIGS[name], tmp_path)

    targets = resolve_targets(profile, "custom", -1, words)

    assert sorted(targets.keys) == keys
    counts = adapted_by_mlx_lm(random_model(CONFIGS[name]), targets, -1, rank=4)
    assert sorted(counts) == sorted(module.path for module in targets.modules)


@pytest.mark.parametrize(
    ("settings", "word", "layer"),
    [(CONFIGS["qwen2"], "model.layers.0.*", 0), (every_config("kimi_linear"), "linear_attention", 0)],
)
def test_what_only_some_layers_share_is_named_by_its_path(
    settings: dict[str, Any], word: str, layer: int, tmp_path: Path
) -> None:
    targets = resolve_targets(profile_of(settings, tmp_path), "custom", -1, [word])

    assert {module.layer for module in targets.modules} == {layer}
    assert any(key.startswith(f"model.layers.{layer}.") for key in targets.keys)
    counts = adapted_by_mlx_lm(random_model(settings), targets, -1, rank=4)
    assert sorted(counts) == sorted(module.path for module in targets.modules)


def test_groups_and_patterns_stay_within_the_last_layers(tmp_path: Path) -> None:
    targets = resolve_targets(profile_of(CONFIGS["qwen2"], tmp_path), "custom", 1, ["attention", "model.*.mlp.up_proj"])

    assert {module.path.split(".")[2] for module in targets.modules} == {"1"}
    assert set(targets.keys) == ATTENTION | {"mlp.up_proj"}


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("qwen2", {"attention", "mlp", "embeddings"}),
        ("deepseek_v3", {"attention", "mlp", "experts", "shared_experts", "embeddings", "head"}),
        ("qwen2_moe", {"attention", "experts", "shared_experts", "router", "embeddings", "head"}),
        ("qwen3_next", {"attention", "linear_attention", "experts", "shared_experts", "router", "embeddings"}),
        ("nemotron_h", {"attention", "linear_attention", "mlp", "embeddings", "head"}),
        ("recurrent_gemma", {"attention", "linear_attention", "mlp", "embeddings"}),
        ("lfm2", {"attention", "linear_attention", "mlp", "embeddings"}),
        ("plamo2", {"attention", "linear_attention", "mlp", "embeddings"}),
        ("rwkv7", {"linear_attention", "mlp", "embeddings"}),
        ("dbrx", {"attention", "experts", "router", "embeddings", "head"}),
        ("gemma3n", {"attention", "mlp", "router", "other", "embeddings"}),
        ("llama4", {"attention", "mlp", "experts", "shared_experts", "router", "embeddings", "head"}),
        ("step3p5", {"attention", "mlp", "experts", "shared_experts", "router", "embeddings", "head"}),
    ],
)
def test_modules_belong_to_groups(name: str, groups: set[str], tmp_path: Path) -> None:
    settings = CONFIGS.get(name) or every_config(name)

    assert {module.group for module in profile_of(settings, tmp_path).modules} == groups


@pytest.mark.parametrize(
    ("name", "word", "sentence"),
    [
        ("qwen2", "experts", "This qwen2 model has no experts; it has attention, mlp, embeddings."),
        ("qwen2", "", "One of the keys is empty; leave it out, or name a module such as self_attn.q_proj."),
        (
            "qwen2",
            "atention",
            "No module that LoRA can adapt in this qwen2 model is atention; the nearest is attention.",
        ),
        (
            "qwen2",
            "*.wq",
            "No module that LoRA can adapt in this qwen2 model is *.wq; the nearest is self_attn.q_proj.",
        ),
        (
            "deepseek_v3",
            "head*",
            "No module that LoRA can adapt in this deepseek_v3 model is head*; the nearest is head.",
        ),
    ],
)
def test_a_word_that_names_nothing_is_refused(name: str, word: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(FieldError) as refused:
        resolve_targets(profile_of(CONFIGS[name], tmp_path), "custom", -1, [word])

    assert refused.value.detail == sentence


def test_a_choice_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    qwen, mamba = (profile_of(CONFIGS[name], tmp_path) for name in ("qwen2", "mamba2"))

    with pytest.raises(FieldError, match=r"Give at least one key, such as self_attn\.q_proj\."):
        resolve_targets(qwen, "custom", -1, [])
    with pytest.raises(FieldError, match="Keys belong to the custom choice of modules, but the choice is full"):
        resolve_targets(qwen, "full", -1, ["self_attn.q_proj"])
    with pytest.raises(FieldError, match=r"have no attention projections; choose full, which takes mixer\.in_proj"):
        resolve_targets(mamba, "attention")


@pytest.mark.parametrize("name", CONFIGS)
def test_the_last_layers_are_those_that_mlx_lm_counts(name: str, tmp_path: Path) -> None:
    profile = profile_of(CONFIGS[name], tmp_path)
    model = random_model(CONFIGS[name])
    paths = {id(module): path for path, module in model.named_modules()}

    last = {split_path(module.path)[0] for module in resolve_targets(profile, "full", 1).modules}

    assert last == {paths[id(layers(model)[-1])]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("model.layers.12.mlp.up_proj", ("model.layers.12", "mlp.up_proj")),
        ("language_model.model.layers.0.self_attn.q_proj", ("language_model.model.layers.0", "self_attn.q_proj")),
        ("transformer.blocks.3.ffn.experts.15.w1", ("transformer.blocks.3", "ffn.experts.15.w1")),
        ("model.layers.layers.7.mixer.in_proj", ("model.layers.layers.7", "mixer.in_proj")),
        ("mlp.up_proj", ("", "mlp.up_proj")),
    ],
)
def test_a_path_is_a_layer_and_a_key(path: str, expected: tuple[str, str]) -> None:
    assert split_path(path) == expected


def test_numbered_experts_are_one_name() -> None:
    assert short("ffn.experts.15.w1") == "ffn.experts.*.w1"


@pytest.mark.parametrize(
    ("key", "siblings", "expected"),
    [
        ("mixer.o_proj", {"q_proj", "k_proj", "v_proj", "o_proj"}, "attention"),
        ("mixer.out_proj", {"in_proj", "out_proj"}, "other"),
        ("mixer.up_proj", {"up_proj", "down_proj"}, "mlp"),
        ("mixer.out_proj", {"Wqkv", "out_proj"}, "attention"),
        ("attn_out", {"att_proj", "attn_out", "ff_proj", "ff_out"}, "attention"),
        ("att_proj", {"att_proj", "attn_out", "ff_proj", "ff_out"}, "attention"),
        ("ff_out", {"att_proj", "attn_out", "ff_proj", "ff_out"}, "mlp"),
        ("ffn.router.layer", {"layer"}, "router"),
        ("mlp.gate.wg", {"wg"}, "router"),
        ("per_layer_projection", {"per_layer_input_gate", "per_layer_projection"}, "other"),
        ("linear_attn.in_proj_a", {"in_proj_a"}, "attention"),
    ],
)
def test_names_say_what_part_of_a_layer_a_module_is(key: str, siblings: set[str], expected: str) -> None:
    assert role(key, frozenset(siblings)) == expected


def test_names_say_what_holds_queries_and_values() -> None:
    merged = {
        name: is_merged(name) for name in ("c_attn", "Wqkv", "query_key_value", "q_k_v_proj", "W_pack", "kv_proj")
    }
    alone = {name: is_query_or_value(name) for name in ("q_proj", "c_v", "attn_query", "k_proj", "o_proj", "dense")}

    assert merged == dict.fromkeys(merged, True)
    assert alone == {"q_proj": True, "c_v": True, "attn_query": True, "k_proj": False, "o_proj": False, "dense": False}
