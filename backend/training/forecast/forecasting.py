"""Forecasts a run from what can be known at once.

Knows where shapes, lengths of data and earlier speeds come from; measures nothing.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from backend.errors import FieldError
from backend.lora.estimate import Range
from backend.lora.forecast import ModelShape, forecast_peak
from backend.lora.profile import ModelProfile
from backend.models.config import read_config
from backend.tokens.reader import TokenReader
from backend.tokens.schemas import DataStatistics, StatisticsRequest
from backend.training.config import TrainingConfig
from backend.training.forecast.durations import duration_by_measurement, duration_by_run
from backend.training.forecast.machine import Machine, this_machine
from backend.training.forecast.model_shape import model_shape
from backend.training.forecast.schemas import Forecast, TimeSource
from backend.training.forecast.speeds import Speeds
from backend.training.planning.planner import Planner
from backend.training.planning.trained_parts import trained_parts
from backend.training.planning.validation import check_values
from backend.training.preflight.remedies import remedies_by
from backend.training.preflight.run_shape import run_shape

GB = 1e9


class Forecaster:
    def __init__(
        self,
        planner: Planner,
        tokens: TokenReader,
        speeds: Speeds,
        machine: Callable[[], Machine] = this_machine,
    ) -> None:
        self._planner = planner
        self._tokens = tokens
        self._speeds = speeds
        self._machine = machine

    async def forecast(self, config: TrainingConfig) -> Forecast:
        """Raises AppError for a model or data that cannot be read, and for values that are impossible."""
        folder = self._planner.models.resolve(config.model_path)
        profile = await self._planner.inspector.profile(folder)
        check_values(config, profile.num_layers)
        data = await self._statistics(config)
        machine = self._machine()
        longest = data.splits["train"].longest
        shape = await asyncio.to_thread(model_shape, folder, read_config(folder), profile, machine.float_bytes)

        def peak(changed: TrainingConfig) -> Range:
            return _peak(shape, profile, changed, longest)

        expected = peak(config)
        fits = expected.high <= machine.memory_bytes
        duration, source = await asyncio.to_thread(self._duration, folder, config, data)
        return Forecast(
            fits=fits,
            verdict=_verdict(expected, machine, fits),
            peak_memory_bytes=expected,
            memory_limit_bytes=machine.memory_bytes,
            duration_seconds=duration,
            time_source=source,
            remedies=[] if fits else remedies_by(peak, config, longest, machine.memory_bytes),
        )

    async def _statistics(self, config: TrainingConfig) -> DataStatistics:
        asked = StatisticsRequest(
            model_name=config.model_path,
            data=config.train_data_path,
            max_seq_length=config.max_seq_length,
            mask_prompt=config.mask_prompt,
            train_on_turns=config.train_on_turns,
            batch_size=config.batch_size,
            batch_tokens=config.batch_tokens,
            grad_accumulation_steps=config.grad_accumulation_steps,
        )
        try:
            return await self._tokens.statistics(asked)
        except FieldError as error:
            field = {"data": "train_data_path", "model_name": "model_path"}.get(error.fields[0]["field"])
            if field is None:
                raise
            raise FieldError(field, error.detail, status_code=error.status_code, code=error.code) from error

    def _duration(
        self, folder: Path, config: TrainingConfig, data: DataStatistics
    ) -> tuple[Range | None, TimeSource | None]:
        """By a run that did the same, else by measured steps, else by a run of the same model."""
        run = self._speeds.of_runs(folder, Path(config.train_data_path).name, config)
        measured = self._speeds.measured(folder, config)
        if measured is not None and not (run and run.same_work):
            at = measured.measured_at
            return duration_by_measurement(measured, config, data), TimeSource(kind="measurement", at=at)
        if run is None:
            return None, None
        session = run.session
        source = TimeSource(kind="run", at=session.created_at, session_id=session.id, adapter_name=session.adapter_name)
        return duration_by_run(run, config, data), source


def _peak(shape: ModelShape, profile: ModelProfile, config: TrainingConfig, longest: int) -> Range:
    parameters = sum(group.parameters for group in trained_parts(profile, config).groups)
    run = run_shape(config, has_validation=False)
    return forecast_peak(shape, run, longest, parameters, config.optimizer, full=config.fine_tune_type == "full")


def _verdict(peak: Range, machine: Machine, fits: bool) -> str:
    numbers = f"about {peak.likely / GB:.1f} GB of {machine.memory_bytes / GB:.1f} GB that are free for it"
    if fits:
        return f"It should fit: {numbers}."
    if peak.likely <= machine.memory_bytes:
        return f"It may just not fit: {numbers}, and at the worst {peak.high / GB:.1f} GB."
    return f"It does not fit, as far as can be told: {numbers}."
