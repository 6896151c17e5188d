"""What a model is made of, as far as LoRA is concerned. Shapes only: no weights, no MLX."""

from typing import Literal

from pydantic import BaseModel, Field

ModuleKind = Literal["linear", "quantized_linear", "switch_linear", "quantized_switch_linear"]


class Module(BaseModel):
    """One module of one layer that LoRA can adapt.

    `path` is the full path in the module tree, such as `model.layers.0.self_attn.q_proj`.
    `experts` is how many matrices of this shape the module holds, for switch layers; None elsewhere.
    """

    path: str
    kind: ModuleKind
    in_features: int
    out_features: int
    experts: int | None = None


class ModelProfile(BaseModel):
    """The profile of a base model; `total_parameters` counts tied weights once and the base of quantised ones."""

    model_type: str
    total_parameters: int
    num_layers: int
    modules: list[Module] = Field(description="every module of every layer that LoRA can adapt, in the tree's order")
