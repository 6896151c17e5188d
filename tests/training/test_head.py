"""The split into hidden states and head holds on every model type, and leaves nothing behind."""

from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
import pytest
from mlx import nn

from backend.workers.training.engine.head import split
from tests.architectures.every import plan_for, prepared
from tests.architectures.test_every_type import TRAINABLE
from tests.tiny_configs import CONFIGS, every_config
from tests.tiny_models import random_model


@pytest.mark.parametrize("module", TRAINABLE)
def test_every_type_is_split_into_hidden_states_and_head(module: str, tmp_path: Path) -> None:
    settings = every_config(module)
    model = prepared(settings, plan_for(settings, tmp_path))
    model.eval()
    found = split(model)
    assert found is not None
    assert found.parameters == []  # no head trains here
    inputs = mx.array(np.random.default_rng(1).integers(0, 300, (2, 11)).astype(np.int32))
    expected = model(inputs)
    hidden = found.hidden(inputs)
    assert hidden.shape[-1] != expected.shape[-1] == found.vocabulary
    positions = mx.array([21, 3, 14, 3, 0])
    ours = found.logits(hidden.reshape(-1, hidden.shape[-1])[positions])
    theirs = expected.reshape(-1, found.vocabulary)[positions]
    np.testing.assert_allclose(np.array(ours), np.array(theirs), rtol=1e-4, atol=1e-4)


class Plain(nn.Module):
    """Three modules and a head that is no module."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.inner = Inner()

    @property
    def layers(self) -> list[nn.Module]:
        return self.inner.layers

    def __call__(self, inputs: mx.array) -> mx.array:
        return self.inner(inputs) @ mx.ones((8, 20))


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.embedding = nn.Embedding(20, 8)
        self.layers: list[nn.Module] = [nn.Linear(8, 8)]

    def __call__(self, inputs: mx.array) -> mx.array:
        output: mx.array = self.layers[0](self.embedding(inputs))
        return output


def test_a_head_that_looks_at_other_positions_is_not_split_off() -> None:
    class Mixing(Plain):
        def __call__(self, inputs: mx.array) -> mx.array:
            return mx.cumsum(super().__call__(inputs), axis=1)

    assert split(Plain()) is not None
    assert split(Mixing()) is None


def test_nothing_stays_replaced_and_the_mode_is_kept() -> None:
    model = random_model(CONFIGS["gemma3n"])
    model.train()
    before = {path: (type(module), id(module)) for path, module in model.named_modules()}
    calls = {type(module): type(module).__call__ for module in model.modules()}

    found = split(model)
    assert found is not None
    hidden = found.hidden(mx.array([[1, 2, 3]]))[0]
    found.logits(hidden, *(parameter.value for parameter in found.parameters))

    assert {path: (type(module), id(module)) for path, module in model.named_modules()} == before
    assert {type(module): type(module).__call__ for module in model.modules()} == calls
    assert model.training
    assert all(module.training for module in model.modules())


def read_by_head(settings: dict[str, Any]) -> set[str]:
    model = random_model(settings)
    model.unfreeze()
    found = split(model)
    assert found is not None
    places = {(id(parameter.owner), parameter.key) for parameter in found.parameters}
    return {f"{path}.{key}" for path, module in model.named_modules() for key in module if (id(module), key) in places}


def test_the_parameters_that_the_head_reads_are_found() -> None:
    assert read_by_head(CONFIGS["qwen2"]) == {"model.embed_tokens.weight"}
    assert read_by_head(CONFIGS["phimoe"]) == {"lm_head.weight", "lm_head.bias"}
    assert read_by_head(CONFIGS["plamo2"]) == {"model.embed_tokens.weight", "model.norm.weight"}
