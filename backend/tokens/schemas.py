"""Shapes of token views and of statistics over the tokens of data, as the API gives them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.datasets.schemas import Split
from backend.models.schemas import ConfigWarning

AnsweredTurns = Literal["all", "last"]
"""Which of a conversation's answers carry loss where only answers do."""

LARGEST_WHOLE = 2**32 - 1
Count = Annotated[int, Field(ge=1, le=LARGEST_WHOLE)]


class Encoding(BaseModel):
    """The settings of a run that decide what a row becomes; defaults and meaning as in TrainingConfig."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    max_seq_length: Annotated[int, Field(ge=2, le=LARGEST_WHOLE)] = 32768
    mask_prompt: bool = False
    train_on_turns: AnsweredTurns = "all"


class RowRequest(Encoding):
    """A row of data: `data` is a data set's name or a path, `row` counts from 0."""

    model_name: str
    data: str
    split: Split = "train"
    row: Annotated[int, Field(ge=0, le=LARGEST_WHOLE)] = 0


class DraftRowRequest(Encoding):
    """A row that is in no data set yet, as it would stand there."""

    model_name: str
    row: dict[str, Any]


class StatisticsRequest(Encoding):
    """The batches as in TrainingConfig; `data` is a data set's name or a path."""

    model_name: str
    data: str
    batch_size: Count = 1
    batch_tokens: Annotated[int | None, Field(ge=2, le=LARGEST_WHOLE)] = None
    grad_accumulation_steps: Count = 1


class Token(BaseModel):
    """`text` is what stands complete with this token: the texts of all tokens join to what the model sees.

    A token that holds a part of a character has it in `bytes`, in hexadecimal; the character is in the text of the
    token that completes it. `special` follows the tokenizer's own list.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: int
    text: str
    bytes: str | None = None
    special: bool
    loss: Annotated[bool, Field(description="whether training counts the loss of predicting it")]


class TokenView(BaseModel):
    """A row as training sees it: `tokens` before `cut_at` are the very arrays that it uses.

    Tokens from `cut_at` on, of which the first are shown, are cut off; None where all of the row is used.
    `full_length` and `loss_tokens` count the whole row and what is used of it, also where `tokens` shows fewer.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    row: Annotated[int | None, Field(description="from 0; None for a row that is in no data set yet")]
    total_rows: int | None
    line: Annotated[int | None, Field(description="of the file, from 1")]
    tokens: list[Token]
    full_length: int
    shown: int
    cut_at: int | None
    loss_tokens: int
    template: Annotated[str, Field(description="which chat template wrote it, or how else it was put together")]
    note: Annotated[str | None, Field(description="what is remarkable about this row, in sentences")]


class LengthRange(BaseModel):
    """How many rows have a length from `from_tokens` to `to_tokens`, both included."""

    from_tokens: int
    to_tokens: int
    rows: int


class SplitStatistics(BaseModel):
    """Lengths in tokens are those of whole rows, before anything is cut; `loss_tokens` is what training counts.

    Where rows were sampled, `rows` is exact and the other counts are estimated from the sample.
    """

    rows: int
    tokens: int
    loss_tokens: int
    shortest: int
    median: int
    p95: int
    p99: int
    longest: int
    truncated: Annotated[int, Field(description="rows that are longer than max_seq_length and will be cut")]
    without_loss: Annotated[int, Field(description="rows that carry no loss once they are cut, and are left out")]
    histogram: list[LengthRange]


class DataStatistics(BaseModel):
    """Of the batches of the train split: their number and their padding are those of the run itself.

    N epochs are ceil(N * batches_per_epoch / grad_accumulation_steps) iterations. `tokens_per_epoch` is what is fed to
    the model in one epoch, padding left out; `loss_tokens_per_epoch` what a run reports as trained tokens.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    splits: dict[Split, SplitStatistics]
    padding_percent: Annotated[float, Field(description="padding among all that an epoch computes")]
    batches_per_epoch: int
    iterations_per_epoch: Annotated[float, Field(description="batches_per_epoch / grad_accumulation_steps")]
    tokens_per_epoch: int
    loss_tokens_per_epoch: int
    sampled: Annotated[bool, Field(description="a split is so large that a sample of its rows stands for all")]
    sampled_rows: dict[Split, Annotated[int, Field(description="rows read, of the splits that were sampled")]] = {}


class RunCheck(BaseModel):
    """What a run would train on. Lengths in tokens, before anything is cut; `tokens` counts those that carry loss."""

    train_examples: int
    validation_examples: int
    longest: int
    shortest: int
    truncated: int
    tokens: int
    warnings: list[ConfigWarning]
