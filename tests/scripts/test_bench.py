"""The bench's own reckoning, and that its quick run measures everything. What it measures is for quiet machines."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.settings import REPOSITORY
from backend.workers.base_model import load_base
from backend.workers.training.engine.losses import summed_loss
from scripts.benchmarks.batches import training_batches, with_all_logits
from scripts.benchmarks.command import measured_before
from scripts.benchmarks.jobs import ALPACA_TOKENS, Job, Rows
from scripts.benchmarks.memory import CLOSE_ENOUGH, GRAIN, longest_within
from scripts.benchmarks.parity import relative_difference
from scripts.benchmarks.sizes import TINY
from tests.tiny_models import VOCABULARY, make_model

MOST_TRIES = 20


def test_made_rows_have_the_lengths_of_alpaca() -> None:
    rows = Rows(count=2000).make(vocabulary=1000)
    lengths = np.array([len(row) for row in rows])
    shares, expected = zip(*ALPACA_TOKENS[:-1], strict=True)
    np.testing.assert_allclose(np.quantile(lengths, shares), expected, rtol=0.03)
    assert lengths.max() <= 447
    assert abs(lengths.mean() - 106) < 2
    padded = sum(max(batch) * 8 for batch in lengths[:2000].reshape(-1, 8))
    assert padded / lengths.sum() == pytest.approx(1.83, abs=0.06)  # of the real rows, 8 at a time as they come


def test_made_rows_are_the_same_every_time_and_within_the_vocabulary() -> None:
    one, again = Rows(count=30).make(vocabulary=50), Rows(count=30).make(vocabulary=50)
    assert all((first == second).all() for first, second in zip(one, again, strict=True))
    assert {int(row.max()) for row in one} <= set(range(50))


@pytest.mark.parametrize(
    "memory",
    [
        lambda tokens: 1000 * tokens,
        lambda tokens: 2 * tokens**2 + 5000 * tokens,
        lambda tokens: 230_000_000 + 60_000 * tokens,
        lambda tokens: 990_000_000 + 100 * tokens,
        lambda tokens: tokens if tokens < 5000 else None,
        lambda tokens: 2_000_000_000,
    ],
)
def test_the_longest_row_fits_and_one_a_little_longer_does_not(memory: Callable[[int], int | None]) -> None:
    budget = 1_000_000_000

    def fits(tokens: float) -> bool:
        taken = memory(math.ceil(tokens))
        return taken is not None and taken <= budget

    tried = []

    def measure(tokens: int) -> int | None:
        tried.append(tokens)
        return memory(tokens)

    longest = longest_within(budget, measure)
    assert len(tried) == len(set(tried)) <= MOST_TRIES
    assert longest % GRAIN == 0
    assert longest == 0 or fits(longest)
    assert not fits(max(longest * CLOSE_ENOUGH, longest + GRAIN))


def test_all_logits_give_the_same_loss(tmp_path: Path) -> None:
    model, _ = load_base(make_model(tmp_path / "tiny"))
    shape = TINY.model_copy(update={"vocabulary": VOCABULARY})
    rows = Rows(count=8, tokens=20, prompt=15)
    batch = training_batches(Job(side="ours", shape=shape, rows=rows, batch_size=4)).at(0)
    everything = with_all_logits(batch)
    assert batch.tokens == everything.tokens == 4 * 5
    assert everything.positions.shape == (4 * 19,)

    def loss(given: Any) -> float:
        value: Any = summed_loss(model, given.inputs, given.positions, given.labels, given.weights).item()
        return float(value)

    assert loss(everything) == pytest.approx(loss(batch), rel=1e-5)


def test_adapters_are_compared_over_all_their_tensors() -> None:
    one = {"a": np.array([3.0, 4.0]), "b": np.array([0.0])}
    other = {"a": np.array([3.0, 4.0]), "b": np.array([12.0])}
    assert relative_difference(one, other) == pytest.approx(12 / 13)
    assert relative_difference(one, one) == 0


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(REPOSITORY / "scripts" / "bench"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.exhaustive
@pytest.mark.timeout(900)  # some twenty processes, one after the other
def test_a_quick_run_measures_both_sides_and_finds_them_equal(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = bench("training", "--quick", "--json", str(file))
    assert run.returncode == 0, run.stderr
    result = json.loads(file.read_text())
    ratios = {
        "memory": result["memory"]["ratio"],
        "longest_row": result["longest_row"]["ratio"],
        "batch_1": result["throughput"]["batch_1"]["ratio"],
        "batch_8": result["throughput"]["batch_8"]["ratio"],
        "masking": result["masking"]["ratio"],
    }
    assert all(0 < ratio < math.inf for ratio in ratios.values()), ratios
    for batch in (result["throughput"][size] for size in ("batch_1", "batch_8")):
        assert batch["ours"]["useful_tokens_an_epoch"] == batch["mlx_lm"]["useful_tokens_an_epoch"]
        assert batch["ours"]["distinct_shapes"] <= batch["ours"]["most_shapes"]
    parity = result["loss_parity"]
    assert len(parity["ours"]["losses"]) == len(parity["mlx_lm"]["losses"]) == 50
    assert parity["ours"]["losses"][-1] < parity["ours"]["losses"][0] - 0.1
    assert parity["max_abs_diff"] <= 1e-4
    assert parity["adapter_relative_diff"] <= 1e-3
    assert result["overhead"]["ratio"] > 0
    assert result["overhead"]["program"].startswith("0.")
    assert result["machine"]["ours"] == result["machine"]["mlx_lm"]
    assert "useful tokens/s at batch 8" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "memory,speed"], "there is no part speed; the parts are memory, longest_row"),
        (["--quick"], "the quick figures do not go into docs/benchmarks"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(arguments: list[str], words: str) -> None:
    run = bench("training", *arguments)
    assert run.returncode == 2
    assert words in run.stderr


def test_parts_are_measured_anew_beside_what_the_same_machine_measured(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    common = {"machine": {"system": "one", "load_before": 0.3}, "settings": {"dtype": "float32"}}
    file.write_text(json.dumps({**common, "masking": {"ratio": 2.0}}))
    later = {"machine": {"system": "one", "load_before": 1.7}, "settings": {"dtype": "float32"}}
    assert measured_before(file, later)["masking"] == {"ratio": 2.0}
    elsewhere = {"machine": {"system": "two", "load_before": 0.3}, "settings": {"dtype": "float32"}}
    assert measured_before(file, elsewhere) == {}
    assert measured_before(tmp_path / "none.json", common) == {}
