"""Shapes of base models, as the API gives them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.lora.profile import ModelProfile

Use = Literal["inference", "lora", "qlora"]
FitVerdict = Literal["fits", "tight", "too_large"]


class Fit(BaseModel):
    """Whether this machine's memory holds one use of a model; an estimate, which a run's pre-flight measures.

    `memory_bytes` is what the machine has for it.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    use: Use
    needed_bytes: int
    memory_bytes: int
    verdict: FitVerdict
    sentence: str


class Model(BaseModel):
    """A folder under artifacts/base_model. `problem` says why a folder there cannot be used; None when it can.

    `linked_to` is where a link leads, None for a folder of the library's own.
    """

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    name: str
    path: str
    model_type: str | None
    size_bytes: int
    num_layers: int | None
    context_length: int | None
    has_chat_template: bool
    quantization_bits: int | None
    parameters: int | None = Field(
        None, description="those of the weight files; quantised ones count as what they were"
    )
    precision: str | None = Field(None, description='as "bfloat16" or "4-bit"')
    licence: str | None = None
    origin: Literal["library", "link"] = "library"
    linked_to: str | None = None
    repo_id: str | None = Field(None, description="the hub's name for it, where it is known")
    in_use: str | None = Field(None, description="why it cannot be deleted now, in words")
    problem: str | None = None


class ModelDetail(Model):
    profile: ModelProfile
    fingerprint: str
    fits: list[Fit]


class NewLink(BaseModel):
    """A folder of any place that the library shall show; nothing is copied. `name` None takes the folder's own."""

    model_config = ConfigDict(extra="forbid")

    path: str
    name: str | None = None


class ConfigWarning(BaseModel):
    """Something that works but is probably not meant; `field` is the setting that causes it."""

    field: str
    message: str
