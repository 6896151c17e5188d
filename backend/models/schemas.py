"""Shapes of base models, as the API gives them."""

from pydantic import BaseModel, ConfigDict

from backend.lora.profile import ModelProfile


class Model(BaseModel):
    """A folder under artifacts/base_model. `problem` says why a folder there cannot be used; None when it can."""

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    name: str
    path: str
    model_type: str | None
    size_bytes: int
    num_layers: int | None
    context_length: int | None
    has_chat_template: bool
    quantization_bits: int | None
    problem: str | None = None


class ModelDetail(Model):
    profile: ModelProfile
    fingerprint: str


class ConfigWarning(BaseModel):
    """Something that works but is probably not meant; `field` is the setting that causes it."""

    field: str
    message: str
