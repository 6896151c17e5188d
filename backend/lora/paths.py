"""Takes module paths apart and says what part of a layer a module is, by the names that architectures use.

Knows names only; which of them a choice of targets takes is decided in targets.py.
"""

import re
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
