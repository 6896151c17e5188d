"""Shapes of conversions, as the API gives and takes them, and as their folders keep them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.jobs.schemas import Job

Bits = Literal[4, 6, 8]
GroupSize = Literal[32, 64, 128]
MixedRecipe = Literal["mixed_2_6", "mixed_3_4", "mixed_3_6", "mixed_4_6"]
"""mlx-lm's: few bits for most weights, more for the value and down projections of every third layer and the ends."""
WeightType = Literal["bfloat16", "float16", "float32"]
SamplePart = Literal["data", "general"]


class Recipe(BaseModel):
    """How the weights are to be kept: `bits` each, or by a `mixed` recipe, or, without both, in another `dtype`.

    Every `group_size` weights share a scale. `dtype` is that of what is not quantised, None as the model has it.
    """

    model_config = ConfigDict(extra="forbid")

    bits: Bits | None = None
    mixed: MixedRecipe | None = None
    group_size: GroupSize = 64
    dtype: WeightType | None = None

    @property
    def quantises(self) -> bool:
        return self.bits is not None or self.mixed is not None


class ConversionRequest(Recipe):
    """What to make of a model, and what to call it."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    model_name: str
    name: Annotated[str, Field(description="of the new model, in the library")]
    measure_on: Annotated[
        str | None, Field(description="a data set whose held-out rows show the cost; None takes the general text")
    ] = None

    @property
    def recipe(self) -> Recipe:
        return Recipe(bits=self.bits, mixed=self.mixed, group_size=self.group_size, dtype=self.dtype)


class ConversionSketch(BaseModel):
    """What a recipe makes of a model, from names and shapes: exact, without computing any weight.

    Sizes are bytes of the weights; `notes` are sentences about what does not go as the recipe says.
    """

    size_before_bytes: int
    size_bytes: int
    bits_per_weight: float
    notes: list[str]


class ConversionEstimate(BaseModel):
    """Before the start. Sizes are exact, in bytes of the weights; `problem` says why it could not start now.

    `bits_per_weight` counts scales and what stays unquantised too, as mlx-lm does.
    """

    size_before_bytes: int
    size_bytes: int
    bits_per_weight: float
    free_bytes: int
    sentence: str
    notes: list[str]
    problem: str | None


class Sample(BaseModel):
    """The text that is measured: rows of a data set's split, or the general text. `title` names it for people."""

    part: SamplePart
    title: str
    file: Path
    content_hash: str


class ConversionPlan(BaseModel):
    """The settings of the job: the request, and which files it means. `folder` is where the model is to appear."""

    model_config = ConfigDict(protected_namespaces=())

    request: ConversionRequest
    model_folder: Path
    model_fingerprint: str
    folder: Path
    sample: Sample
    max_seq_length: int


class LossDifference(BaseModel):
    """Mean loss a token after minus before: above 0 is what it cost. `low` to `high` is the 95% interval, if any."""

    mean: float
    low: float | None
    high: float | None


class MeasuredCost(BaseModel):
    """Losses of the same examples before and after, means of -log p over `tokens` that weigh the same each.

    `perplexity` is exp(loss), None where it is no number that a computer can hold. `measured_on` names the sample,
    `device` and `computed_in` what computed it. A side that did not fit into memory has no loss; `unmeasured` says so.
    """

    measured_on: str
    examples: int
    tokens: int
    device: str
    computed_in: str
    loss_before: float | None
    loss_after: float | None
    perplexity_before: float | None
    perplexity_after: float | None
    difference: LossDifference | None
    unmeasured: str | None


class WrittenModel(BaseModel):
    """Sizes are bytes of the weights; `seconds` is the conversion itself, without the measuring.

    `bits_per_weight` counts scales and what stays unquantised too, as mlx-lm does.
    """

    bits_per_weight: float
    size_before_bytes: int
    size_after_bytes: int
    seconds: float
    notes: list[str]


class ConversionResult(MeasuredCost, WrittenModel):
    """What came of it. `name` is None where the new model has the name that was asked for."""

    name: Annotated[str | None, Field(description="where another model had taken the one asked for")] = None


class ConversionRecord(BaseModel):
    """conversion.json in the new model's folder: what it was made of, how, and what that cost."""

    model_config = ConfigDict(protected_namespaces=())

    job_id: str
    created_at: float
    source_name: str
    source_fingerprint: str
    recipe: Recipe
    versions: dict[str, str]
    result: ConversionResult


class Conversion(BaseModel):
    """A job and what it makes; `result` is None until it is complete."""

    job: Job
    request: ConversionRequest
    result: ConversionResult | None
