"""One optimizer step: loss, gradient, its norm, update. A step that is not finite changes nothing."""

import math
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optimizers
from mlx.utils import tree_flatten

from backend.errors import AppError
from backend.training.config import Optimizer
from backend.workers.training.batching import Batch
from backend.workers.training.losses import mean_loss
from backend.workers.training.recompute import DropoutKeys

OPTIMIZERS = {
    "adamw": optimizers.AdamW,
    "adam": optimizers.Adam,
    "sgd": optimizers.SGD,
    "adafactor": optimizers.Adafactor,
    "muon": optimizers.Muon,
}


REMEDY = "A lower learning rate or a smaller alpha usually helps."


class NotFinite(AppError):
    """The loss or its gradient is NaN or infinite."""

    code = "not_finite"


@dataclass(frozen=True)
class StepResult:
    loss: float
    grad_norm: float
    tokens: int


class Stepper:
    def __init__(
        self, model: nn.Module, optimizer: Optimizer, learning_rate: float, seed: int, keys: DropoutKeys | None
    ) -> None:
        self.model = model
        self.optimizer = OPTIMIZERS[optimizer](learning_rate=learning_rate)
        self._gradient = nn.value_and_grad(model, mean_loss)
        self._keys = keys
        self._before_update: Any = None
        self._seed = seed

    @property
    def learning_rate(self) -> float:
        return float(self.optimizer.learning_rate.item())

    def step(self, batch: Batch, iteration: int) -> StepResult:
        """Raises NotFinite with the parameters as they were before this step."""
        if self._keys is not None:
            self._keys.begin(mx.random.key(self._seed * 1_000_003 + iteration))
        loss, gradient = self._gradient(self.model, batch.inputs, batch.positions, batch.labels, batch.weights)
        norm = global_norm(gradient)
        mx.eval(loss, norm, gradient)
        result = StepResult(float(loss.item()), float(norm.item()), batch.tokens)  # type: ignore[arg-type]
        check_finite(result, iteration)
        self._before_update = self.model.trainable_parameters()
        self.optimizer.update(self.model, gradient)
        mx.eval(self.model.trainable_parameters(), self.optimizer.state)
        return result

    def check_parameters(self, iteration: int) -> None:
        """Raises NotFinite where the last update led out of the range of the numbers."""
        arrays: Any = tree_flatten(self.model.trainable_parameters(), destination={})
        if not mx.stack([mx.isfinite(value).all() for value in arrays.values()]).all().item():
            raise NotFinite(f"The adapter's weights became infinite at step {iteration}. {REMEDY}")

    def undo(self) -> None:
        """Back to the parameters before the last update: the last ones that are known to give a finite loss."""
        self.model.update(self._before_update)


def global_norm(gradient: Any) -> mx.array:
    """Euclidean norm over all arrays of a tree, float32 scalar."""
    arrays: Any = tree_flatten(gradient, destination={})
    squares = [mx.square(value.astype(mx.float32)).sum() for value in arrays.values()]
    return mx.sqrt(mx.stack(squares).sum())


def check_finite(result: StepResult, iteration: int) -> None:
    for what, value in (("loss", result.loss), ("gradient", result.grad_norm)):
        if not math.isfinite(value):
            raise NotFinite(
                f"The {what} became {'NaN' if math.isnan(value) else 'infinite'} at step {iteration}. {REMEDY}"
            )
