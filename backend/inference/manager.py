"""Answers prompts with a base model and an adapter. Checks that they belong together; the worker computes."""

import asyncio
import os
import signal
from pathlib import Path

from backend.adapters.base import check_base
from backend.adapters.description import Fit
from backend.adapters.folder import AdapterRecord, Weights, choose_weights, read_record
from backend.adapters.library import AdapterLibrary
from backend.adapters.tensors import read_tensors
from backend.adapters.validation import check_fit
from backend.errors import FieldError
from backend.inference.messages import AdapterWeights, Generate, Generated, Load
from backend.inference.schemas import AdapterDetails, InferenceRequest, InferenceResponse
from backend.lora.profile import ModelProfile
from backend.models.config import layer_count, read_config
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.process import ResidentWorker
from backend.settings import Settings


class InferenceManager:
    """One worker answers one prompt after another; who asks meanwhile waits for their turn.

    `patience_seconds` is how long `unload` lets an answer in progress go on.
    """

    def __init__(
        self,
        settings: Settings,
        models: ModelLibrary,
        inspector: Inspector,
        adapters: AdapterLibrary,
        patience_seconds: float = 30.0,
    ) -> None:
        self._models = models
        self._inspector = inspector
        self._adapters = adapters
        self._worker = ResidentWorker("backend.workers.infer", settings.logs / "inference.log")
        self._turn = asyncio.Lock()
        self._patience_seconds = patience_seconds
        self._generating = False

    async def infer(self, request: InferenceRequest) -> InferenceResponse:
        """Raises AppError: 400 for what does not fit, 404 for what is not there, 503 when the worker dies."""
        _check(request)
        folder = self._models.resolve(request.model_name, "model_name", missing_status=404)
        if request.adapter_name is None:
            layers = layer_count(read_config(folder)) or (await self._inspector.profile(folder)).num_layers
            generated = await self._generate(request, folder, None)
            return _response(generated, _no_adapter(layers, generated))
        profile = await self._inspector.profile(folder)
        record = read_record(self._adapters.resolve(request.adapter_name))
        kind, file = choose_weights(record.folder, request.adapter_file)
        notes = await asyncio.to_thread(check_base, record, request.model_name, folder, fingerprint)
        fit = check_fit(record, read_tensors(file), profile, request.adapter_scale)
        generated = await self._generate(request, folder, AdapterWeights(file=file, scale=fit.scale))
        return _response(generated, _details(record, kind, notes, fit, profile, generated))

    async def unload(self) -> None:
        """Give the memory of base and adapters back, once the answer in progress is complete or patience ends."""
        nagging = asyncio.create_task(self._nag())
        try:
            async with self._turn:
                nagging.cancel()
                await self._worker.close()
        finally:
            nagging.cancel()

    async def close(self) -> None:
        await self._worker.close()

    async def _generate(self, request: InferenceRequest, folder: Path, adapter: AdapterWeights | None) -> Generated:
        message = Generate(
            model_folder=folder,
            adapter=adapter,
            prompt=request.prompt,
            system_prompt=request.system_prompt,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            top_p=request.top_p,
            min_p=request.min_p,
            top_k=request.top_k,
            seed=request.seed,
        )
        async with self._turn:
            await self._worker.call("load", Load(model_folder=folder).model_dump(mode="json"))
            # From here on the worker listens to interrupts; before, one would end it.
            self._generating = True
            try:
                return Generated.model_validate(await self._worker.call("generate", message.model_dump(mode="json")))
            except asyncio.CancelledError:
                self._interrupt()
                raise
            finally:
                self._generating = False

    async def _nag(self) -> None:
        while True:
            await asyncio.sleep(self._patience_seconds)
            self._interrupt()

    def _interrupt(self) -> None:
        """The worker gives up the answer in progress, so that what comes next need not wait for it."""
        if self._generating and (pid := self._worker.pid) is not None:
            os.kill(pid, signal.SIGUSR1)


def _check(request: InferenceRequest) -> None:
    for field in ("prompt", "system_prompt", "model_name"):
        if any("\ud800" <= character <= "\udfff" for character in getattr(request, field) or ""):
            raise FieldError(field, "The text holds half a character (a lone surrogate), so it is no valid Unicode.")
    if not request.prompt.strip():
        raise FieldError("prompt", "The prompt is empty; write what the model is to answer.", code="empty_prompt")
    if not request.model_name.strip():
        raise FieldError("model_name", "The model's name is missing; GET /api/models lists what there is.")
    if request.adapter_name is None and (request.adapter_file or request.adapter_scale is not None):
        raise FieldError(
            "adapter_name", "adapter_file and adapter_scale choose how an adapter is used; name the adapter."
        )


def _no_adapter(layers: int, generated: Generated) -> AdapterDetails:
    return AdapterDetails(
        name=None,
        type="none",
        warnings=[],
        method=None,
        model_recorded=None,
        num_layers=None,
        expected_layers=layers,
        rank=None,
        alpha=None,
        scale=None,
        dropout=None,
        keys=None,
        chat_template_used=generated.chat_template_used,
    )


def _details(
    record: AdapterRecord, kind: Weights, notes: list[str], fit: Fit, profile: ModelProfile, generated: Generated
) -> AdapterDetails:
    return AdapterDetails(
        name=record.name,
        type=kind,
        warnings=[*notes, *fit.warnings],
        method=fit.method,
        model_recorded=record.model,
        num_layers=fit.num_layers,
        expected_layers=profile.num_layers,
        rank=fit.rank,
        alpha=fit.alpha,
        scale=fit.scale,
        dropout=fit.dropout,
        keys=fit.keys,
        chat_template_used=generated.chat_template_used,
    )


def _response(generated: Generated, details: AdapterDetails) -> InferenceResponse:
    return InferenceResponse(
        response=generated.text,
        adapter_details=details,
        prompt_tokens=generated.prompt_tokens,
        generated_tokens=generated.generated_tokens,
        seconds=generated.seconds,
        tokens_per_second=generated.generated_tokens / generated.seconds,
        finish_reason=generated.finish_reason,
    )
