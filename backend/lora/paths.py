"""Takes module paths apart and says what part of a layer a module is, by the names that architectures use.

Knows names only, of modules and of classes; which of them a choice of targets takes is decided in targets.py.
"""

import re
from collections.abc import Sequence
from typing import Literal

Role = Literal["attention", "mlp", "router", "other"]

ROUTERS = frozenset({"gate", "router", "modality_router", "shared_expert_gate", "coefficient"})
MLP_BLOCK = re.compile(r"mlp|ffn|feed_forward|moe|expert", re.IGNORECASE)
MLP_LEAF = re.compile(r"^(gate_proj|up_proj|down_proj|gate_up_proj|c_fc.*|fc\d.*|fc_in|fc_out|w\d|ff_\w+|mlp_\w+)$")
ATTENTION_BLOCK = re.compile(r"att(n|ention)|^att_", re.IGNORECASE)

QUERY = frozenset({"q", "wq", "query"})
KEY = frozenset({"k", "wk", "key"})
VALUE = frozenset({"v", "wv", "value"})
MERGED = frozenset({"qkv", "wqkv", "qkvz", "qkvg", "kv"})
MERGED_NAMES = frozenset({"c_attn", "W_pack", "att_proj"})

SHARED_EXPERTS = re.compile(r"shared?_(expert|mlp)|shared_moe")
EXPERTS = re.compile(r"expert|switch_(mlp|glu)")
RECURRENT_NAMES = re.compile(r"linear_att|mamba|ssm|delta")
RECURRENT_CLASSES = re.compile(
    r"Linear\w*Att|Delta|Mamba|SSM|Recurrent|TimeMix|ShortConv|Lightning|GatedNet|KDA|GLA$", re.IGNORECASE
)
"""Linear attention and state-space blocks: what carries a state from token to token."""


def split_path(path: str) -> tuple[str, str]:
    """The layer and the module inside it: `model.layers.3.mlp.up_proj` gives `model.layers.3` and `mlp.up_proj`.

    A path without a numbered layer is a module of an empty layer.
    """
    parts = path.split(".")
    end = next((index + 1 for index, part in enumerate(parts) if part.isdigit()), 0)
    return ".".join(parts[:end]), ".".join(parts[end:])


def relative_key(path: str) -> str:
    """The module inside its layer, as mlx-lm's `lora_parameters.keys` names it."""
    return split_path(path)[1]


def short(key: str) -> str:
    """A key with numbered parts as `*`, so that sixteen experts are one name."""
    return ".".join("*" if part.isdigit() else part for part in key.split("."))


def role(key: str, siblings: frozenset[str] = frozenset()) -> Role:
    """What part of its layer the module `key` is. `siblings` are the names of the modules in the same block."""
    *blocks, leaf = key.split(".")
    if leaf in ROUTERS or any(block in ROUTERS for block in blocks):
        return "router"
    if any(ATTENTION_BLOCK.search(part) for part in (*blocks, leaf)):
        return "attention"
    if any(MLP_BLOCK.search(block) for block in blocks) or MLP_LEAF.match(leaf):
        return "mlp"
    return "attention" if any(has_query(name) for name in (leaf, *siblings)) else "other"


def layer_group(
    key: str, siblings: frozenset[str], classes: Sequence[str], switch: bool
) -> Literal["attention", "linear_attention", "mlp", "experts", "shared_experts", "router", "other"]:
    """The target group of the module `key` of a layer, in blocks of the given classes; `switch`: a matrix an expert."""
    blocks = key.split(".")[:-1]
    part = role(key, siblings)
    if part == "router":
        return "router"
    if any(SHARED_EXPERTS.search(block) for block in blocks):
        return "shared_experts"
    if switch or any(EXPERTS.search(block) for block in blocks):
        return "experts"
    carries_state = any(RECURRENT_CLASSES.search(name) for name in classes)
    if part != "mlp" and (carries_state or any(RECURRENT_NAMES.search(block) for block in blocks)):
        return "linear_attention"
    return part


def has_query(leaf: str) -> bool:
    return bool(_words(leaf) & QUERY) or is_merged(leaf)


def is_query_or_value(leaf: str) -> bool:
    """Whether an attention module projects queries or values, alone or together with others."""
    return bool(_words(leaf) & (QUERY | VALUE)) or is_merged(leaf)


def is_merged(leaf: str) -> bool:
    """Whether one module holds several of q, k and v."""
    words = _words(leaf)
    several = sum(bool(words & names) for names in (QUERY, KEY, VALUE)) > 1
    return several or bool(words & MERGED) or leaf in MERGED_NAMES


def _words(leaf: str) -> frozenset[str]:
    return frozenset(leaf.lower().split("_"))
