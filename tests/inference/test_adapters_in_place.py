"""Adapters on a loaded base: exactly what mlx-lm computes, and nothing of it left behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten
from mlx_lm.tuner.utils import load_adapters
from mlx_lm.utils import load_model

from backend.adapters.identity import content_hash
from backend.errors import AppError
from backend.inference.messages import AdapterWeights
from backend.lora.methods import Method
from backend.workers.inference.adapter_files import AdapterCache, read_adapter
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.profile import read_profile
from tests.tiny_adapters import ATTENTION, SEVEN, make_adapter, read_weights
from tests.tiny_models import CONFIGS, make_model

PROMPT = mx.array([[1, 40, 3, 200, 77, 12, 9]])

BASES: dict[str, dict[str, Any]] = {
    "plain": {"config": CONFIGS["qwen2"]},
    "4 bits": {"config": CONFIGS["qwen2"], "quantized_bits": 4},
    "6 bits": {"config": CONFIGS["llama"], "quantized_bits": 6},
    "experts": {"config": CONFIGS["mixtral"]},
    "4-bit experts": {"config": CONFIGS["qwen3_moe"], "quantized_bits": 4},
    "linear attention": {"config": CONFIGS["qwen3_next"]},
    "gpt2": {"config": CONFIGS["gpt2"]},
}


@pytest.fixture(params=BASES)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_model(tmp_path / "base", **BASES[request.param])


@pytest.fixture
def adapters(base: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes an adapter of all modules of the base, or of those whose path holds `part`."""
    paths = [module.path for module in read_profile(base).modules]

    def make(name: str, part: str = "", **settings: Any) -> Path:
        return make_adapter(tmp_path / name, base, keys=[path for path in paths if part in path], **settings)

    return make


def load(folder: Path) -> nn.Module:
    model, _ = load_model(folder)
    return cast(nn.Module, model)


def logits(model: nn.Module) -> list[Any]:
    values: list[Any] = model(PROMPT).tolist()
    return values


def tensors(model: nn.Module) -> dict[str, list[Any]]:
    return {name: [tensor.dtype, tensor.tolist()] for name, tensor in dict(tree_flatten(model.parameters())).items()}


def use(model: AdaptedModel, folder: Path, scale: float = 1.0) -> list[Any]:
    model.use(read_adapter(folder / "adapters.safetensors"), scale)
    return logits(model.model)


def test_logits_equal_those_of_mlx_lm(base: Path, adapters: Callable[..., Path]) -> None:
    folder = adapters("one", rank=4, scale=2.0)
    expected = logits(load_adapters(load(base), str(folder)).eval())
    assert use(AdaptedModel(load(base)), folder, 2.0) == expected


def test_the_base_is_bit_identical_before_and_after(base: Path, adapters: Callable[..., Path]) -> None:
    model = AdaptedModel(load(base))
    before, weights = logits(model.model), tensors(model.model)
    assert use(model, adapters("one")) != before
    assert use(model, adapters("few", part=".1.", rank=2, seed=2)) != before
    model.use_base()
    assert logits(model.model) == before
    assert tensors(model.model) == weights


def test_switching_back_is_bit_identical(base: Path, adapters: Callable[..., Path]) -> None:
    model = AdaptedModel(load(base))
    one, same_shapes, fewer = adapters("one", seed=1), adapters("two", seed=2), adapters("few", part=".0.", rank=8)
    first = use(model, one)
    second = use(model, same_shapes, 0.5)
    assert second != first
    assert use(model, one) == first
    assert use(model, fewer) not in (first, second)
    assert use(model, same_shapes, 0.5) == second


@pytest.mark.parametrize("method", ["dora", "full"])
@pytest.mark.parametrize("base", ["plain", "gpt2", "linear attention"], indirect=True)
def test_dora_and_whole_weights_compute_what_mlx_lm_computes_and_go_again(
    method: Method, base: Path, tmp_path: Path, adapters: Callable[..., Path]
) -> None:
    model = AdaptedModel(load(base))
    before, weights = logits(model.model), tensors(model.model)
    one, two = [adapters(name, part="attn", method=method, seed=seed) for seed, name in enumerate(["one", "two"])]
    lora = adapters("lora", rank=4)
    found = [use(model, folder) for folder in (one, two, lora, one, lora)]
    expected = [logits(load_adapters(load(base), str(folder)).eval()) for folder in (one, two, lora)]
    assert found == [*expected, expected[0], expected[2]]
    assert before not in found
    use(model, two)
    model.use_base()
    assert (logits(model.model), tensors(model.model)) == (before, weights)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_dora_on_quantised_weights_computes_what_mlx_lm_computes(bits: int, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", {**CONFIGS["qwen2"], "tie_word_embeddings": False}, quantized_bits=bits)
    folder = make_adapter(tmp_path / "one", base, keys=[*SEVEN, "lm_head"], method="dora")
    model = AdaptedModel(load(base))
    before = logits(model.model)
    assert use(model, folder) == logits(load_adapters(load(base), str(folder)).eval()) != before
    model.use_base()
    assert logits(model.model) == before


@pytest.mark.parametrize("tied", [True, False])
def test_dora_on_embeddings_computes_what_mlx_lm_computes(tied: bool, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", {**CONFIGS["qwen2"], "tie_word_embeddings": tied})
    folder = make_adapter(tmp_path / "one", base, keys=["model.embed_tokens"], method="dora")
    assert use(AdaptedModel(load(base)), folder) == logits(load_adapters(load(base), str(folder)).eval())


def test_dora_is_overwritten_in_place_and_never_mistaken_for_lora(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    model = AdaptedModel(load(base))
    first = use(model, make_adapter(tmp_path / "one", base, seed=1, method="dora"))
    before = dict(model.model.named_modules())
    use(model, make_adapter(tmp_path / "two", base, seed=2, method="dora"))
    after = dict(model.model.named_modules())
    assert all(after[path] is module for path, module in before.items())
    lora = make_adapter(tmp_path / "three", base, seed=1)
    assert use(model, lora) == use(AdaptedModel(load(base)), lora) != first


def test_an_adapter_of_the_same_structure_is_overwritten_in_place(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    model = AdaptedModel(load(base))
    use(model, make_adapter(tmp_path / "one", base, seed=1))
    before = dict(model.model.named_modules())
    use(model, make_adapter(tmp_path / "two", base, seed=2))
    after = dict(model.model.named_modules())
    assert all(after[path] is module for path, module in before.items())


def test_an_adapter_that_does_not_fit_leaves_the_base_as_it_was(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    model = AdaptedModel(load(base))
    before = logits(model.model)
    use(model, make_adapter(tmp_path / "one", base))
    wider = make_model(tmp_path / "wider", {**CONFIGS["qwen2"], "intermediate_size": 128})
    with pytest.raises(AppError, match="does not fit"):
        use(model, make_adapter(tmp_path / "of-wider", wider))
    assert logits(model.model) == before


@pytest.mark.parametrize("bits", [None, 4])
@pytest.mark.parametrize("keys", [["lm_head"], ["model.embed_tokens"], [*SEVEN, "lm_head", "model.embed_tokens"]])
def test_heads_and_embeddings_are_adapted_as_mlx_lm_adapts_them(
    keys: list[str], bits: int | None, tmp_path: Path
) -> None:
    base = make_model(tmp_path / "base", {**CONFIGS["qwen2"], "tie_word_embeddings": False}, quantized_bits=bits)
    folder = make_adapter(tmp_path / "one", base, keys=keys)
    expected = logits(load_adapters(load(base), str(folder)).eval())
    assert use(AdaptedModel(load(base)), folder) == expected


def test_a_half_precision_adapter_counts_as_it_is(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    folder = make_adapter(tmp_path / "one", base, keys=ATTENTION)
    file = folder / "adapters.safetensors"
    halved = {name: tensor.astype(mx.bfloat16) for name, tensor in read_weights(file).items()}
    mx.save_safetensors(str(file), halved)
    expected = logits(load_adapters(load(base), str(folder)).eval())
    assert use(AdaptedModel(load(base)), folder) == expected


def chosen(folder: Path) -> AdapterWeights:
    file = folder / "adapters.safetensors"
    return AdapterWeights(file=file, scale=1.0, content_hash=content_hash(file))


def test_adapters_of_the_same_content_are_read_once(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    one, same, other = [make_adapter(tmp_path / name, base, seed=len(name)) for name in ("a", "b", "cc")]
    cache = AdapterCache()
    assert chosen(one) not in cache
    adapter = cache.get(chosen(one))
    assert cache.get(chosen(one)) is cache.get(chosen(same)) is adapter
    assert cache.get(chosen(other)) is not adapter
    assert len(cache) == 2


def test_a_file_that_changed_since_it_was_chosen_is_refused(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    folder = make_adapter(tmp_path / "one", base, seed=1)
    before = chosen(folder)
    make_adapter(folder, base, seed=2)
    cache = AdapterCache()
    with pytest.raises(AppError, match="has changed since it was chosen"):
        cache.get(before)
    assert len(cache) == 0
    assert cache.get(chosen(folder)) is not None


def test_the_adapters_used_last_are_kept_as_far_as_they_fit(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base")
    folders = [make_adapter(tmp_path / name, base, seed=seed) for seed, name in enumerate(["one", "two", "three"])]
    one, two, three = map(chosen, folders)
    large = chosen(make_adapter(tmp_path / "large", base, method="full"))

    def kept() -> list[str]:
        return [weights.file.parent.name for weights in (one, two, three, large) if weights in cache]

    cache = AdapterCache(limit_bytes=2 * one.file.stat().st_size)
    for weights in (one, two, one, three):
        cache.get(weights)
    assert kept() == ["one", "three"]
    cache.get(large)
    assert kept() == ["large"]
    cache.get(two)
    assert kept() == ["two"]
