"""Shapes of held-out evaluations, as the API gives and takes them, and as their folders keep them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from backend.inference.messages import AdapterWeights
from backend.inference.schemas import AdapterDetails, AdapterFile
from backend.jobs.schemas import Job
from backend.tokens.schemas import AnsweredTurns

Part = Literal["data", "general"]
"""The rows of the data set, and the general text that shows what was forgotten."""
HeldOutSplit = Literal["test", "valid"]
Verdict = Literal["better", "worse", "unclear", "equal", "too_few"]
ExampleOrder = Literal["difference", "better", "worse", "index"]
MOST_ADAPTERS = 16


class EvaluatedAdapter(BaseModel):
    """`adapter_file` None takes the best weights, else the latest."""

    model_config = ConfigDict(extra="forbid")

    adapter_name: str
    adapter_file: AdapterFile | None = None
    adapter_scale: FiniteFloat | None = None


class EvaluationRequest(BaseModel):
    """What to measure. The base model is always measured too.

    `limit` rows are drawn with `seed`, None takes them all. Rows are read as training reads them: `mask_prompt` counts
    the answers alone, of all turns or of the last.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_name: str
    adapters: Annotated[list[EvaluatedAdapter], Field(max_length=MOST_ADAPTERS)] = []
    data: Annotated[str, Field(description="a data set's name, or the path of a folder of splits")]
    split: HeldOutSplit = "test"
    limit: Annotated[int | None, Field(ge=1, le=10**6)] = None
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    max_seq_length: Annotated[int, Field(ge=8, le=2**20, description="longer rows are cut, counted and named")] = 2048
    mask_prompt: bool = False
    train_on_turns: AnsweredTurns = "all"
    general: Annotated[bool, Field(description="also measure the general text, so that forgetting shows")] = True


class PlannedWeights(BaseModel):
    """The base model, or an adapter on it."""

    adapter: AdapterWeights | None
    details: AdapterDetails


class EvaluationPlan(BaseModel):
    """The settings of the job: the request, and which files it means. The base comes first among the weights.

    The general text is cut at `general_max_length` tokens, whatever is asked of the data, so that it stays the same.
    """

    model_config = ConfigDict(protected_namespaces=())

    request: EvaluationRequest
    model_folder: Path
    data_file: Path
    data_hash: str
    general_max_length: int
    weights: list[PlannedWeights]


class Difference(BaseModel):
    """Mean loss a token minus the base's: below 0 is better. `low` to `high` is the 95% interval, if there is one."""

    mean: float
    low: float | None
    high: float | None
    verdict: Verdict


class Score(BaseModel):
    """`loss` is the mean of -log p over the tokens that count, each weighing the same; `perplexity` is exp(loss).

    It is None where it is no number that a computer can hold. `difference` is None for the base.
    """

    loss: float
    perplexity: float | None
    difference: Difference | None


class PartSummary(BaseModel):
    """What was measured. `rows` of `available` were taken; `empty` of them have no token that counts and are left out.

    `cut` were longer than `max_seq_length` tokens, the longest of all having `longest`.
    """

    available: int
    rows: int
    examples: int
    tokens: int
    empty: int
    cut: int
    longest: int
    max_seq_length: int


class WeightsResult(BaseModel):
    """`problem` says why these weights could not be measured; the others stand."""

    details: AdapterDetails
    data: Score | None
    general: Score | None
    problem: str | None


class EvaluationResult(BaseModel):
    """summary.json. The first of the weights are the base's."""

    data: PartSummary
    general: PartSummary | None
    weights: list[WeightsResult]


class EvaluatedExample(BaseModel):
    """One line of examples.jsonl. `losses` are mean losses a token, one for each of the weights; None for failed ones.

    `index` counts rows of the file from 0, `line` its lines from 1; `full_length` is in tokens, before it was cut.
    """

    part: Part
    index: int
    line: int
    prompt: str | None
    reference: str | None
    text: str | None
    tokens: int
    full_length: int
    cut: bool
    losses: list[float | None]


class Evaluation(BaseModel):
    """A job and what it measures; `result` is None until it is complete. `weights` begin with the base."""

    job: Job
    request: EvaluationRequest
    weights: list[AdapterDetails]
    result: EvaluationResult | None


class ExamplePage(BaseModel):
    total: int
    examples: list[EvaluatedExample]
