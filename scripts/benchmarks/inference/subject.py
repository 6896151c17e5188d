"""The subject `inference`: many adapters in one batch, and a worker that stays warm."""

import json
from collections.abc import Iterator
from typing import IO

from scripts.benchmarks.inference.jobs import Surroundings
from scripts.benchmarks.inference.measures import (
    FULL,
    QUICK,
    RANK,
    measure_first_token,
    measure_side_by_side,
    measure_switch,
)
from scripts.benchmarks.inference.runner import run_job
from scripts.benchmarks.jobs import SEVEN_KEYS
from scripts.benchmarks.machine import describe_machine
from scripts.benchmarks.subject import Figures, Line, Subject


def common(log: IO[str]) -> Figures:
    return {
        "machine": {**describe_machine(), "worker": json.loads(run_job(Surroundings(), log))},
        "settings": {"rank": RANK, "keys": SEVEN_KEYS, "temperature": 0},
    }


def _side_by_side(figures: Figures) -> Iterator[Line]:
    model = figures["model"]["name"]
    for weights, each in figures["by_weights"].items():
        step, aim = each["step_ms"], "<= 1.50" if weights == "float32" else ""
        alone = f"{step['one_adapter']:.1f} ms alone"
        yield (
            f"a step of base and 3 adapters, {model}, {weights}",
            _ms(step["base_and_3"]),
            alone,
            _times(each["base_and_3_over_one"]),
            aim,
        )
        yield "  base and 7 adapters", _ms(step["base_and_7"]), alone, _times(each["base_and_7_over_one"]), ""
        bare = f"{step['bare_base_4']:.1f} ms bare"
        yield "  against 4 rows of the base", _ms(step["base_and_3"]), bare, _times(each["over_bare_base"]), "<= 1.15"


def _switch(figures: Figures) -> Iterator[Line]:
    yield "another adapter put in place", _ms(figures["switch_ms"]), "", "", ""
    yield "  into a slot", _ms(figures["slot_ms"]), "", "", ""


def _first_token(figures: Figures) -> Iterator[Line]:
    warm, fresh = _ms(figures["warm_seconds"] * 1e3), f"{figures['fresh_seconds']:.2f} s"
    yield f"first token, {figures['model']}", warm, fresh, f"1/{figures['ratio']:.0f}", "<= 1/20"


def _ms(value: float) -> str:
    return f"{value:.1f} ms"


def _times(value: float) -> str:
    return f"{value:.2f}"


INFERENCE = Subject(
    parts={
        "side_by_side": measure_side_by_side,
        "switch": measure_switch,
        "first_token": measure_first_token,
    },
    lines={"side_by_side": _side_by_side, "switch": _switch, "first_token": _first_token},
    full=FULL,
    quick=QUICK,
    common=common,
)
