"""The training loop: steps, reports, validations, checkpoints, early stopping. Ends with an outcome, never by itself
with the process."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn

from backend.training.config import TrainingConfig
from backend.training.events import Best, Checkpoint, Finished, Outcome, Train, Validation, stopped_on_request
from backend.workers.training.batching import Batch
from backend.workers.training.checkpoint import AdapterFolder
from backend.workers.training.losses import evaluate
from backend.workers.training.reporter import Reporter
from backend.workers.training.step import REMEDY, NotFinite, Stepper, StepResult


@dataclass(frozen=True)
class End:
    outcome: Outcome
    reason: str


class EarlyStopping:
    """Remembers the best validation loss, and how many validations in a row did not improve on it."""

    def __init__(self, patience: int | None) -> None:
        self.patience = patience
        self.best_loss = math.inf
        self.best_iteration = 0
        self.without_improvement = 0

    def improved(self, iteration: int, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.best_iteration, self.without_improvement = loss, iteration, 0
            return True
        self.without_improvement += 1
        return False

    @property
    def exhausted(self) -> bool:
        return self.patience is not None and self.without_improvement >= self.patience


class Window:
    """What happened since the last report."""

    def __init__(self) -> None:
        self.steps = self.tokens = 0
        self.loss = self.grad_norm = self.seconds = 0.0

    def add(self, result: StepResult, seconds: float) -> None:
        self.steps += 1
        self.tokens += result.tokens
        self.loss += result.loss * result.tokens
        self.grad_norm += result.grad_norm
        self.seconds += seconds


class TrainingLoop:
    def __init__(
        self,
        config: TrainingConfig,
        model: nn.Module,
        stepper: Stepper,
        train: Iterator[Batch],
        validation: list[Batch],
        adapter: AdapterFolder,
        reporter: Reporter,
        asked_to_stop: Callable[[], bool],
    ) -> None:
        self.config = config
        self.model = model
        self.stepper = stepper
        self.train = train
        self.validation = validation
        self.adapter = adapter
        self.reporter = reporter
        self.asked_to_stop = asked_to_stop
        self.iteration = 0
        self.saved_iteration = 0
        self.trained_tokens = 0
        self.window = Window()
        self.stopping = EarlyStopping(config.patience if config.early_stop else None)

    def run(self) -> Finished:
        self.model.train()
        try:
            self._validate()
            end = self._iterate()
        except NotFinite as error:
            end = self._diverged(error.detail)
        if self.iteration > self.saved_iteration:
            self._checkpoint()
        if self.iteration > 0:
            self.adapter.settle()
        return Finished(outcome=end.outcome, reason=end.reason, iteration=self.iteration)

    def _iterate(self) -> End:
        """Step by step. Raises NotFinite."""
        while self.iteration < self.config.iterations and not self.asked_to_stop():
            self._step()
            last = self.iteration == self.config.iterations
            self._do_what_is_due(last)
            if self.stopping.exhausted and not last:
                self._end_window()
                return End("early_stopped", self._early_stopped_reason())
        self._end_window()
        if self.iteration < self.config.iterations:
            return End("stopped", stopped_on_request(self.iteration))
        return End("completed", f"All {self.config.iterations} steps are done.")

    def _do_what_is_due(self, last: bool) -> None:
        config = self.config
        if last or self.iteration % config.steps_per_report == 0:
            self._report()
        if last or self.iteration % config.steps_per_eval == 0:
            self._validate()
        if last or self.iteration % config.save_every == 0:
            self.stepper.check_parameters(self.iteration)
            self._checkpoint()

    def _step(self) -> None:
        began = time.perf_counter()
        result = self.stepper.step(next(self.train), self.iteration + 1)
        self.iteration += 1
        self.trained_tokens += result.tokens
        self.window.add(result, time.perf_counter() - began)

    def _report(self) -> None:
        window, self.window = self.window, Window()
        self.reporter.report(
            Train(
                iteration=self.iteration,
                train_loss=window.loss / window.tokens,
                learning_rate=self.stepper.learning_rate,
                iterations_per_second=window.steps / window.seconds,
                tokens_per_second=window.tokens / window.seconds,
                trained_tokens=self.trained_tokens,
                peak_memory_gb=mx.get_peak_memory() / 1e9,
                grad_norm=window.grad_norm / window.steps,
            )
        )

    def _end_window(self) -> None:
        """Report the steps since the last report too, however the run ends."""
        if self.window.steps:
            self._report()

    def _validate(self) -> None:
        """Nothing where there is nothing to validate on, or where a stop is asked for meanwhile."""
        if not self.validation:
            return
        began = time.perf_counter()
        loss = evaluate(self.model, self.validation, self.asked_to_stop)
        if loss is None:
            return
        if not math.isfinite(loss):
            raise NotFinite(f"The validation loss became {loss} at step {self.iteration}. {REMEDY}")
        seconds = time.perf_counter() - began
        self.reporter.report(Validation(iteration=self.iteration, val_loss=loss, seconds=seconds))
        if self.iteration > 0 and self.stopping.improved(self.iteration, loss):
            self.stepper.check_parameters(self.iteration)
            self.adapter.save_best(self.model, self.iteration)
            self.reporter.report(Best(iteration=self.iteration, val_loss=loss))

    def _checkpoint(self) -> None:
        file = self.adapter.save_checkpoint(self.model, self.iteration)
        self.saved_iteration = self.iteration
        self.reporter.report(Checkpoint(iteration=self.iteration, file=file))

    def _diverged(self, reason: str) -> End:
        """The weights that gave NaN are given up, and their checkpoint too, for those of the step before."""
        if self.iteration > 0:
            self.stepper.undo()
            if self.saved_iteration == self.iteration:
                self.adapter.discard_checkpoint(self.iteration)
                self.saved_iteration = 0
            self.iteration -= 1
        if self.iteration == 0:
            self.adapter.discard()
            return End("failed", f"{reason} There is no adapter, since no step went well.")
        return End("failed", f"{reason} The adapter of step {self.iteration}, the last good one, is kept.")

    def _early_stopped_reason(self) -> str:
        best = self.stopping
        return (
            f"The validation loss has not improved for {best.without_improvement} validations; "
            f"the best was {best.best_loss:.4f} at step {best.best_iteration}, and its weights are kept."
        )
