"""Shapes of a forecast: what a run would take, told before anything is measured."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.lora.estimate import Range
from backend.training.preflight.schemas import Remedy


class TimeSource(BaseModel):
    """Where a speed was seen: steps of a pre-flight, or an earlier run. `at` is seconds since the epoch."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    kind: Literal["measurement", "run"]
    at: float
    session_id: str | None = None
    adapter_name: str | None = None


class Forecast(BaseModel):
    """Worked out from shapes and from the lengths of the data, never measured; the pre-flight measures.

    `duration_seconds` is for a run that does not stop early; null where no run or measurement on this machine tells
    how fast this model is.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    fits: Annotated[bool, Field(description="also at the upper end of the band")]
    verdict: Annotated[str, Field(description="whether it should fit, in words")]
    peak_memory_bytes: Range
    memory_limit_bytes: Annotated[int, Field(description="what this machine has for the run now")]
    duration_seconds: Range | None
    time_source: Annotated[TimeSource | None, Field(description="what the time is worked out from")]
    remedies: Annotated[
        list[Remedy], Field(description="where it does not fit: changes that help, the last of them enough")
    ]
