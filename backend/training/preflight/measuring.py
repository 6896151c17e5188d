"""Measures what a run would take before it starts, in a worker of its own, and says whether it fits.

Knows the worker and its report, not how anything is measured.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.errors import AppError, Conflict, WorkerFailed
from backend.lora.estimate import Range, duration_seconds, peak_bytes
from backend.process import WorkerProcess, explain_exit
from backend.training.config import TrainingConfig
from backend.training.forecast.speeds import MeasuredSpeed
from backend.training.plan import RunPlan
from backend.training.planning.planner import Planner
from backend.training.preflight.remedies import remedies
from backend.training.preflight.run_shape import run_shape
from backend.training.preflight.schemas import REPORT_FILE, PreflightReport, PreflightResult

WORKER = "backend.workers.preflight"
OUT_OF_MEMORY = frozenset({-9, -11, -7, -6})
"""Exit codes of a worker whose memory ran out: killed by the system, or a failed allocation."""


class PreflightRefused(Conflict):
    code = "preflight_refused"


class PreflightCancelled(Conflict):
    code = "preflight_cancelled"


def _nobody(speed: MeasuredSpeed) -> None:
    pass


class Preflight:
    """One at a time. `training` says whether a run trains; `make_room` is awaited before the worker starts.

    `remember` is given what was measured to the end, for forecasts of other runs.
    """

    def __init__(
        self,
        planner: Planner,
        training: Callable[[], bool],
        make_room: Callable[[], Awaitable[None]],
        remember: Callable[[MeasuredSpeed], None] = _nobody,
    ) -> None:
        self._planner = planner
        self._training = training
        self._make_room = make_room
        self._remember = remember
        self._worker: WorkerProcess | None = None
        self._measuring = False
        self._cancelled = False

    @property
    def measuring(self) -> bool:
        return self._measuring

    async def measure(self, config: TrainingConfig) -> PreflightResult:
        """Raises AppError for what is wrong with the run, and where a run trains, or something is measured, already."""
        if self._training():
            raise PreflightRefused("A run trains now, so neither time nor memory can be measured. Ask again after it.")
        if self._measuring:
            raise PreflightRefused("Another run is being measured. Wait for it, or cancel it.")
        if config.local_processes > 1 or config.hosts:
            raise PreflightRefused("Only a run of one process can be measured. Measure it with one, and no hosts.")
        self._measuring, self._cancelled = True, False
        try:
            plan = await self._planner.plan(config)
            await self._make_room()
            with TemporaryDirectory(prefix="preflight-") as folder:
                return await self._rehearse(plan, Path(folder))
        finally:
            self._measuring = False

    async def cancel(self) -> None:
        """Return once nothing is measured any more."""
        self._cancelled = True
        if self._worker is not None:
            self._worker.kill()
        while self._measuring:
            await asyncio.sleep(0.05)

    async def _rehearse(self, plan: RunPlan, folder: Path) -> PreflightResult:
        plan.write(folder)
        exit_code = await self._run_worker(folder)
        report = _read(folder)
        if self._cancelled:
            raise PreflightCancelled("The measurement was cancelled.")
        if report is not None and report.refusal is not None:
            raise AppError(report.refusal, code="preflight_failed")
        if report is None or not (report.done or report.out_of_memory or exit_code in OUT_OF_MEMORY):
            raise WorkerFailed(f"{explain_exit(exit_code)} It was measuring a run. {_last_words(folder)}")
        if report.done and report.found is not None and report.found.steps:
            speed = MeasuredSpeed(
                model_folder=plan.model_folder, measured_at=time.time(), config=plan.config, found=report.found
            )
            await asyncio.to_thread(self._remember, speed)
        return judged(report, plan.config, has_validation=plan.valid_file is not None)

    async def _run_worker(self, folder: Path) -> int | None:
        if self._cancelled:
            return None
        worker = self._worker = WorkerProcess.spawn(WORKER, str(folder), log=folder / "output.log")
        try:
            worker.release()
            return await worker.wait()
        finally:
            worker.kill()
            self._worker = None


def judged(report: PreflightReport, config: TrainingConfig, has_validation: bool) -> PreflightResult:
    """What the measurements mean for the run. A report that is not done is one of a worker whose memory ran out."""
    found = report.found
    if found is None or not found.steps:
        return PreflightResult(
            fits=False,
            verdict=_verdict(report, None, fits=False),
            peak_memory_bytes=None,
            duration_seconds=None,
            memory_limit_bytes=found.limit_bytes if found else None,
            measured=[],
            remedies=[],
        )
    run = run_shape(config, has_validation)
    peak = peak_bytes(found, run, run).plus(found.other_bytes)
    if not report.done:
        # What it died of shows that less can be had than the system said.
        found = found.model_copy(update={"limit_bytes": min(found.limit_bytes, int(peak.low))})
    fits = peak.high <= found.limit_bytes
    return PreflightResult(
        fits=fits,
        verdict=_verdict(report, peak, fits),
        peak_memory_bytes=peak,
        duration_seconds=duration_seconds(found, run),
        memory_limit_bytes=found.limit_bytes,
        measured=found.steps,
        remedies=[] if fits else remedies(found, config),
    )


def _verdict(report: PreflightReport, peak: Range | None, fits: bool) -> str:
    if not report.done:
        return f"It does not fit: memory ran out at {report.doing}."
    assert peak is not None and report.found is not None
    numbers = f"about {_gb(peak.likely)} of {_gb(report.found.limit_bytes)} that are free for it"
    if fits:
        return f"It fits: {numbers}."
    if peak.likely <= report.found.limit_bytes:
        return f"It may just not fit: {numbers}, and at the worst {_gb(peak.high)}."
    return f"It does not fit: {numbers}."


def _gb(count: float) -> str:
    return f"{count / 1e9:.1f} GB"


def _read(folder: Path) -> PreflightReport | None:
    try:
        return PreflightReport.model_validate_json((folder / REPORT_FILE).read_bytes())
    except FileNotFoundError:
        return None


def _last_words(folder: Path) -> str:
    log = (folder / "output.log").read_text(errors="replace").strip()
    return f"Its last words: {log.splitlines()[-1]}" if log else "It said nothing."
