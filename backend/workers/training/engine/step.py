"""One optimizer step: loss, gradient, its norm, update. A step that is not finite changes nothing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map

from backend.errors import AppError
from backend.training.config import TrainingConfig
from backend.workers.training.data.batching import Batch
from backend.workers.training.engine.losses import SummedLoss
from backend.workers.training.engine.optimizer import Optimizer, learning_rate_at
from backend.workers.training.engine.recompute import DropoutKeys
from backend.workers.training.engine.world import ALONE, World

REMEDY = "A lower learning rate or a smaller alpha usually helps."


class NotFinite(AppError):
    """The loss or its gradient is NaN or infinite."""

    code = "not_finite"


@dataclass(frozen=True)
class StepResult:
    loss: float
    grad_norm: float
    learning_rate: float
    tokens: int


@dataclass(frozen=True)
class Learned:
    """All that steps change, as trees of arrays: the parameters that train, and the optimizer's state."""

    parameters: Any
    optimizer: Any


class Stepper:
    """Compiled once for every shape of a batch, unless `compiled` is false.

    `learned` can be read and set at any time; the arrays in it are never written to. All processes of `world` step
    together: a batch here is this process's share of one, and its `tokens` are those of the whole.
    """

    def __init__(
        self,
        model: nn.Module,
        config: TrainingConfig,
        loss: SummedLoss,
        keys: DropoutKeys | None = None,
        compiled: bool = True,
        world: World = ALONE,
    ) -> None:
        self.model = model
        self._config = config
        self._loss = loss
        self._keys = keys
        self._world = world
        self._optimizer = Optimizer(config)
        parameters = model.trainable_parameters()
        self._learned = Learned(parameters, self._optimizer.begin(parameters))
        self._before: Learned | None = None
        compile_if = mx.compile if compiled else _as_it_is
        self._gradient = compile_if(self._loss_and_gradient)
        self._update = compile_if(self._optimizer.update)
        self._evaluation = compile_if(self._evaluated)

    @property
    def learned(self) -> Learned:
        return self._learned

    @learned.setter
    def learned(self, learned: Learned) -> None:
        self._learned = learned
        self.model.update(learned.parameters)

    def step(self, batches: Sequence[Batch], iteration: int) -> StepResult:
        """One step over all `batches` together, every token of theirs weighing the same.

        Raises NotFinite with the parameters as they were before this step.
        """
        tokens = sum(batch.tokens for batch in batches)
        rate = learning_rate_at(iteration, self._config)
        loss, gradients = self._accumulate(batches, iteration, tokens)
        parameters, state, norm = self._update(
            self._learned.parameters, self._learned.optimizer, gradients, mx.array(rate)
        )
        mx.eval(loss, norm)
        result = StepResult(float(loss.item()), float(norm.item()), rate, tokens)  # type: ignore[arg-type]
        _check_finite(result, iteration)
        undoable = self._config.fine_tune_type != "full"
        self._before = self._learned if undoable else None
        self.learned = Learned(parameters, state)
        del gradients
        # Where nothing else holds the arrays before, each makes room for the next as soon as its successor is there.
        if not undoable:
            tree_map(mx.eval, parameters)
        mx.eval(parameters, state)
        return result

    def evaluate(self, batches: Sequence[Batch], given_up: Callable[[], bool] = lambda: False) -> float | None:
        """Mean loss over all tokens that count in `batches`, each token weighing the same.

        None where `given_up`, asked before every batch, said so.
        """
        self.model.eval()
        total, tokens = 0.0, 0
        try:
            for batch in batches:
                if given_up():
                    return None
                loss: Any = self._evaluation(
                    self._learned.parameters, batch.inputs, batch.positions, batch.labels, batch.weights
                )
                total += float(loss.item())
                tokens += batch.tokens
        finally:
            self.model.update(self._learned.parameters)
            self.model.train()
        return self._world.total(total) / tokens

    def check_parameters(self, iteration: int) -> None:
        """Raises NotFinite where the last update led out of the range of the numbers."""
        arrays: Any = tree_flatten(self._learned.parameters, destination={})
        if not mx.stack([mx.isfinite(value).all() for value in arrays.values()]).all().item():
            raise NotFinite(f"The adapter's weights became infinite at step {iteration}. {REMEDY}")

    def undo(self) -> bool:
        """Back to what was learned before the last step: the last weights that are known to give a finite loss.

        False where that is not kept, since it would take the room of another model.
        """
        if self._before is None:
            return False
        self.learned = self._before
        return True

    def _accumulate(self, batches: Sequence[Batch], iteration: int, tokens: int) -> tuple[mx.array, Any]:
        """The mean loss over all batches and its gradient."""
        # Times the number of processes, since the mean over them follows.
        scale = mx.array(self._world.size / tokens)
        key = self._world.own_key(mx.random.key(self._config.seed * 1_000_003 + iteration))
        loss, gradients = mx.array(0.0), None
        try:
            for batch, part in zip(batches, mx.random.split(key, len(batches)), strict=True):
                added, more = self._gradient(
                    self._learned.parameters, part, scale, batch.inputs, batch.positions, batch.labels, batch.weights
                )
                loss = loss + added
                gradients = more if gradients is None else tree_map(mx.add, gradients, more)
                if len(batches) > 1:
                    mx.eval(loss, gradients)
        finally:
            self.model.update(self._learned.parameters)
        return self._world.mean(loss), self._world.mean(gradients)

    def _loss_and_gradient(
        self, parameters: Any, key: mx.array, scale: mx.array, inputs: mx.array, *targets: mx.array
    ) -> tuple[mx.array, Any]:
        def mean(parameters: Any) -> mx.array:
            self.model.update(parameters)
            if self._keys is not None:
                self._keys.begin(key)
            positions, labels, weights = targets
            return self._loss.differentiable(inputs, positions, labels, weights * scale)

        return mx.value_and_grad(mean)(parameters)

    def _evaluated(self, parameters: Any, *batch: mx.array) -> mx.array:
        self.model.update(parameters)
        return self._loss.evaluate(*batch)


def _as_it_is(function: Any) -> Any:
    return function


def _check_finite(result: StepResult, iteration: int) -> None:
    for what, value in (("loss", result.loss), ("gradient", result.grad_norm)):
        if not math.isfinite(value):
            raise NotFinite(
                f"The {what} became {'NaN' if math.isnan(value) else 'infinite'} at step {iteration}. {REMEDY}"
            )
