"""What LoRA leaves out, against a probe: LoRA on it fails, or nothing that it changes reaches the loss."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import pytest
from mlx.utils import tree_flatten, tree_map
from mlx_lm.tuner.utils import linear_to_lora_layers

from backend.lora.paths import relative_key, short
from backend.workers.module_tree import KINDS, can_adapt, layers
from backend.workers.profile import UNTRAINABLE, read_profile
from backend.workers.training.engine.losses import mean_loss
from tests.architectures.every import tokens
from tests.architectures.test_every_type import TRAINABLE
from tests.tiny_configs import every_config
from tests.tiny_models import random_model

LEFT_OUT = {
    "deepseek_v32": {"self_attn.indexer.wq_b", "self_attn.indexer.wk", "self_attn.indexer.weights_proj"},
    "glm_moe_dsa": {"self_attn.indexer.wq_b", "self_attn.indexer.wk", "self_attn.indexer.weights_proj"},
    "minimax_m3_vl": {"self_attn.index_q_proj", "self_attn.index_k_proj"},
    "gemma3n": {"altup.prediction_coefs", "altup.correction_coefs"},
    "kimi_k3": {"self_attention_res_proj", "mlp_res_proj"},
}


def left_out(model: nn.Module) -> set[str]:
    """Keys of the linear modules inside the layers that are not adapted."""
    return {
        short(path)
        for layer in layers(model)
        for path, module in layer.named_modules()
        if type(module) in KINDS and not can_adapt(path, module)
    }


def learns(settings: dict[str, Any], key: str) -> bool:
    """Whether the loss has a gradient for LoRA on `key`, its factors drawn at random."""
    model = random_model(settings)
    model.freeze()
    linear_to_lora_layers(model, -1, {"rank": 2, "scale": 1.0, "dropout": 0.0, "keys": [key]})
    model.update(tree_map(lambda factor: 0.1 * mx.random.normal(factor.shape), model.trainable_parameters()))
    model.train()
    ids = tokens()
    labels = ids[:, 1:].reshape(-1)
    gradient = nn.value_and_grad(model, mean_loss)
    try:
        _, found = gradient(model, ids[:, :-1], mx.arange(labels.size), labels, mx.ones(labels.size))
    except AttributeError as error:
        assert "weight" in str(error)
        return False
    factors: list[tuple[str, mx.array]] = tree_flatten(found)  # type: ignore[assignment]
    assert factors
    return any((factor != 0).any().item() for _, factor in factors)


TIED_OTHERWISE = {"gemma3", "gemma3_text", "recurrent_gemma", "minicpm", "helium", "llama4_text", "seed_oss"}
"""Models that tie their head only while loading, or read the embedding's weight without asking it."""
CANNOT_RUN_TIED = {"baichuan_m1"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("tie", [False, True])
def test_an_embedding_is_tied_where_the_model_asks_it_for_logits(
    tie: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[nn.Module] = []
    as_linear: Any = nn.Embedding.as_linear

    def asking(embedding: nn.Embedding, x: mx.array) -> mx.array:
        asked.append(embedding)
        answered: mx.array = as_linear(embedding, x)
        return answered

    monkeypatch.setattr(nn.Embedding, "as_linear", asking)
    different = {}
    for module in sorted(set(TRAINABLE) - (TIED_OTHERWISE | CANNOT_RUN_TIED if tie else set())):
        settings = json.loads(json.dumps(every_config(module)))
        settings.get("text_config", settings)["tie_word_embeddings"] = tie
        (tmp_path / "config.json").write_text(json.dumps(settings))
        tied = {found.path for found in read_profile(tmp_path).modules if found.tied}
        model = random_model(settings)
        asked.clear()
        model(tokens()[:, :4])
        if tied != {path for path, found in model.named_modules() if any(found is each for each in asked)}:
            different[module] = tied

    assert different == {}


def test_only_these_modules_are_left_out() -> None:
    found = {module: left_out(random_model(every_config(module))) for module in TRAINABLE}

    assert {module: keys for module, keys in found.items() if keys} == LEFT_OUT


@pytest.mark.parametrize(
    ("module", "key"), [(module, key) for module, keys in LEFT_OUT.items() for key in sorted(keys)]
)
def test_what_is_left_out_would_learn_nothing(module: str, key: str) -> None:
    assert not learns(every_config(module), key)


@pytest.mark.parametrize(
    ("module", "key"), [("deepseek_v32", "self_attn.o_proj"), ("gemma3n", "altup.modality_router")]
)
def test_the_probe_sees_what_does_learn(module: str, key: str) -> None:
    assert learns(every_config(module), key)


@pytest.mark.parametrize("module", sorted(UNTRAINABLE))
def test_what_cannot_be_trained_is_documented(module: str) -> None:
    text = Path("docs/architectures.md").read_text()

    assert f"`{module}`" in text
    assert UNTRAINABLE[module] in text


def test_the_keys_that_are_left_out_are_not_in_the_profile(tmp_path: Path) -> None:
    for module, keys in LEFT_OUT.items():
        (tmp_path / "config.json").write_text(json.dumps(every_config(module)))
        assert keys.isdisjoint(relative_key(found.path) for found in read_profile(tmp_path).modules)
