"""What makes all processes of a run begin the same: the plan, the examples, and what was learned so far."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from backend.errors import AppError
from backend.training.plan import RunPlan
from backend.training.resume import saved_iteration
from backend.workers.training.data.encoding import Encoded
from backend.workers.training.engine.step import Learned, Stepper
from backend.workers.training.engine.world import World
from backend.workers.training.progress import Progress


def read_plan(session_folder: Path, world: World) -> RunPlan:
    """The first process reads it for all: the others need no session folder.

    A run that goes on has no file to start from any more, which may be gone since: what was saved comes in its place.
    """
    plan = RunPlan.read(session_folder) if world.leads else None
    if plan is not None and saved_iteration(session_folder) > 0:
        plan.config.resume_adapter_file = None
    if plan is None or world.size > 1:
        said = world.texts(plan.model_dump_json() if plan else "")
        return RunPlan.model_validate_json(said[0])
    return plan


def begin_alike(world: World, stepper: Stepper, progress: Progress, examples: Sequence[Sequence[Encoded]]) -> Progress:
    """Every process takes over what the first has learned so far. Raises AppError where one has read other data."""
    if world.size == 1:
        return progress
    digests = world.texts(digest(examples))
    others = [str(rank) for rank, found in enumerate(digests, start=1) if found != digests[0]]
    if others:
        raise AppError(
            f"Process {' and '.join(others)} of {world.size} read other examples than the first: the data and the "
            "model must be the same on every machine."
        )
    learned = stepper.learned
    stepper.learned = Learned(world.from_first(learned.parameters), world.from_first(learned.optimizer))
    return Progress.from_json(world.texts(progress.to_json())[0])


def digest(examples: Sequence[Sequence[Encoded]]) -> str:
    """64 hexadecimal digits, others for other token ids or other targets."""
    found = hashlib.sha256()
    for part in examples:
        for example in part:
            found.update(len(example.ids).to_bytes(8, "big") + example.ids.tobytes() + example.counts.tobytes())
        found.update(b"end")
    return found.hexdigest()
