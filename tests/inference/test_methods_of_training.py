"""Adapters of every method, as a training run saves them: they answer as in stock mlx-lm, and leave no trace."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest
from mlx.utils import tree_unflatten

from backend.workers.base_model import load_base
from backend.workers.training.engine.model import attach
from tests.architectures.every import plan_for, save, trainable
from tests.inference.conftest import TINY, Studio
from tests.stock import Stock
from tests.tiny_adapters import changed
from tests.tiny_models import make_model

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("inference methods")]

OUTSIDE = {"targets": "custom", "lora_keys": ["embeddings", "head"]}
ADAPTERS: dict[str, dict[str, Any]] = {
    "dora": {"fine_tune_type": "dora"},
    "dora-outside": {"fine_tune_type": "dora", **OUTSIDE},
    "dora-mixed-ranks": {"fine_tune_type": "dora", "rank_pattern": {"mlp": 2}},
    "full": {"fine_tune_type": "full"},
    "full-last-layers": {"fine_tune_type": "full", "lora_num_layers": 2},
    "outside": OUTSIDE,
    "mixed-ranks": {"rank_pattern": {"attention": 6, "mlp.up_proj": 1}, "alpha_pattern": {"*.q_proj": 12.0}},
}


def saved(studio: Studio, base: str, name: str, seed: int = 1, **settings: Any) -> Path:
    """An adapter in the library of adapters, of a run that moved every trainable parameter a good deal."""
    folder = studio.settings.base_models / base
    plan = plan_for(json.loads((folder / "config.json").read_text()), folder, **settings)
    plan = plan.model_copy(update={"adapter_folder": studio.settings.adapters / name})
    model, _ = load_base(folder)
    attach(model, plan)
    mx.random.seed(seed)
    model.update(tree_unflatten([(name, changed(name, value, 1.0)) for name, value in trainable(model).items()]))
    return save(model, plan)


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with Stock() as stock:
        yield stock


@pytest.fixture(scope="module")
def base(studio: Studio) -> Path:
    """The base of every adapter in ADAPTERS, which are there too."""
    folder = make_model(studio.settings.base_models / "many", TINY, seed=3)
    for seed, (name, settings) in enumerate(ADAPTERS.items()):
        saved(studio, "many", name, seed, **settings)
    return folder


@pytest.mark.parametrize("name", ADAPTERS)
async def test_an_adapter_answers_as_stock_does_and_leaves_the_base_as_it_was(
    name: str, base: Path, studio: Studio, stock: Stock
) -> None:
    before = await studio.text(model_name="many")
    text = await studio.text(name, model_name="many")
    assert text == stock.generate(base, studio.settings.adapters / name) != before
    assert await studio.text(model_name="many") == before == stock.generate(base, None)


async def test_methods_take_turns(base: Path, studio: Studio) -> None:
    texts = {name: await studio.text(name, model_name="many") for name in ADAPTERS}
    assert len(set(texts.values())) == len(ADAPTERS)
    for name in ["full", "dora", "full-last-layers", "mixed-ranks", "dora-outside", "full", "full-last-layers", "dora"]:
        assert await studio.text(name, model_name="many") == texts[name]


async def test_dora_on_a_quantised_base_answers_as_stock_does(studio: Studio, stock: Stock) -> None:
    base = make_model(studio.settings.base_models / "four-bits", TINY, quantized_bits=4)
    folder = saved(studio, "four-bits", "dora-on-four-bits", fine_tune_type="dora")
    text = await studio.text("dora-on-four-bits", model_name="four-bits")
    assert text == stock.generate(base, folder) != await studio.text(model_name="four-bits")


async def details(studio: Studio, name: str) -> dict[str, Any]:
    answer = await studio.ask("many", name, max_tokens=1)
    shown = ("method", "warnings", "num_layers", "rank", "alpha", "scale", "dropout", "keys")
    return {field: answer["adapter_details"][field] for field in shown}


async def test_whole_weights_have_no_rank_scale_or_keys(base: Path, studio: Studio) -> None:
    none = {"rank": None, "alpha": None, "scale": None, "dropout": None, "keys": None}
    assert await details(studio, "full") == {"method": "full", "warnings": [], "num_layers": -1, **none}
    warnings = ["The adapter covers only 2 of 4 layers."]
    assert await details(studio, "full-last-layers") == {
        "method": "full",
        "warnings": warnings,
        "num_layers": 2,
        **none,
    }


async def test_ranks_of_their_own_are_told(base: Path, studio: Studio) -> None:
    found = (await studio.ask("many", "mixed-ranks", max_tokens=1))["adapter_details"]
    assert (found["rank"], found["alpha"], found["scale"], found["warnings"]) == (6, 6.0, 1.0, [])
    ranks = {"q_proj": 6, "k_proj": 6, "v_proj": 6, "o_proj": 6, "gate_proj": 4, "down_proj": 4, "up_proj": 1}
    assert {key.rpartition(".")[2]: rank for key, rank in found["rank_pattern"].items()} == ranks
    alphas = {key.rpartition(".")[2]: alpha for key, alpha in found["alpha_pattern"].items()}
    assert alphas == {**dict.fromkeys(ranks, 8.0), "q_proj": 12.0}


async def test_dora_is_named(base: Path, studio: Studio) -> None:
    found = await details(studio, "dora")
    assert (found["method"], found["rank"], found["alpha"], found["scale"]) == ("dora", 4, 8.0, 2.0)
    assert found["warnings"] == []
