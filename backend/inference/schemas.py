"""Shapes of the unified inference call."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from backend.lora.methods import Method

AdapterType = Literal["best", "latest", "none"]
FinishReason = Literal["stop", "length"]


class InferenceRequest(BaseModel):
    """`adapter_name` None asks the base model; `adapter_file` None takes the best weights, else the latest."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    prompt: str = ""
    model_name: str = ""
    adapter_name: str | None = None
    adapter_file: Literal["best", "latest"] | None = None
    adapter_scale: Annotated[
        FiniteFloat | None, Field(description="multiplier of the update, for a folder without adapter_config.json")
    ] = None
    max_tokens: Annotated[int, Field(ge=1, le=32768)] = 100
    temperature: Annotated[float, Field(ge=0, le=5)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.9
    min_p: Annotated[float, Field(ge=0, le=1)] = 0.05
    top_k: Annotated[int, Field(ge=0)] = 40
    seed: Annotated[int | None, Field(ge=0, le=2**53)] = None
    system_prompt: str | None = None

    @field_validator("prompt", "model_name", mode="before")
    @classmethod
    def nothing_is_empty(cls, value: Any) -> Any:
        """What is null is as good as missing, and is refused in the same words."""
        return "" if value is None else value


class AdapterDetails(BaseModel):
    """`num_layers` is as recorded, -1 meaning all; `expected_layers` is how many the base model has.

    `method` is how the adapter was trained, None for the base itself. Whole weights (full) have no rank, scale or keys.
    """

    model_config = ConfigDict(protected_namespaces=())

    name: str | None
    type: AdapterType
    warnings: list[str]
    method: Method | None
    model_recorded: str | None
    num_layers: int | None
    expected_layers: int
    rank: int | None
    alpha: float | None
    scale: float | None
    dropout: float | None
    keys: list[str] | None
    chat_template_used: bool


class InferenceResponse(BaseModel):
    response: str
    adapter_details: AdapterDetails
    prompt_tokens: int
    generated_tokens: int
    seconds: float
    tokens_per_second: float
    finish_reason: FinishReason
