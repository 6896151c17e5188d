"""What the inference manager and its resident worker say to each other, one JSON line each.

A call may be answered by several events before its result. `{"cancel": id}` gives a call up: its row leaves the batch
at the next token, and its result is an `Answered` that was cancelled.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.inference.schemas import FinishReason, FirstDifference, Message, Sampling


class AdapterWeights(BaseModel):
    """The tensors to apply to the base, and the multiplier of their update; None for whole weights.

    `content_hash` is that of the file: what is read once under it need not be read again.
    """

    file: Path
    scale: float | None
    content_hash: str


class Load(BaseModel):
    """Have this base ready."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path


class Loaded(BaseModel):
    """`memory_bytes` is what MLX holds with the base alone."""

    memory_bytes: int
    context_length: int | None
    has_chat_template: bool


class Answer(BaseModel):
    """Answer one conversation, whose last message is the user's. `adapter` None asks the base.

    `plain` is a text to be continued as it stands, without a chat template, in place of `messages`.
    """

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path
    adapter: AdapterWeights | None
    messages: list[Message] = []
    plain: str | None = None
    sampling: Sampling


class RowStarted(BaseModel):
    """The row is in the batch. `cached_tokens` of the prompt were computed by an earlier answer.

    `notes` say in words what is out of the ordinary: answered alone and why, no chat template.
    """

    type: Literal["started"] = "started"
    prompt_tokens: int
    cached_tokens: int
    chat_template_used: bool
    notes: list[str]


class RowText(BaseModel):
    """The next piece of the answer, or of the thinking before it."""

    type: Literal["text"] = "text"
    text: str
    thinking: str


RowEvent = Annotated[RowStarted | RowText, Field(discriminator="type")]


class Answered(BaseModel):
    """A whole answer. `seconds` counts from the moment the row joined the batch, without loading or waiting.

    `generated_tokens` includes the token that ended the answer; `first_token_seconds` is None where there was none.
    """

    text: str
    thinking: str
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    first_token_seconds: float | None
    seconds: float
    finish_reason: FinishReason
    chat_template_used: bool
    notes: list[str]


Precision = Literal["float32", "tf32", "float16", "bfloat16"]


class Verify(BaseModel):
    """Compare what base and adapter compute for a text. `logits_file` is where to leave the adapter's logits."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path
    adapter: AdapterWeights
    text: str
    logits_file: Path | None


class Verified(BaseModel):
    """How far the logits of the adapter are from the base's, and those from a shared batch from the adapter's alone.

    All are over `token_ids`, the first `text_tokens` of the text's `whole_text_tokens` and what the adapter continues
    them with. `precision` is what they were computed in, tf32 what a GPU may make of float32. `alone_because` says
    why there is no shared batch, which the `batch_` fields are of. Of the `adapted` modules (whole weights: tensors)
    the `idle` change nothing by themselves.
    """

    token_ids: list[int]
    text_tokens: int
    whole_text_tokens: int
    precision: Precision
    largest_logit: float
    max_difference: float
    mean_difference: float
    changed_top_tokens: int
    first_difference: FirstDifference | None
    alone_because: str | None
    batch_max_difference: float | None
    batch_base_difference: float | None
    batch_first_difference: FirstDifference | None
    adapted: int
    idle: list[str]


class CompareWithStock(BaseModel):
    """Compare the logits in `logits_file`, which `verify` left, with mlx_lm's own in `stock_file`."""

    logits_file: Path
    stock_file: Path


class StockDifference(BaseModel):
    """`batch_max_difference` is None where there was no shared batch."""

    max_difference: float
    batch_max_difference: float | None


class Resident(BaseModel):
    """What the worker holds now."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path | None
    rows: int
    waiting: int
    adapters: int
    memory_bytes: int
    peak_bytes: int
