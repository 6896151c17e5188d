"""Forecasts the memory of a run from exact shapes and lengths, before anything is measured. Pure, no MLX.

Weights, adapter and optimizer are counted exactly. What a step holds besides is a sum of parts whose factors were
fitted to what pre-flights measured on small models of several shapes; `Range` says how far such sums were off.
"""

from pydantic import BaseModel

from backend.lora.estimate import BatchShape, Range, RunShape

KEPT_COPIES = {"adamw": 3.0, "adam": 3.0, "sgd": 2.0, "muon": 2.0, "adafactor": 1.02}
"""Of a parameter, with what its optimizer knows of it; Adafactor keeps sums of rows and columns."""
UNDOABLE_COPIES = {"adamw": 6.0, "adam": 6.0, "sgd": 3.0, "muon": 4.0, "adafactor": 2.04}
"""With what stood there before the last step, to go back to; SGD's momentum is shared by both."""
PARAMETER_BYTES = 4
"""What trains is held in float32."""

CHUNK_BYTES = 32 << 20
"""Of the float32 logits of one chunk."""
MOST_CHUNKS = 10
"""As many overlap at the most, however many there are."""
LOGITS_HELD, CHUNKS_HELD = 1.6, 1.5
"""Of all logits that overlap, and of one chunk more."""
LAYER_HELD_TO_RECOMPUTE = 4.6
"""Of what the matrices of one layer give out: that, its gradients, and what stands between them."""
LAYER_KEPT = 3.05
"""The same of every layer, where nothing is computed again."""
SCORES_HELD = 2.0
MOST_SCORES_BYTES = 160 << 20
"""Attention's scores, and where they come in chunks the most that these take."""

BELOW, ABOVE = 0.4, 0.5
"""How far what a step holds may be off. Weights and what is kept beside them are exact."""
BESIDE_ON_CPU = Range(likely=120e6, low=100e6, high=200e6)
"""Of the process beside MLX's arrays; on a GPU they count against another limit."""
NOTHING = Range(likely=0, low=0, high=0)
ON_CPU = 4


class ModelShape(BaseModel, frozen=True):
    """What a step's memory follows from, of the model as it is loaded.

    `float_bytes` are those of a number that is computed with: 4 on a CPU. `features` is what the matrices of the widest
    layer give out for one token, in numbers, only the active ones of experts. `stored_bytes` is the files' size.
    """

    weight_bytes: int
    stored_bytes: int
    float_bytes: int
    layers: int
    hidden: int
    heads: int
    features: int
    vocabulary: int


def forecast_peak(model: ModelShape, run: RunShape, longest: int, trained: int, optimizer: str, full: bool) -> Range:
    """What the whole process takes at its most. `longest` is that of all examples, in tokens, before it is cut;
    `trained` how many parameters train, `full` that these are the model's own."""
    kept = _kept_bytes(model, trained, optimizer, full)
    over = _step_bytes(model, longest_batch(run, longest), run.grad_checkpoint, full) + trained * PARAMETER_BYTES
    loading = float(model.weight_bytes + (model.stored_bytes if model.float_bytes == ON_CPU else 0))
    low, likely, high = (max(loading, kept + over * factor) for factor in (1 - BELOW, 1, 1 + ABOVE))
    beside = BESIDE_ON_CPU if model.float_bytes == ON_CPU else NOTHING
    return Range(likely=likely + beside.likely, low=low + beside.low, high=high + beside.high)


def longest_batch(run: RunShape, longest: int) -> BatchShape:
    """The batch that takes most: the longest examples together."""
    width = max(1, min(longest, run.max_seq_length) - 1)
    return BatchShape(rows=max(1, run.batch_tokens // width) if run.batch_tokens else run.batch_size, width=width)


def _kept_bytes(model: ModelShape, trained: int, optimizer: str, full: bool) -> float:
    """Between steps. Full fine-tuning keeps no copy to go back to, and trains what is counted as weights."""
    if full:
        return model.weight_bytes + trained * PARAMETER_BYTES * (KEPT_COPIES[optimizer] - 1)
    return model.weight_bytes + trained * PARAMETER_BYTES * UNDOABLE_COPIES[optimizer]


def _step_bytes(model: ModelShape, shape: BatchShape, recompute: bool, full: bool) -> float:
    """Beyond what is kept, and the gradient of what trains."""
    numbers = shape.tokens * model.float_bytes
    scores = min(SCORES_HELD * shape.pairs * model.heads * 4, MOST_SCORES_BYTES)
    beside = scores + _logits_bytes(model, shape, full)
    if not recompute:
        return beside + LAYER_KEPT * model.layers * model.features * numbers
    return beside + (LAYER_HELD_TO_RECOMPUTE * model.features + model.layers * model.hidden) * numbers


def _logits_bytes(model: ModelShape, shape: BatchShape, head_trains: bool) -> float:
    """Of the chunks that overlap, each with its gradient; where the head trains, with its gradient so far too."""
    whole = shape.tokens * model.vocabulary * 4
    chunks = min(MOST_CHUNKS, -(-whole // CHUNK_BYTES))
    sums = chunks * model.vocabulary * model.hidden * 4 if head_trains else 0
    return LOGITS_HELD * min(whole, MOST_CHUNKS * CHUNK_BYTES) + CHUNKS_HELD * min(whole, CHUNK_BYTES) + sums
