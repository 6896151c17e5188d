"""What a model's files say about it: parameters, precision, licence, origin; read again when they change."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from backend.models.facts import Facts, file_states, read_facts
from backend.models.files import missing_part
from backend.models.fingerprint import Tensor
from backend.models.licence import read_licence
from backend.models.origin import Origin, repository_of, revision_of, write_origin
from backend.models.weights import parameters, precision
from backend.workers.profile import read_profile
from tests.tiny_models import CONFIGS, make_model

HEADS_OF_THEIR_OWN = {"qwen2_moe", "deepseek_v3", "kimi_k25", "gpt_oss", "glm4", "nemotron_h", "llama4"}
"""Types for which mlx-lm builds a second head, whatever their configuration says of tying."""


def facts(folder: Path) -> Facts:
    return read_facts(folder, file_states(folder))


def weights(folder: Path) -> dict[str, mx.array]:
    loaded = mx.load(str(folder / "model.safetensors"))
    assert isinstance(loaded, dict)
    mx.eval(loaded)
    return loaded


def save(folder: Path, arrays: dict[str, mx.array]) -> None:
    mx.save_safetensors(str(folder / "model.safetensors"), arrays)


def tensor(dtype: str, *shape: int) -> Tensor:
    return Tensor(Path("model.safetensors"), dtype, shape, 0, 0)


COUNTED = [
    (model_type, bits)
    for model_type in sorted(set(CONFIGS) - HEADS_OF_THEIR_OWN)
    for bits in ([None] if model_type == "afm7" else [None, 4, 8])  # mlx-lm cannot quantise that one
]


@pytest.mark.parametrize(("model_type", "bits"), COUNTED)
def test_the_files_hold_as_many_parameters_as_the_model_has(model_type: str, bits: int | None, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", CONFIGS[model_type], quantized_bits=bits)
    assert facts(folder).parameters == read_profile(folder).total_parameters


def test_a_head_that_is_tied_counts_once_even_where_the_file_has_it_twice(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model", {**CONFIGS["qwen2"], "tie_word_embeddings": True})
    once = facts(folder).parameters
    arrays = weights(folder)
    save(folder, {**arrays, "lm_head.weight": arrays["model.embed_tokens.weight"] + 0})
    assert facts(folder).parameters == once == read_profile(folder).total_parameters


@pytest.mark.parametrize(
    ("dtype", "words"), [(mx.bfloat16, "bfloat16"), (mx.float16, "float16"), (mx.float32, "float32")]
)
def test_precision_is_that_of_most_parameters(dtype: mx.Dtype, words: str, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    arrays = {name: array if array.ndim == 1 else array.astype(dtype) for name, array in weights(folder).items()}
    save(folder, arrays)
    assert facts(folder).precision == words


@pytest.mark.parametrize(
    ("config", "tensors", "count", "words"),
    [
        (
            {"quantization": {"group_size": 64, "bits": 4, "a": {"group_size": 64, "bits": 6}}},
            {"a.weight": tensor("U32", 8, 24), "a.scales": tensor("F16", 8, 2), "a.biases": tensor("F16", 8, 2),
             "b.weight": tensor("U32", 8, 16), "b.scales": tensor("F16", 8, 2), "b.biases": tensor("F16", 8, 2),
             "b.bias": tensor("F16", 8)},
            8 * 128 + 8 * 128 + 8, "4- and 6-bit",
        ),
        (
            {"quantization_config": {"quant_method": "gptq", "bits": 4}},
            {"a.qweight": tensor("I32", 16, 8), "a.qzeros": tensor("I32", 1, 1), "a.scales": tensor("F16", 1, 8),
             "a.g_idx": tensor("I32", 128)},
            128 * 8, "4-bit",
        ),
        (
            {"quantization_config": {"quant_method": "mxfp4"}},
            {"experts.up_proj_blocks": tensor("U8", 2, 8, 4, 16), "experts.up_proj_scales": tensor("U8", 2, 8, 4),
             "experts.up_proj_bias": tensor("BF16", 2, 8)},
            2 * 8 * 4 * 32 + 2 * 8, "4-bit",
        ),
        (
            {"quantization_config": {"quant_method": "fp8"}},
            {"a.weight": tensor("F8_E4M3", 64, 64), "a.weight_scale_inv": tensor("F32", 1, 1),
             "n.weight": tensor("BF16", 64)},
            64 * 64 + 64, "8-bit",
        ),
        (
            {"model_type": "gpt2"},
            {"h.0.attn.bias": tensor("F32", 1, 1, 1024, 1024), "h.0.attn.c_attn.bias": tensor("F32", 9),
             "rotary_emb.inv_freq": tensor("F32", 32)},
            9, "float32",
        ),
    ],
)  # fmt: skip
def test_packed_weights_count_as_what_they_stand_for(
    config: dict[str, Any], tensors: dict[str, Tensor], count: int, words: str
) -> None:
    assert (parameters(config, tensors), precision(config, tensors)) == (count, words)


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({"README.md": "---\nlicense: apache-2.0\ntags: [chat]\n---\n# A model"}, "Apache 2.0"),
        ({"README.md": "---\nlicense: other\nlicense_name: qwen-research\n---\n"}, "qwen-research"),
        ({"README.md": "---\nlicense: [llama3.2]\n---\n"}, "Llama 3.2"),
        ({"README.md": "---\nlicense: : :\n---\n", "LICENSE": "\n   MIT License\n\nCopyright"}, "MIT"),
        ({"README.md": "no front matter, license: mit"}, None),
        ({"LICENSE.txt": "                 Apache License\n        Version 2.0"}, "Apache 2.0"),
        ({"LICENSE": "Our Own Terms of " + "Use " * 40}, ("Our Own Terms of " + "Use " * 40)[:60]),
        ({"LICENSE": ""}, None),
        ({}, None),
    ],
)
def test_the_licence_is_that_of_the_card_else_of_the_licence_file(
    files: dict[str, str], licence: str | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert read_licence(tmp_path) == licence


def test_facts_are_read_again_when_a_file_changes_and_only_then(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    first = facts(folder)
    assert facts(folder) is first
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    assert (facts(folder).licence, first.licence) == ("MIT", None)


def test_a_weight_file_that_the_index_names_and_the_folder_lacks_is_told(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    index = {"weight_map": {"a": "model-00001-of-00003.safetensors", "b": "model-00002-of-00003.safetensors",
                            "c": "model-00003-of-00003.safetensors"}}  # fmt: skip
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert missing_part(folder) is None, "the index is of an earlier state"
    (folder / "model.safetensors").rename(folder / "model-00001-of-00003.safetensors")
    assert missing_part(folder) == (
        "model is not whole: model-00002-of-00003.safetensors and 1 more is missing. Download or copy it again."
    )


def test_damaged_weights_are_a_problem_in_the_list(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    found = facts(folder)
    assert (found.parameters, found.model_type) == (None, "qwen2")
    assert found.problem is not None and "is damaged: it is no readable safetensors file" in found.problem


def test_where_a_model_came_from_is_known_by_its_record_its_cache_or_its_name(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--org--big" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (tmp_path / "linked").symlink_to(snapshot)
    named = tmp_path / "org--small"
    named.mkdir()
    plain = tmp_path / "mine"
    plain.mkdir()
    assert [repository_of(it) for it in (snapshot, tmp_path / "linked", named, plain)] == [
        "org/big", "org/big", "org/small", None,
    ]  # fmt: skip
    write_origin(plain, Origin(repo_id="org/other", revision="c0ffee", files={}))
    assert repository_of(plain) == "org/other"
    assert [revision_of(it) for it in (snapshot, tmp_path / "linked", named, plain)] == ["abc", "abc", None, "c0ffee"]


def test_what_was_converted_here_is_no_copy_of_the_repository_of_its_base(tmp_path: Path) -> None:
    folder = tmp_path / "org--small-4bit"
    folder.mkdir()
    (folder / "conversion.json").write_text("{}")
    assert (repository_of(folder), revision_of(folder)) == (None, None)
    write_origin(folder, Origin(repo_id="org/small", revision="c0ffee", files={}))
    assert (repository_of(folder), revision_of(folder)) == (None, None), "earlier ones took it along"
    write_origin(folder, Origin(repo_id="org/small-4bit", revision="c0ffee", files={"conversion.json": ""}))
    assert repository_of(folder) == "org/small-4bit", "somebody published a conversion, and here it was downloaded"
