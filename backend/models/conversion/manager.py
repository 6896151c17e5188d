"""Starts conversions of base models and answers for them. Knows files and sizes; the worker converts and measures."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

import psutil
from pydantic import ValidationError

from backend.errors import AppError, FieldError
from backend.jobs.kinds import JobKind
from backend.jobs.manager import JobManager
from backend.jobs.schemas import ENDED_STATES, Job
from backend.jobs.store import JobNotFound
from backend.models.config import ModelRefused, context_length, read_config
from backend.models.conversion.files import RESULT, workshop
from backend.models.conversion.schemas import (
    Conversion,
    ConversionEstimate,
    ConversionPlan,
    ConversionRequest,
    ConversionResult,
    ConversionSketch,
    Sample,
)
from backend.models.conversion.words import called, estimated
from backend.models.disk_room import free_bytes, no_room
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary, NameTaken
from backend.settings import Settings

KIND = "conversion"
WORKER = "backend.workers.convert"
FOR_CONVERSION = "a conversion needs the memory"
MAX_LENGTH = 2048
FLOAT_GROWTH = 2
"""On a CPU weights of 16 bits are computed with in 32."""
OTHER_BYTES = 10**9
"""What a worker takes beside weights, at the most usual."""

FindSample = Callable[[str | None], Sample]
Unload = Callable[[str], Awaitable[None]]


class ConversionManager:
    """`sample` finds the text that is measured, `unload` takes the model that answers out of memory.

    `waits_for` says what no conversion may run beside, None when there is nothing.
    """

    def __init__(
        self,
        settings: Settings,
        jobs: JobManager,
        models: ModelLibrary,
        inspector: Inspector,
        sample: FindSample,
        unload: Unload,
        waits_for: Callable[[], str | None],
    ) -> None:
        self._library = settings.base_models
        self._jobs = jobs
        self._models = models
        self._inspector = inspector
        self._sample = sample
        self._unload = unload
        jobs.register(JobKind(KIND, WORKER, ConversionPlan, self._make_room, waits_for, discard=self._discard))

    async def start(self, request: ConversionRequest) -> Job:
        """Check everything that can be checked without computing, then queue the job. Raises AppError."""
        self._check_name(request.name)
        source, source_fingerprint = await self._source(request.model_name)
        sketch = await self._sketch(source, request)
        sample = await asyncio.to_thread(self._sample, request.measure_on)
        plan = ConversionPlan(
            request=request,
            model_folder=source,
            model_fingerprint=source_fingerprint,
            folder=self._library / request.name,
            sample=sample,
            max_seq_length=min(MAX_LENGTH, context_length(read_config(source)) or MAX_LENGTH),
        )
        if (full := no_room(self._library, "The new model", sketch.size_bytes)) is not None:
            raise full
        self._check_name(request.name)
        return self._jobs.submit(KIND, f"{source.name} to {called(request.recipe)}: {request.name}", plan)

    async def estimate(self, request: ConversionRequest) -> ConversionEstimate:
        """Raises AppError for what no name and no disk could help: the recipe or the model."""
        source, _ = await self._source(request.model_name)
        sketch = await self._sketch(source, request)
        free = free_bytes(self._library)
        return ConversionEstimate(
            size_before_bytes=sketch.size_before_bytes,
            size_bytes=sketch.size_bytes,
            bits_per_weight=sketch.bits_per_weight,
            free_bytes=free,
            sentence=estimated(sketch, free),
            notes=sketch.notes,
            problem=self._problem(request.name, sketch.size_bytes),
        )

    def conversions(self) -> list[Conversion]:
        """Newest first. One whose files cannot be read does not hide the others."""
        return [it for job in self._jobs.jobs(KIND) if (it := self._described(job)) is not None]

    def get(self, job_id: str) -> Conversion:
        conversion = self._described(self._job(job_id))
        if conversion is None:
            raise JobNotFound(f"The conversion '{job_id}' cannot be read; its folder is not whole.")
        return conversion

    def _job(self, job_id: str) -> Job:
        try:
            job = self._jobs.get(job_id)
        except JobNotFound:
            job = None
        if job is None or job.kind != KIND:
            raise JobNotFound(f"There is no conversion '{job_id}'.")
        return job

    def _described(self, job: Job) -> Conversion | None:
        file = self._jobs.store.folder(job.id) / RESULT
        try:
            plan = ConversionPlan.model_validate(self._jobs.store.record(job.id).settings)
            whole = job.state == "completed" and file.is_file()
            result = ConversionResult.model_validate_json(file.read_bytes()) if whole else None
        except (ValidationError, OSError):
            return None
        return Conversion(job=job, request=plan.request, result=result)

    async def _source(self, model_name: str) -> tuple[Path, str]:
        """Folder and fingerprint of a model that can be built here."""
        folder = self._models.resolve(model_name, "model_name", missing_status=404)
        try:
            found = await asyncio.to_thread(fingerprint, folder)
        except ModelRefused as error:
            sentence = f"{folder.name} cannot be loaded: {error.detail}"
            raise FieldError("model_name", sentence, code=error.code) from error
        try:
            await self._inspector.profile(folder)
        except AppError as error:
            raise _of_the_model(error) from error
        return folder, found

    async def _sketch(self, source: Path, request: ConversionRequest) -> ConversionSketch:
        if request.bits is not None and request.mixed is not None:
            raise FieldError(
                "mixed", "Choose bits or a mixed recipe: a mixed recipe says itself how many bits go where."
            )
        if not request.quantises and request.dtype is None:
            raise FieldError("bits", "Say what to make of the weights: bits, a mixed recipe, or another dtype.")
        try:
            return await self._inspector.sketch_conversion(source, request.recipe)
        except AppError as error:
            raise _of_the_model(error) from error

    def _check_name(self, name: str) -> None:
        self._models.free_name(name, "name")
        for conversion in self.conversions():
            if conversion.request.name == name and conversion.job.state not in ENDED_STATES:
                raise NameTaken(
                    "name", f"Another conversion is about to make {name}; choose another name.", status_code=409
                )

    def _problem(self, name: str, size_bytes: int) -> str | None:
        try:
            self._check_name(name)
        except AppError as error:
            return error.detail
        full = no_room(self._library, "The new model", size_bytes)
        return full.detail if full else None

    async def _make_room(self, plan: ConversionPlan) -> None:
        """Where memory is short, the model that answers prompts goes first."""
        weights = sum(file.stat().st_size for file in plan.model_folder.glob("*.safetensors"))
        if psutil.virtual_memory().available < FLOAT_GROWTH * weights + OTHER_BYTES:
            await self._unload(FOR_CONVERSION)

    def _discard(self, job_id: str) -> None:
        """What an interrupted worker had made so far."""
        shutil.rmtree(workshop(self._library / job_id, job_id), ignore_errors=True)


def _of_the_model(error: AppError) -> AppError:
    """A refusal that names no field is about the model; a worker that failed is about nothing that was asked."""
    if error.fields or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return error
    return FieldError("model_name", error.detail, status_code=error.status_code, code=error.code)
