"""Views back to the arrays of training, and batches compared to the byte."""

import numpy as np

from backend.tokens.schemas import TokenView
from backend.workers.training.data.batching import Batch
from backend.workers.training.data.encoding import Encoded

ARRAYS = ("inputs", "positions", "labels", "weights")


def encoded(view: TokenView) -> Encoded:
    """The example that the tokens before the cut are."""
    used = view.tokens[: view.cut_at]
    return Encoded(
        np.array([token.id for token in used], dtype=np.int32),
        np.array([token.loss for token in used], dtype=bool),
        view.full_length,
    )


def same(one: Batch, other: Batch) -> bool:
    return one.tokens == other.tokens and all(
        np.array(getattr(one, name)).tobytes() == np.array(getattr(other, name)).tobytes()
        and getattr(one, name).shape == getattr(other, name).shape
        for name in ARRAYS
    )
