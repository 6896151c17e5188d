"""What a model is made of, as far as fine-tuning is concerned. Shapes only: no weights, no MLX."""

from typing import Literal, get_args

from pydantic import BaseModel, Field

from backend.lora.paths import relative_key

ModuleKind = Literal[
    "linear",
    "quantized_linear",
    "switch_linear",
    "quantized_switch_linear",
    "embedding",
    "quantized_embedding",
]
Group = Literal[
    "attention",
    "linear_attention",
    "mlp",
    "experts",
    "shared_experts",
    "router",
    "embeddings",
    "head",
    "other",
]
GROUPS: tuple[Group, ...] = get_args(Group)


class Module(BaseModel):
    """One module that LoRA can adapt: a linear one of a layer, a token embedding, or the head.

    `path` is the full path in the module tree, such as `model.layers.0.self_attn.q_proj`; `layer` counts the model's
    layers from 0 and is None outside them. `experts` is how many matrices of this shape the module holds, for switch
    layers; None elsewhere. An embedding has one input feature a token. `bits` are those of a quantised weight.
    `tied` says that an embedding is the head too.
    """

    path: str
    kind: ModuleKind
    in_features: int
    out_features: int
    experts: int | None = None
    group: Group = "other"
    layer: int | None = None
    bits: int | None = None
    tied: bool = False

    @property
    def key(self) -> str:
        """As mlx-lm's `lora_parameters.keys` names it: relative to its layer, outside the layers the full path."""
        return self.path if self.layer is None else relative_key(self.path)


class ParameterCount(BaseModel):
    """How many parameters of one group stand in one layer (None: outside the layers), norms and the like in other."""

    layer: int | None
    group: Group
    parameters: int


class ModelProfile(BaseModel):
    """The profile of a base model; `total_parameters` counts tied weights once and the base of quantised ones."""

    model_type: str
    hidden_size: int
    total_parameters: int
    num_layers: int
    modules: list[Module] = Field(description="every module that LoRA can adapt, layers first, in the tree's order")
    parameters: list[ParameterCount] = Field(description="what full fine-tuning can change")

    @property
    def quantized(self) -> bool:
        return any(module.kind.startswith("quantized") for module in self.modules)
