"""Finds the weights that are to answer, and says which they are. Knows files; the worker computes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from backend.adapters.base import check_base
from backend.adapters.description import Fit
from backend.adapters.folder import AdapterRecord, WeightsFile, choose_weights, read_record
from backend.adapters.identity import content_hash
from backend.adapters.library import AdapterLibrary
from backend.adapters.tensors import read_tensors
from backend.adapters.validation import check_fit
from backend.errors import FieldError
from backend.inference.messages import AdapterWeights, Answered
from backend.inference.questions import check_adapter_fields
from backend.inference.schemas import AdapterDetails, AdapterFile, InferenceResponse
from backend.lora.profile import ModelProfile
from backend.models.config import ModelRefused, layer_count, read_config
from backend.models.fingerprint import fingerprint
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary

REMEMBERED = 256


@dataclass(frozen=True)
class ChosenWeights:
    """A base model's folder and the adapter on it, None for the base itself.

    Whether a chat template is used is known once the worker has begun: until then `details` say that none is.
    """

    folder: Path
    adapter: AdapterWeights | None
    details: AdapterDetails

    def details_with(self, chat_template_used: bool) -> AdapterDetails:
        return self.details.model_copy(update={"chat_template_used": chat_template_used})

    def response(self, answered: Answered) -> InferenceResponse:
        return InferenceResponse(
            response=answered.text,
            thinking=answered.thinking,
            adapter_details=self.details_with(answered.chat_template_used),
            prompt_tokens=answered.prompt_tokens,
            cached_tokens=answered.cached_tokens,
            generated_tokens=answered.generated_tokens,
            first_token_seconds=answered.first_token_seconds,
            seconds=answered.seconds,
            tokens_per_second=_writing_speed(answered),
            finish_reason=answered.finish_reason,
            notes=answered.notes,
        )


def _writing_speed(answered: Answered) -> float | None:
    """Tokens a second from the first one on, so that reading the prompt does not slow a short answer down."""
    first = answered.first_token_seconds
    if first is None or answered.generated_tokens < 2 or answered.seconds <= first:
        return None
    return (answered.generated_tokens - 1) / (answered.seconds - first)


class Chooser:
    def __init__(self, models: ModelLibrary, inspector: Inspector, adapters: AdapterLibrary) -> None:
        self._models = models
        self._inspector = inspector
        self._adapters = adapters
        self._fits: dict[tuple[object, ...], Fit] = {}

    async def base(self, model_name: str) -> tuple[Path, str]:
        """Folder and fingerprint. Raises ModelNotFound (404), or FieldError for what is no model or is damaged."""
        folder = self._models.resolve(model_name, "model_name", missing_status=404)
        try:
            return folder, await asyncio.to_thread(fingerprint, folder)
        except ModelRefused as error:
            sentence = f"{folder.name} cannot be loaded: {error.detail}"
            raise FieldError("model_name", sentence, code=error.code) from error

    async def choose(
        self,
        model_name: str,
        adapter_name: str | None = None,
        adapter_file: AdapterFile | None = None,
        adapter_scale: float | None = None,
    ) -> ChosenWeights:
        """Raises AppError: 404 for what is not there, 400 for what does not belong together or is damaged."""
        check_adapter_fields(adapter_name, adapter_file, adapter_scale)
        folder, base_fingerprint = await self.base(model_name)
        if adapter_name is None:
            layers = layer_count(read_config(folder)) or (await self._inspector.profile(folder)).num_layers
            return ChosenWeights(folder, None, _no_adapter(base_fingerprint, layers))
        profile = await self._inspector.profile(folder)
        adapter = self._adapters.resolve(adapter_name)
        base = _Base(model_name, folder, base_fingerprint, profile)
        return await asyncio.to_thread(self._choose, base, adapter, adapter_file, adapter_scale)

    def _choose(self, base: "_Base", adapter: Path, wanted: AdapterFile | None, scale: float | None) -> ChosenWeights:
        record = read_record(adapter)
        file = choose_weights(adapter, wanted)
        notes = check_base(record, base.name, base.folder, fingerprint)
        digest = content_hash(file.path)
        fit = self._fit(record, file.path, digest, base, scale)
        weights = AdapterWeights(file=file.path, scale=fit.scale, content_hash=digest)
        return ChosenWeights(base.folder, weights, _details(record, file, digest, base, notes, fit))

    def _fit(self, record: AdapterRecord, file: Path, digest: str, base: "_Base", scale: float | None) -> Fit:
        """Worked out once: it takes milliseconds, and every question asks for it."""
        key = (record.folder, repr(record.config), digest, base.fingerprint, scale)
        fit = self._fits.get(key)
        if fit is None:
            fit = check_fit(record, read_tensors(file), base.profile, scale)
            if len(self._fits) >= REMEMBERED:
                self._fits.clear()
            self._fits[key] = fit
        return fit


@dataclass(frozen=True)
class _Base:
    name: str
    folder: Path
    fingerprint: str
    profile: ModelProfile


def _no_adapter(base_fingerprint: str, layers: int) -> AdapterDetails:
    return AdapterDetails(
        name=None,
        type="none",
        step=None,
        base_fingerprint=base_fingerprint,
        content_hash=None,
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
        rank_pattern={},
        alpha_pattern={},
        chat_template_used=False,
    )


def _details(
    record: AdapterRecord,
    file: WeightsFile,
    digest: str,
    base: _Base,
    notes: list[str],
    fit: Fit,
) -> AdapterDetails:
    low_rank = fit.method != "full"
    return AdapterDetails(
        name=record.name,
        type=file.kind,
        step=file.step,
        base_fingerprint=base.fingerprint,
        content_hash=digest,
        warnings=[*notes, *fit.warnings],
        method=fit.method,
        model_recorded=record.model,
        num_layers=fit.num_layers,
        expected_layers=base.profile.num_layers,
        rank=fit.rank,
        alpha=fit.alpha,
        scale=fit.scale,
        dropout=fit.dropout,
        keys=fit.keys,
        rank_pattern=record.lora.rank_pattern if low_rank else {},
        alpha_pattern=record.lora.alpha_pattern if low_rank else {},
        chat_template_used=False,
    )
