"""The parts of the inference bench."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, get_args

from backend.adapters.identity import content_hash
from backend.settings import REPOSITORY
from scripts.benchmarks.inference.jobs import Arm, Decode, Decoded, MakeAdapter, Switch, Switched, Weights
from scripts.benchmarks.inference.runner import Answerer, answerer, run, run_job
from scripts.benchmarks.jobs import ModelShape
from scripts.benchmarks.sizes import TINY, shape
from scripts.benchmarks.subject import Figures

STARTER = REPOSITORY / "artifacts" / "base_model" / "droid-starter"
RANK = 8


@dataclass(frozen=True)
class Sizes:
    model: ModelShape
    rounds: int
    steps: int
    switches: int
    requests: int
    processes: int


FULL = Sizes(shape("12 layers of 512", 12, 512, 1728, 8, 16_384), 12, 8, 50, 30, 5)
QUICK = Sizes(TINY, 3, 2, 3, 3, 1)


def measure_side_by_side(sizes: Sizes, log: IO[str]) -> Figures:
    """Ratios are the medians of the rounds', of arms that follow each other closely.

    `ratio` is that of float32; `overhead` the larger of the others, where a CPU computes rows one after another.
    """
    by_weights = {weights: _decode(weights, sizes, log) for weights in get_args(Weights)}
    plain = by_weights["float32"]
    return {
        "model": sizes.model.model_dump(),
        "ratio": plain["base_and_3_over_one"],
        "overhead": max(by_weights[weights]["over_bare_base"] for weights in ("bfloat16", "4-bit")),
        "by_weights": by_weights,
    }


def _decode(weights: Weights, sizes: Sizes, log: IO[str]) -> Figures:
    job = Decode(
        shape=sizes.model, weights=weights, rank=RANK, prompt_tokens=32, rounds=sizes.rounds, steps=sizes.steps
    )
    decoded = Decoded.model_validate_json(run_job(job, log))
    arms = decoded.milliseconds
    return {
        "parameters": decoded.parameters,
        "base_and_3_over_one": _ratio(arms, "base_and_3", "one_adapter"),
        "base_and_7_over_one": _ratio(arms, "base_and_7", "one_adapter"),
        "bare_base_4_over_one": _ratio(arms, "bare_base_4", "one_adapter"),
        "over_bare_base": _ratio(arms, "base_and_3", "bare_base_4"),
        "step_ms": {arm: median(each) for arm, each in arms.items()},
        "step_ms_by_round": arms,
    }


def _ratio(arms: dict[Arm, list[float]], one: Arm, other: Arm) -> float:
    return median(a / b for a, b in zip(arms[one], arms[other], strict=True))


def measure_switch(sizes: Sizes, log: IO[str]) -> Figures:
    """From one adapter to another of the same structure, both in memory."""
    job = Switch(shape=sizes.model, rank=RANK, times=sizes.switches)
    switched = Switched.model_validate_json(run_job(job, log))
    return {
        "model": sizes.model.model_dump(),
        "switch_ms": median(switched.in_place_ms),
        "slot_ms": median(switched.slot_ms),
        "each": switched.model_dump(),
    }


def measure_first_token(sizes: Sizes, log: IO[str]) -> Figures:
    """Of the starter model with an adapter: from the warm worker, and from `mlx_lm.generate` in a process of its own.

    Both are given another prompt each time. The process's time is until it has ended with one token said.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        run_job(MakeAdapter(base=STARTER, folder=folder, rank=RANK), log)
        with answerer(log) as worker:
            first_answer = _answer_seconds(worker, folder, "Hello")
            warm = [_answer_seconds(worker, folder, f"{at}. {_PROMPT}") for at in range(sizes.requests)]
        fresh = [_process_seconds(folder, f"{at}. {_PROMPT}", log) for at in range(sizes.processes)]
    return {
        "model": STARTER.name,
        "ratio": median(fresh) / median(warm),
        "warm_seconds": median(warm),
        "fresh_seconds": median(fresh),
        "first_answer_seconds": first_answer,
        "each": {"warm_seconds": warm, "fresh_seconds": fresh},
    }


_PROMPT = "Say in one sentence what an adapter is."


def _answer_seconds(worker: Answerer, adapter: Path, prompt: str) -> float:
    """From the request to the first piece of text, or to the answer where its one token is no text."""
    file = adapter / "adapters.safetensors"
    params = {
        "model_folder": str(STARTER),
        "adapter": {"file": str(file), "scale": 1.0, "content_hash": content_hash(file)},
        "messages": [{"role": "user", "content": prompt}],
        "sampling": {"temperature": 0, "max_tokens": 1},
    }
    began = time.perf_counter()
    arrived: Sequence[float] = [
        time.perf_counter()
        for message in worker.call("answer", params)
        if "result" in message or message.get("event", {}).get("type") == "text"
    ]
    return arrived[0] - began


def _process_seconds(adapter: Path, prompt: str, log: IO[str]) -> float:
    command = [
        *(sys.executable, "-m", "mlx_lm", "generate", "--model", str(STARTER), "--adapter-path", str(adapter)),
        *("--prompt", prompt, "--max-tokens", "1", "--temp", "0"),
    ]
    began = time.perf_counter()
    run(command, log)
    return time.perf_counter() - began
