"""How far a run has come: what its reports, its early stopping and its end depend on, and no array."""

import json
import math
from dataclasses import asdict, dataclass, field

from backend.workers.training.engine.step import StepResult


@dataclass
class Window:
    """What happened since the last report."""

    steps: int = 0
    tokens: int = 0
    loss: float = 0.0
    grad_norm: float = 0.0
    seconds: float = 0.0

    def add(self, result: StepResult, seconds: float) -> None:
        self.steps += 1
        self.tokens += result.tokens
        self.loss += result.loss * result.tokens
        self.grad_norm += result.grad_norm
        self.seconds += seconds


@dataclass
class EarlyStopping:
    """The best validation loss, and how many validations in a row did not improve on it."""

    best_loss: float = math.inf
    best_iteration: int = 0
    without_improvement: int = 0

    def improved(self, iteration: int, loss: float) -> bool:
        if loss < self.best_loss:
            self.best_loss, self.best_iteration, self.without_improvement = loss, iteration, 0
            return True
        self.without_improvement += 1
        return False

    def exhausted(self, patience: int | None) -> bool:
        return patience is not None and self.without_improvement >= patience


@dataclass
class Progress:
    """`iteration` steps are done; `learning_rate` is the last one's.

    `owes_validation` where the one due after the last step was given up for a request to end.
    """

    iteration: int = 0
    trained_tokens: int = 0
    learning_rate: float = 0.0
    owes_validation: bool = False
    window: Window = field(default_factory=Window)
    stopping: EarlyStopping = field(default_factory=EarlyStopping)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        """Raises ValueError, KeyError or TypeError for what `to_json` did not write."""
        values = json.loads(text)
        parts = {"window": Window(**values["window"]), "stopping": EarlyStopping(**values["stopping"])}
        return cls(**values | parts)
