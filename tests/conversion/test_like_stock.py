"""What the worker writes is what stock `mlx_lm.convert` writes, to the byte; and a sketch knows its size before."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import mlx.core as mx
import mlx_lm.utils
import pytest
from mlx_lm.convert import MODEL_CONVERSION_DTYPES, QUANT_RECIPES
from mlx_lm.convert import convert as convert_by_stock
from mlx_lm.utils import load_model

from backend.errors import FieldError
from backend.models.conversion.schemas import MixedRecipe, Recipe, WeightType
from backend.workers.conversion import writing
from backend.workers.conversion.recipe import convert, sketch, stored_bytes
from tests.conversion.conftest import EIGHT_LAYERS
from tests.tiny_models import CONFIGS, config, make_model

WIDE = {**CONFIGS["qwen2"], "intermediate_size": 128}
MODELS = {
    "tied": WIDE,
    "untied": EIGHT_LAYERS,
    "half": {**WIDE, "torch_dtype": "float16"},
    "mixtral": CONFIGS["mixtral"],
    "qwen3_moe": CONFIGS["qwen3_moe"],
    "gpt_oss": CONFIGS["gpt_oss"],
    "qwen3_5": CONFIGS["qwen3_5"],
    "kimi_k25": CONFIGS["kimi_k25"],
    "gemma3_text": CONFIGS["gemma3_text"],
}


def ours(source: Path, folder: Path, recipe: Recipe) -> list[str]:
    """What was told of the progress."""
    told: list[str] = []
    converted = convert(source, recipe)
    writer = writing.Writer(converted)
    steps = writer.steps
    writer.write(source, folder, told.append)
    assert len(told) == steps
    return told


def stock(source: Path, folder: Path, recipe: Recipe) -> None:
    convert_by_stock(
        str(source),
        str(folder),
        quantize=recipe.quantises,
        q_group_size=recipe.group_size,
        q_bits=recipe.bits,
        dtype=recipe.dtype,
        quant_predicate=recipe.mixed,
        dequantize=not recipe.quantises,
    )


def weights_of(folder: Path) -> dict[str, bytes]:
    """Everything that stock writes of the model itself: weights and index."""
    return {file.name: file.read_bytes() for file in folder.glob("model*")}


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        ("tied", Recipe(bits=4)),
        ("tied", Recipe(bits=6, group_size=32)),
        ("tied", Recipe(bits=8, group_size=64)),
        ("untied", Recipe(bits=4, group_size=64)),
        ("untied", Recipe(bits=4, group_size=32, dtype="bfloat16")),
        ("half", Recipe(bits=4, group_size=32)),
        ("untied", Recipe(mixed="mixed_2_6")),
        ("untied", Recipe(mixed="mixed_3_4")),
        ("untied", Recipe(mixed="mixed_3_6", group_size=32)),
        ("tied", Recipe(mixed="mixed_4_6")),
        ("tied", Recipe(dtype="bfloat16")),
        ("tied", Recipe(dtype="float16")),
        ("mixtral", Recipe(bits=4, group_size=32)),
        ("mixtral", Recipe(mixed="mixed_3_6", group_size=32)),
        ("qwen3_moe", Recipe(bits=8, group_size=32)),
        ("gpt_oss", Recipe(bits=4, group_size=32)),
        ("qwen3_5", Recipe(bits=6, group_size=32)),
        ("kimi_k25", Recipe(bits=4, group_size=32, dtype="float16")),
        ("gemma3_text", Recipe(bits=4, group_size=32)),
    ],
    ids=lambda it: it if isinstance(it, str) else it.model_dump_json(exclude_none=True),
)
def test_weights_are_those_of_stock_to_the_byte_and_sketched_before(model: str, recipe: Recipe, tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", MODELS[model])

    sketched = sketch(source, recipe)
    told = ours(source, tmp_path / "ours", recipe)
    stock(source, tmp_path / "stock", recipe)

    assert weights_of(tmp_path / "ours") == weights_of(tmp_path / "stock")
    assert sketched.size_bytes == stored_bytes(tmp_path / "ours") == index_of(tmp_path / "stock")["total_size"]
    assert sketched.size_before_bytes == stored_bytes(source)
    layers = sorted({line for line in told if line.startswith("layer ")})
    assert layers[-1] == f"layer {len(layers)} of {len(layers)}"
    assert config_of(tmp_path / "ours") == with_dtype(config_of(tmp_path / "stock"), recipe.dtype)
    load_model(tmp_path / "ours")


@pytest.mark.parametrize("model", ["packed", "mixtral"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_unpacking_a_quantised_model_is_that_of_stock(model: str, dtype: WeightType, tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", CONFIGS["qwen2" if model == "packed" else model], quantized_bits=4)
    recipe = Recipe(dtype=dtype)
    ours(source, tmp_path / "ours", recipe)
    stock(source, tmp_path / "stock", recipe)
    assert weights_of(tmp_path / "ours") == weights_of(tmp_path / "stock")
    assert config_of(tmp_path / "ours") == config_of(tmp_path / "stock")
    assert "quantization" not in config_of(tmp_path / "ours")
    assert {str(it.dtype) for it in tensors_of(tmp_path / "ours").values()} == {f"mlx.core.{dtype}"}


def test_a_type_that_stock_unpacks_into_another_one_is_the_one_asked_for(tmp_path: Path) -> None:
    plain = make_model(tmp_path / "plain", WIDE)
    convert_by_stock(str(plain), str(tmp_path / "mxfp4"), quantize=True, q_mode="mxfp4")
    ours(tmp_path / "mxfp4", tmp_path / "ours", Recipe(dtype="float32"))
    assert {it.dtype for it in tensors_of(tmp_path / "ours").values()} == {mx.float32}


def test_several_files_of_weights_are_those_of_stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(weights: dict[str, mx.array]) -> list[dict[str, mx.array]]:
        names = list(weights)
        return [{name: weights[name] for name in names[start : start + 20]} for start in range(0, len(names), 20)]

    source = make_model(tmp_path / "source", EIGHT_LAYERS)
    monkeypatch.setattr(mlx_lm.utils, "make_shards", small)
    monkeypatch.setattr(writing, "make_shards", small)
    ours(source, tmp_path / "ours", Recipe(bits=4))
    stock(source, tmp_path / "stock", Recipe(bits=4))
    assert len(list((tmp_path / "ours").glob("model-0000*-of-*.safetensors"))) > 2
    assert weights_of(tmp_path / "ours") == weights_of(tmp_path / "stock")
    load_model(tmp_path / "ours")


def test_the_recipes_are_those_that_mlx_lm_has() -> None:
    assert list(get_args(MixedRecipe)) == QUANT_RECIPES
    assert set(get_args(WeightType)) == set(MODEL_CONVERSION_DTYPES)


def test_a_mixed_recipe_gives_some_modules_more_bits(tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", EIGHT_LAYERS)
    ours(source, tmp_path / "ours", Recipe(mixed="mixed_3_6"))
    model, _ = load_model(tmp_path / "ours")
    bits = {path: module.bits for path, module in model.named_modules() if hasattr(module, "bits")}
    down = [bits[f"model.layers.{layer}.mlp.down_proj"] for layer in range(8)]
    value = [bits[f"model.layers.{layer}.self_attn.v_proj"] for layer in range(8)]
    assert down == value == [6, 3, 3, 6, 3, 3, 6, 6]
    assert bits["lm_head"] == 6
    assert {it for path, it in bits.items() if not path.endswith(("down_proj", "v_proj", "lm_head"))} == {3}


def test_bits_a_weight_count_scales_and_what_stays_plain(tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", {**WIDE, "torch_dtype": "float16"})
    found = sketch(source, Recipe(bits=4, group_size=32))
    model, _ = load_model(source)
    packed = sum(module.weight.size for _, module in model.named_modules() if hasattr(module, "to_quantized"))
    parameters = mlx_lm.utils.get_total_parameters(model)
    plain = parameters - packed
    assert found.size_bytes * 8 == packed * (4 + 2 * 16 / 32) + plain * 16
    # Beside the weights, mlx-lm counts what models keep of their own, such as rotary frequencies.
    assert found.bits_per_weight == pytest.approx(found.size_bytes * 8 / parameters, rel=0.01)


def test_modules_whose_rows_no_group_fills_stay_and_are_named(tmp_path: Path) -> None:
    source = make_model(tmp_path / "source")  # 64 and, in down_proj, 96 wide
    ours(source, tmp_path / "ours", Recipe(bits=4, group_size=64))
    stock(source, tmp_path / "stock", Recipe(bits=4, group_size=64))
    assert weights_of(tmp_path / "ours") == weights_of(tmp_path / "stock")
    assert sketch(source, Recipe(bits=4, group_size=64)).notes == [
        "2 of 15 modules stay unquantised, because groups of 64 do not fill their rows: "
        "model.layers.0.mlp.down_proj (width 96) and others."
    ]
    with pytest.raises(FieldError) as refused:
        sketch(source, Recipe(bits=4, group_size=128))
    assert refused.value.detail == (
        "Groups of 128 fill the rows of no module here, such as model.embed_tokens (width 64). Choose 64."
    )


@pytest.mark.parametrize(
    ("make", "recipe", "words"),
    [
        (
            lambda folder: make_model(folder, quantized_bits=4),
            Recipe(bits=8),
            "source is quantised already, to 4 bits.",
        ),
        (
            lambda folder: make_model(folder, CONFIGS["gpt2"]),
            Recipe(mixed="mixed_3_6"),
            "a gpt2 model has no down_proj",
        ),
        (make_model, Recipe(dtype="float32"), "The weights of source are float32 already; nothing would change."),
        (lambda folder: make_model(folder, narrow()), Recipe(bits=4, group_size=32), "Choose another dtype instead."),
        (
            lambda folder: make_model(folder, CONFIGS["afm7"]),
            Recipe(bits=4, group_size=32),
            "quantise models of the type afm7 so",
        ),
        (lambda folder: own_scales(folder), Recipe(dtype="bfloat16"), "mlx-lm cannot unpack source"),
    ],
)
def test_what_a_recipe_cannot_be_used_on_is_refused_in_words(
    make: Callable[[Path], Path], recipe: Recipe, words: str, tmp_path: Path
) -> None:
    with pytest.raises(FieldError) as refused:
        sketch(make(tmp_path / "source"), recipe)
    assert words in refused.value.detail


def test_another_type_is_recorded_where_the_next_conversion_looks(tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", {**WIDE, "torch_dtype": "float32"})
    ours(source, tmp_path / "half", Recipe(dtype="float16"))
    assert config_of(tmp_path / "half")["torch_dtype"] == "float16"
    ours(tmp_path / "half", tmp_path / "packed", Recipe(bits=4))
    assert {it.dtype for it in tensors_of(tmp_path / "packed").values()} == {mx.float16, mx.uint32}


def narrow() -> dict[str, Any]:
    return config("llama", hidden_size=48, intermediate_size=80, num_attention_heads=4, head_dim=12)


def own_scales(folder: Path) -> Path:
    """A mixture whose experts are quantised with one more scale each."""
    make_model(folder, CONFIGS["mixtral"])
    model, settings = load_model(folder)
    model, settings = mlx_lm.utils.quantize_model(model, settings, 16, 4, mode="nvfp4", global_scale=True)
    mlx_lm.utils.save_model(folder, model)
    mlx_lm.utils.save_config(settings, folder / "config.json")
    return folder


def tensors_of(folder: Path) -> dict[str, mx.array]:
    return {name: array for file in folder.glob("model*.safetensors") for name, array in mx.load(str(file)).items()}  # type: ignore[union-attr]


def config_of(folder: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return settings


def index_of(folder: Path) -> dict[str, int]:
    metadata: dict[str, int] = json.loads((folder / "model.safetensors.index.json").read_text())["metadata"]
    return metadata


def with_dtype(settings: dict[str, Any], dtype: str | None) -> dict[str, Any]:
    """Stock leaves the old type in config.json."""
    if dtype is None:
        return settings
    return {name: dtype if name in ("dtype", "torch_dtype") else value for name, value in settings.items()}
