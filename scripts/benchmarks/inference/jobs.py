"""What a worker of the inference bench is asked for, and what it answers. Knows no MLX."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from scripts.benchmarks.jobs import ModelShape

Weights = Literal["float32", "bfloat16", "4-bit"]
Arm = Literal["one_adapter", "base_and_3", "base_and_7", "bare_base_4"]
"""A batch that decodes: one row of an adapter, the base's row and those of three or seven adapters, each in a slot of
its own, or four rows of the bare base in mlx-lm's own batch generator."""


class Surroundings(BaseModel):
    job: Literal["surroundings"] = "surroundings"


class Decode(BaseModel):
    """All arms in turn, `rounds` times, `steps` tokens a row in each turn, after one turn that does not count."""

    job: Literal["decode"] = "decode"
    shape: ModelShape
    weights: Weights
    rank: int
    prompt_tokens: int
    rounds: int
    steps: int


class Decoded(BaseModel):
    """Milliseconds of one step in each round."""

    parameters: int
    milliseconds: dict[Arm, list[float]]


class Switch(BaseModel):
    """Two adapters of the same structure take turns, in place and in a slot, `times` times."""

    job: Literal["switch"] = "switch"
    shape: ModelShape
    rank: int
    times: int


class Switched(BaseModel):
    in_place_ms: list[float]
    slot_ms: list[float]


class MakeAdapter(BaseModel):
    """Write a random adapter of the seven keys for the model in `base` into `folder`, as mlx-lm does."""

    job: Literal["make_adapter"] = "make_adapter"
    base: Path
    folder: Path
    rank: int


Job = Annotated[Surroundings | Decode | Switch | MakeAdapter, Field(discriminator="job")]
