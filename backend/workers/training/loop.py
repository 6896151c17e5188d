"""The training loop: steps, reports, validations, checkpoints, early stopping. Ends with an outcome, never by itself
with the process."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn

from backend.training.config import TrainingConfig
from backend.training.events import (
    Best,
    Checkpoint,
    Finished,
    Outcome,
    Paused,
    Train,
    Validation,
    stopped_on_request,
)
from backend.workers.training.data.batching import Batch
from backend.workers.training.engine.step import REMEDY, NotFinite, Stepper
from backend.workers.training.engine.world import ALONE, World
from backend.workers.training.progress import Progress, Window
from backend.workers.training.reporter import Reporter
from backend.workers.training.requests import Requests
from backend.workers.training.saving.checkpoint import AdapterFolder
from backend.workers.training.saving.resume import ResumeFile


@dataclass(frozen=True)
class End:
    outcome: Outcome
    reason: str


class TrainingLoop:
    """Goes on after `progress`. `train` gives the batches from there on, `grad_accumulation_steps` of them a step."""

    def __init__(
        self,
        config: TrainingConfig,
        model: nn.Module,
        stepper: Stepper,
        train: Iterator[Batch],
        validation: list[Batch],
        adapter: AdapterFolder,
        resume: ResumeFile,
        reporter: Reporter,
        requests: Requests,
        progress: Progress,
        world: World = ALONE,
    ) -> None:
        self.config = config
        self.model = model
        self.stepper = stepper
        self.train = train
        self.validation = validation
        self.adapter = adapter
        self.resume = resume
        self.reporter = reporter
        self.requests = requests
        self.progress = progress
        self.world = world
        self.patience = config.patience if config.early_stop else None
        self.saved_iteration = progress.iteration

    def run(self) -> Finished | Paused:
        self.model.train()
        try:
            if self.progress.iteration == 0:
                self._validate()
            else:
                self._take_up()
            end = self._iterate()
        except NotFinite as error:
            end = self._diverged(error.detail)
        last = self._end(end)
        # A process that has ended is taken for lost: none does while the first still saves.
        self.world.meet()
        return last

    def _iterate(self) -> End:
        """Step by step. Raises NotFinite."""
        progress, total = self.progress, self.config.iterations
        while progress.iteration < total and not self.world.agree(self.requests):
            if progress.stopping.exhausted(self.patience):
                return End("early_stopped", self._early_stopped_reason())
            self._step()
            self._do_what_is_due(last=progress.iteration == total)
        if progress.iteration < total:
            return End("stopped", stopped_on_request(progress.iteration))
        skipped = " The validation after the last was left out on request." if progress.owes_validation else ""
        return End("completed", f"All {total} steps are done.{skipped}")

    def _step(self) -> None:
        began = time.perf_counter()
        batches = [next(self.train) for _ in range(self.config.grad_accumulation_steps)]
        result = self.stepper.step(batches, self.progress.iteration + 1)
        self.progress.iteration += 1
        self.progress.trained_tokens += result.tokens
        self.progress.learning_rate = result.learning_rate
        self.progress.window.add(result, time.perf_counter() - began)

    def _do_what_is_due(self, last: bool) -> None:
        config, iteration = self.config, self.progress.iteration
        if last or iteration % config.steps_per_report == 0:
            self._report()
        best = self._validate() if last or iteration % config.steps_per_eval == 0 else None
        checkpoint = last or iteration % config.save_every == 0
        if best is not None or checkpoint:
            self.stepper.check_parameters(iteration)
            self._save(best, checkpoint)

    def _report(self) -> None:
        window, self.progress.window = self.progress.window, Window()
        self.reporter.report(
            Train(
                iteration=self.progress.iteration,
                train_loss=window.loss / window.tokens,
                learning_rate=self.progress.learning_rate,
                iterations_per_second=window.steps / window.seconds,
                tokens_per_second=window.tokens / window.seconds,
                trained_tokens=self.progress.trained_tokens,
                peak_memory_gb=mx.get_peak_memory() / 1e9,
                grad_norm=window.grad_norm / window.steps,
            )
        )

    def _validate(self) -> float | None:
        """The validation loss if it is the best so far.

        Nothing is done where there is nothing to validate on. Where a stop is asked for meanwhile, it is still owed.
        """
        if not self.validation:
            return None
        iteration = self.progress.iteration
        began = time.perf_counter()
        loss = self.stepper.evaluate(self.validation, lambda: self.world.agree(self.requests))
        self.progress.owes_validation = loss is None
        if loss is None:
            return None
        if not math.isfinite(loss):
            raise NotFinite(f"The validation loss became {loss} at step {iteration}. {REMEDY}")
        self.reporter.report(Validation(iteration=iteration, val_loss=loss, seconds=time.perf_counter() - began))
        return loss if iteration > 0 and self.progress.stopping.improved(iteration, loss) else None

    def _save(self, best: float | None, checkpoint: bool) -> None:
        """The file to go on from comes first: whatever else is missing after a crash is written again from it."""
        self.resume.write(self.stepper.learned, self.progress)
        self._save_adapter(best, checkpoint)

    def _save_adapter(self, best: float | None, checkpoint: bool) -> None:
        iteration = self.progress.iteration
        if best is not None:
            self.adapter.save_best(self.model, iteration)
            self.reporter.report(Best(iteration=iteration, val_loss=best))
        if checkpoint:
            file = self.adapter.save_checkpoint(self.model, iteration)
            self.saved_iteration = iteration
            self.reporter.report(Checkpoint(iteration=iteration, file=file))

    def _take_up(self) -> None:
        """Write again, and report again, what a crash may have left undone after the last save; make up for the
        validation that a request cut short."""
        stopping, iteration = self.progress.stopping, self.progress.iteration
        best = stopping.best_loss if stopping.best_iteration == iteration else None
        checkpoint = iteration % self.config.save_every == 0 or iteration == self.config.iterations
        if not checkpoint:
            self.adapter.save_latest(self.model, iteration)
        self._save_adapter(best, checkpoint)
        if self.progress.owes_validation and (best := self._validate()) is not None:
            self._save(best, checkpoint=False)

    def _diverged(self, reason: str) -> End:
        """The weights that gave NaN are given up, and their checkpoint too, for those of the step before."""
        progress = self.progress
        if progress.iteration > 0 and self.stepper.undo():
            self.adapter.discard_checkpoint(progress.iteration)
            progress.iteration -= 1
            self.saved_iteration = 0
        elif self.saved_iteration > 0:
            progress.iteration = self.saved_iteration
            return End("failed", f"{reason} The checkpoint of step {self.saved_iteration}, the last saved, is kept.")
        else:
            progress.iteration = 0
        if progress.iteration == 0:
            self.adapter.discard()
            self.resume.discard()
            return End("failed", f"{reason} There is no adapter, since no step went well.")
        return End("failed", f"{reason} The adapter of step {progress.iteration}, the last good one, is kept.")

    def _end(self, end: End) -> Finished | Paused:
        progress = self.progress
        if progress.window.steps and end.outcome != "failed" and not self.requests.pause:
            self._report()
        if end.outcome == "early_stopped":
            progress.stopping.without_improvement = 0
        if progress.iteration > 0 and (progress.iteration > self.saved_iteration or end.outcome == "early_stopped"):
            self._save(None, checkpoint=progress.iteration > self.saved_iteration)
        if progress.iteration > 0:
            self.adapter.settle()
        if end.outcome == "stopped" and self.requests.pause and not self.requests.stop:
            return Paused(iteration=progress.iteration)
        return Finished(outcome=end.outcome, reason=end.reason, iteration=progress.iteration)

    def _early_stopped_reason(self) -> str:
        best = self.progress.stopping
        return (
            f"The validation loss has not improved for {best.without_improvement} validations; "
            f"the best was {best.best_loss:.4f} at step {best.best_iteration}, and its weights are kept."
        )
