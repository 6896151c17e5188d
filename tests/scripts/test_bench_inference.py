"""That the quick run of the inference bench measures everything. What it measures is for quiet machines."""

import json
import math
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from backend.settings import REPOSITORY
from scripts.benchmarks.inference.decoding import Step, in_turn
from scripts.benchmarks.inference.jobs import Arm


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(REPOSITORY / "scripts" / "bench"), "inference", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.exhaustive
@pytest.mark.timeout(600)
def test_a_quick_run_measures_every_part(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = bench("--quick", "--json", str(file))
    assert run.returncode == 0, run.stderr
    result = json.loads(file.read_text())
    side_by_side = result["side_by_side"]
    assert list(side_by_side["by_weights"]) == ["float32", "bfloat16", "4-bit"]
    elsewhere = [side_by_side["by_weights"][weights]["over_bare_base"] for weights in ("bfloat16", "4-bit")]
    assert side_by_side["overhead"] == max(elsewhere)
    figures = [
        side_by_side["ratio"],
        side_by_side["overhead"],
        *(each["base_and_7_over_one"] for each in side_by_side["by_weights"].values()),
        result["switch"]["switch_ms"],
        result["switch"]["slot_ms"],
    ]
    assert all(0 < figure < math.inf for figure in figures), figures
    assert {len(each) for each in side_by_side["by_weights"]["4-bit"]["step_ms_by_round"].values()} == {3}
    assert side_by_side["by_weights"]["float32"]["parameters"] == 127_552
    assert result["first_token"]["ratio"] > 1
    assert "the device" in result["machine"]["worker"]
    assert "a step of base and 3 adapters, 2 layers of 64, float32" in run.stdout
    assert "first token, droid-starter" in run.stdout


def test_the_parts_of_another_subject_are_refused_in_words() -> None:
    run = bench("--only", "switch,memory")
    assert run.returncode == 2
    assert "there is no part memory; the parts are side_by_side, switch, first_token" in run.stderr


def test_every_arm_begins_a_round_in_its_turn() -> None:
    done: list[Arm] = []
    names = get_args(Arm)
    arms: dict[Arm, Step] = {name: partial(done.append, name) for name in names}
    milliseconds = in_turn(arms, rounds=4, steps=1)
    assert done[::8][1:] == list(names)  # after the round that does not count; a turn is a step and one before it
    assert [len(each) for each in milliseconds.values()] == [4] * 4
