"""Starts held-out evaluations and answers for them. Knows the files of data and weights; the worker computes."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
from pydantic import ValidationError

from backend.adapters.identity import content_hash
from backend.datasets.formats import read_numbered
from backend.datasets.library import DataNotFound, DatasetLibrary
from backend.datasets.schemas import SPLIT_NAMES
from backend.errors import AppError, FieldError
from backend.evaluation import examples
from backend.evaluation.files import EXAMPLES, SUMMARY
from backend.evaluation.schemas import (
    EvaluatedAdapter,
    EvaluatedExample,
    Evaluation,
    EvaluationPlan,
    EvaluationRequest,
    EvaluationResult,
    ExampleOrder,
    ExamplePage,
    HeldOutSplit,
    Part,
    PlannedWeights,
)
from backend.inference.choosing import ChosenWeights
from backend.inference.schemas import AdapterFile
from backend.jobs.kinds import JobKind
from backend.jobs.manager import JobManager
from backend.jobs.schemas import Job
from backend.jobs.store import JobNotFound
from backend.models.config import context_length, read_config

KIND = "evaluation"
WORKER = "backend.workers.evaluate"
BEHIND_TRAINING = "Waits until no run trains or waits to train; then it goes on by itself."
BEHIND_MEASURING = "Waits until a run has been measured; then it goes on by itself."
FOR_EVALUATION = "a held-out evaluation needs the memory"
GENERAL_MAX_LENGTH = 2048
FLOAT_GROWTH = 2
"""On a CPU weights of 16 bits are computed with in 32."""
OTHER_BYTES = 10**9
"""What a worker takes beside weights, at the most usual."""

Choose = Callable[[str, str | None, AdapterFile | None, float | None], Awaitable[ChosenWeights]]
Unload = Callable[[str], Awaitable[None]]


class EvaluationManager:
    """`choose` finds weights and checks that they fit, `unload` takes the model that answers out of memory.

    `waits_for` says what no evaluation may run beside, None when there is nothing.
    """

    def __init__(
        self,
        jobs: JobManager,
        datasets: DatasetLibrary,
        choose: Choose,
        unload: Unload,
        waits_for: Callable[[], str | None],
    ) -> None:
        self._jobs = jobs
        self._datasets = datasets
        self._choose = choose
        self._unload = unload
        jobs.register(JobKind(KIND, WORKER, EvaluationPlan, self._make_room, waits_for))

    async def start(self, request: EvaluationRequest) -> Evaluation:
        """Check everything that can be checked without computing, then queue the job. Raises AppError."""
        base = await self._choose(request.model_name, None, None, None)
        known = context_length(read_config(base.folder))
        _check_length(request, known)
        _check_once(request.adapters)
        data_file = self._file(request.data, request.split)
        await asyncio.to_thread(_check_readable, data_file)
        chosen = [base, *[await self._adapter(request.model_name, it) for it in request.adapters]]
        plan = EvaluationPlan(
            request=request,
            model_folder=base.folder,
            data_file=data_file,
            data_hash=await asyncio.to_thread(content_hash, data_file),
            general_max_length=min(GENERAL_MAX_LENGTH, known or GENERAL_MAX_LENGTH),
            weights=[PlannedWeights(adapter=it.adapter, details=it.details) for it in chosen],
        )
        job = self._jobs.submit(KIND, f"{base.folder.name} on {request.data}, {SPLIT_NAMES[request.split]} split", plan)
        return self.get(job.id)

    def evaluations(self) -> list[Evaluation]:
        """Newest first. One whose files cannot be read does not hide the others."""
        return [it for job in self._jobs.jobs(KIND) if (it := self._described(job)) is not None]

    def get(self, evaluation_id: str) -> Evaluation:
        evaluation = self._described(self._job(evaluation_id))
        if evaluation is None:
            raise JobNotFound(f"The evaluation '{evaluation_id}' cannot be read; its folder is not whole.")
        return evaluation

    def page(
        self, evaluation_id: str, part: Part, order: ExampleOrder, weights: int | None, offset: int, limit: int
    ) -> ExamplePage:
        """`weights` is the number of those that are compared with the base; None is whichever differs most."""
        known = len(self.get(evaluation_id).weights)
        if weights is not None and not 0 < weights < known:
            raise FieldError("weights", f"weights counts the adapters of this evaluation from 1 to {known - 1}.")
        ordered = examples.ordered(self.examples(evaluation_id, part), order, weights)
        return ExamplePage(total=len(ordered), examples=ordered[offset : offset + limit])

    def examples(self, evaluation_id: str, part: Part | None = None) -> list[EvaluatedExample]:
        """In the order of the file. Raises AppError 409 while there are none."""
        file = self._jobs.store.folder(self._job(evaluation_id).id) / EXAMPLES
        if not file.is_file():
            raise AppError("This evaluation has no examples: it is not complete.", status_code=409, code="not_complete")
        return [example for example in examples.read(file) if part in (None, example.part)]

    def _job(self, evaluation_id: str) -> Job:
        try:
            job = self._jobs.get(evaluation_id)
        except JobNotFound:
            job = None
        if job is None or job.kind != KIND:
            raise JobNotFound(f"There is no evaluation '{evaluation_id}'.")
        return job

    def _described(self, job: Job) -> Evaluation | None:
        folder = self._jobs.store.folder(job.id)
        try:
            plan = EvaluationPlan.model_validate(self._jobs.store.record(job.id).settings)
            whole = job.state == "completed" and (folder / SUMMARY).is_file()
            result = EvaluationResult.model_validate_json((folder / SUMMARY).read_bytes()) if whole else None
        except (ValidationError, OSError):
            return None
        return Evaluation(job=job, request=plan.request, weights=[it.details for it in plan.weights], result=result)

    async def _adapter(self, model_name: str, wanted: EvaluatedAdapter) -> ChosenWeights:
        return await self._choose(model_name, wanted.adapter_name, wanted.adapter_file, wanted.adapter_scale)

    def _file(self, data: str, split: HeldOutSplit) -> Path:
        try:
            files = self._datasets.resolve(data, None)
        except DataNotFound as error:
            raise DataNotFound("data", error.detail, status_code=404) from error
        named: dict[HeldOutSplit, Path | None] = {"valid": files.valid, "test": files.test}
        if (file := named[split]) is not None:
            return file
        there = " and ".join(SPLIT_NAMES[name] for name, path in named.items() if path) or "none"
        missing = f"{files.name} has no {SPLIT_NAMES[split]} split"
        raise DataNotFound("split", f"{missing}; of validation and test it has {there}.")

    async def _make_room(self, plan: EvaluationPlan) -> None:
        """Where memory is short, the model that answers prompts goes first."""
        weights = sum(_size(file) for file in plan.model_folder.glob("*.safetensors"))
        largest = max((_size(it.adapter.file) for it in plan.weights if it.adapter), default=0)
        if psutil.virtual_memory().available < FLOAT_GROWTH * (weights + largest) + OTHER_BYTES:
            await self._unload(FOR_EVALUATION)


def _size(file: Path) -> int:
    """In bytes; what was deleted meanwhile is told by the worker, in words and for its adapter alone."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _check_length(request: EvaluationRequest, known: int | None) -> None:
    """Against the context that the model is known to have; a length that nobody asked for gives way to it."""
    if known is not None and request.max_seq_length > known and "max_seq_length" in request.model_fields_set:
        raise FieldError(
            "max_seq_length",
            f"max_seq_length is {request.max_seq_length:,}, and {request.model_name} was made for {known:,} tokens. "
            f"Choose {known:,} or less.",
        )
    request.max_seq_length = min(request.max_seq_length, known or request.max_seq_length)


def _check_once(adapters: list[EvaluatedAdapter]) -> None:
    for place, adapter in enumerate(adapters):
        if adapter in adapters[:place]:
            raise FieldError("adapters", f"{adapter.adapter_name} is named twice with the same weights.")


def _check_readable(file: Path) -> None:
    """Raises DataProblem, which names the line."""
    read_numbered(file)
