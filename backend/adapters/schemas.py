"""Shapes of adapters, as the API gives them."""

from pydantic import BaseModel, ConfigDict

from backend.lora.methods import Method


class Adapter(BaseModel):
    """A folder under artifacts/lora_adapters. `problem` says why it cannot be used; None when it can.

    `alpha` is the recorded one, else scale * rank; `scale` is the multiplier of the update. Whole weights (the method
    full) have neither, and no keys. `method` is None where there is a problem with the tensors.
    """

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    name: str
    path: str
    model_name: str | None
    session_id: str | None
    created_at: float
    size_bytes: int
    method: Method | None
    rank: int | None
    alpha: float | None
    scale: float | None
    num_layers: int | None
    keys: list[str]
    has_best: bool
    checkpoints: list[int]
    problem: str | None = None
