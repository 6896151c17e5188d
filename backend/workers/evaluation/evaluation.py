"""Measures base and adapters on held-out rows and on the general text, one after another on one loaded base."""

from pathlib import Path

from backend.adapters.identity import content_hash
from backend.errors import AppError
from backend.evaluation.names import called
from backend.evaluation.schemas import EvaluationPlan, EvaluationResult, PlannedWeights
from backend.models.fingerprint import fingerprint
from backend.workers.base_model import load_base, read_tokenizer
from backend.workers.evaluation.losses import ExampleLosses, batches
from backend.workers.evaluation.measured import Measured
from backend.workers.evaluation.parts import EncodedPart, encode_parts
from backend.workers.evaluation.results import write_results
from backend.workers.inference.adapter_files import read_adapter
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.job import JobReporter
from backend.workers.training.memory import leave_room

UNIT = "tokens"


def evaluate(folder: Path, plan: EvaluationPlan, reporter: JobReporter) -> str:
    """Raises AppError where nothing can be measured; what is wrong with one adapter fails that adapter alone."""
    _check_unchanged(plan)
    parts = encode_parts(plan, read_tokenizer(plan.model_folder))
    measurement = _Measurement(folder, plan, parts, reporter)
    leave_room()
    measurement.run()
    return _in_words(write_results(folder, plan, parts, measurement.measured, measurement.problems))


class _Measurement:
    """`problems` say, by the number of the weights, why these could not be measured."""

    def __init__(self, folder: Path, plan: EvaluationPlan, parts: list[EncodedPart], reporter: JobReporter) -> None:
        self.measured = Measured(folder)
        self.problems: dict[int, str] = {}
        self._plan = plan
        self._parts = parts
        self._reporter = reporter
        self._total = sum(part.fed for part in parts) * len(plan.weights)
        self._done = self._total - sum(self._left(number) for number in range(len(plan.weights)))

    def run(self) -> None:
        self._report(f"Loading {self._plan.model_folder.name}")
        model, _ = load_base(self._plan.model_folder)
        adapted, losses = AdaptedModel(model), ExampleLosses(model)
        for number, weights in enumerate(self._plan.weights):
            try:
                _put_on(adapted, weights)
                for part in self._parts:
                    self._measure(number, weights, part, losses)
            except AppError as error:
                if weights.adapter is None:
                    raise  # nothing can be compared with it
                self.problems[number] = error.detail
                self._done += self._left(number)
                self._report(error.detail)

    def _measure(self, number: int, weights: PlannedWeights, part: EncodedPart, losses: ExampleLosses) -> None:
        for batch in batches(part.examples):
            self._report(f"Measuring {called(weights.details)} on {part.title}")
            if not self.measured.has(number, part.part, batch):
                self.measured.add(number, part.part, batch, losses.sums(batch))
                self._done += sum(example.fed for example in batch)
        self._report(f"Measuring {called(weights.details)} on {part.title}")

    def _left(self, number: int) -> int:
        """Tokens that these weights have still to read."""
        batches_left = (
            batch
            for part in self._parts
            for batch in batches(part.examples)
            if not self.measured.has(number, part.part, batch)
        )
        return sum(example.fed for batch in batches_left for example in batch)

    def _report(self, message: str) -> None:
        self._reporter.progress(self._done, self._total, UNIT, message)


def _put_on(adapted: AdaptedModel, weights: PlannedWeights) -> None:
    """Have the model carry exactly the weights that were chosen. Raises AppError."""
    adapted.use_base()
    if weights.adapter is None:
        return
    if content_hash(weights.adapter.file) != weights.adapter.content_hash:
        raise AppError(
            f"{weights.adapter.file.name} of {weights.details.name} was replaced after this evaluation was asked for. "
            "Start another one to measure what is there now."
        )
    adapted.use(read_adapter(weights.adapter.file), weights.adapter.scale)


def _check_unchanged(plan: EvaluationPlan) -> None:
    if not plan.data_file.is_file() or content_hash(plan.data_file) != plan.data_hash:
        raise AppError(f"{plan.data_file} has changed since this evaluation was asked for. Start another one.")
    if fingerprint(plan.model_folder) != plan.weights[0].details.base_fingerprint:
        raise AppError(f"The model in {plan.model_folder} was replaced since this evaluation was asked for.")


def _in_words(result: EvaluationResult) -> str:
    failed = sum(weights.problem is not None for weights in result.weights)
    measured = f"{result.data.examples:,} examples measured under {len(result.weights) - failed} weights."
    return f"{measured} {failed} could not be measured." if failed else measured
