"""Shapes of a pre-flight: what its worker writes down as it goes, and what the API answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.lora.estimate import MeasuredStep, Measurements, Range

REPORT_FILE = "report.json"


class PreflightReport(BaseModel):
    """The worker's file, written anew before everything that it does, so that it also says where a crash happened.

    `found` is None until the model is loaded. `refusal` says in words what stands in the way of the run itself;
    `out_of_memory` that MLX said so (on a CPU the process is killed instead).
    """

    doing: str
    found: Measurements | None = None
    refusal: str | None = None
    out_of_memory: bool = False
    done: bool = False


class Remedy(BaseModel):
    """Changes of settings, all of them together, and what they come to."""

    changes: dict[str, Any]
    words: str
    peak_memory_bytes: Range
    fits: bool


class PreflightResult(BaseModel):
    """Predictions from measured steps. Memory counts the whole process; `memory_limit_bytes` is what there is for it.

    The ranges are null where memory ran out before anything could be measured. `duration_seconds` is for a run that
    does not stop early.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    fits: bool
    verdict: str = Field(description="whether it fits, and what tells so, in words")
    peak_memory_bytes: Range | None
    duration_seconds: Range | None
    memory_limit_bytes: int | None
    measured: list[MeasuredStep]
    remedies: list[Remedy] = Field(description="where it does not fit: changes that help, the last of them enough")
