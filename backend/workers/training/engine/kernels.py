"""Puts operations that have a gradient in the place of a Metal kernel that has none.

mlx-lm's other models leave their kernels by themselves while they train; rwkv7 does not.
"""

import sys

import mlx.core as mx
import mlx.nn as nn

RWKV7 = "mlx_lm.models.rwkv7"


def use_differentiable_kernels(model: nn.Module) -> None:
    """For the life of the process, where the model is of a type that needs it."""
    if type(model).__module__ == RWKV7:
        sys.modules[RWKV7].wkv7_kernel = wkv7  # type: ignore[attr-defined]


def wkv7(
    r: mx.array, w: mx.array, k: mx.array, v: mx.array, a: mx.array, b: mx.array, state: mx.array
) -> tuple[mx.array, mx.array]:
    """The recurrence of RWKV-7 (Peng et al., 2025), step by step, as mlx-lm computes it where there is no Metal.

    All of shape (batch, tokens, heads, head size); state (batch, heads, head size, head size). The output has the
    shape and dtype of r; the state follows the last token.
    """
    step = sys.modules[RWKV7]._wkv7_step_ops
    outputs = []
    for token in range(r.shape[1]):
        output, state = step(r[:, token], w[:, token], k[:, token], v[:, token], a[:, token], b[:, token], state)
        outputs.append(output.squeeze(-1))
    return mx.stack(outputs, axis=1).astype(r.dtype), state
