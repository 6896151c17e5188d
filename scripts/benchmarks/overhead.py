"""What a run through the product costs beside its steps: events, checkpoints, and the server that watches it."""

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from backend.settings import REPOSITORY, Settings, release_home
from backend.training.config import TrainingConfig
from backend.training.events import Checkpoint, Finished, Train, TrainingEvent, training_event
from backend.training.manager import TrainingManager
from scripts.benchmarks.sizes import Sizes

ARTIFACTS = REPOSITORY / "artifacts"
REPORTS = 4


def measure_overhead(sizes: Sizes, log: IO[str]) -> dict[str, Any]:
    """A run of the starter model by a TrainingManager, with a report and a checkpoint every quarter of it.

    From the first report to the last: the time between reports that is not in steps, over the time in steps. The
    processor time that the manager took meanwhile, as a share of the same, is added: at worst steps wait for it.
    """
    with TemporaryDirectory() as home:
        config = TrainingConfig(
            model_path=str(ARTIFACTS / "base_model" / "droid-starter"),
            train_data_path=str(ARTIFACTS / "datasets" / "starter"),
            iterations=sizes.overhead_iterations,
            batch_size=sizes.overhead_batch,
            max_seq_length=512,
            steps_per_report=sizes.overhead_iterations // REPORTS,
            save_every=sizes.overhead_iterations // REPORTS,
            steps_per_eval=sizes.overhead_iterations + 1,
            early_stop=False,
        )
        events, share = asyncio.run(_run(Settings(home=Path(home)), config))
    reports = [event for event in events if isinstance(event, Train)]
    in_steps = sum(_seconds(one, other) for one, other in pairwise(reports))
    elapsed = reports[-1].time - reports[0].time
    beside = elapsed / in_steps - 1
    return {
        "ratio": beside + share,
        "events_and_checkpoints": beside,
        "manager_processor_share": share,
        "seconds_a_step": in_steps / (reports[-1].iteration - reports[0].iteration),
        "steps": reports[-1].iteration - reports[0].iteration,
        "checkpoints": len([event for event in events if isinstance(event, Checkpoint)]) - 1,
        "config": config.model_dump(mode="json", exclude={"model_path", "train_data_path"}),
    }


def _seconds(before: Train, report: Train) -> float:
    return (report.iteration - before.iteration) / report.iterations_per_second


async def _run(settings: Settings, config: TrainingConfig) -> tuple[list[TrainingEvent], float]:
    """The run's events, and the processor time of this process over the time from the first report to the last."""
    manager = TrainingManager(settings)
    reported: list[tuple[float, float]] = []
    try:
        session = await manager.start_training(config)
        async for line in manager.store.follow(session.id):
            if isinstance(training_event.validate_json(line), Train):
                reported.append((time.perf_counter(), time.process_time()))  # noqa: PERF401  as they come
        events = manager.store.events(session.id)
    finally:
        await manager.close()
        release_home(settings)
    end = events[-1]
    if not isinstance(end, Finished) or end.outcome != "completed":
        raise RuntimeError(f"The run that was to be measured did not complete: {end}")
    (began, used), (ended, used_by_then) = reported[0], reported[-1]
    return events, (used_by_then - used) / (ended - began)
