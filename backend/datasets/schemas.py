"""Shapes of data sets, as the API gives them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DataFormat = Literal["text", "messages", "prompt_completion", "preference", "grpo"]
"""Of rows in a data set. Fine-tuning reads the first three; the others are for training on preferences and rewards."""
Split = Literal["train", "valid", "test"]
SPLIT_NAMES: dict[Split, str] = {"train": "train", "valid": "validation", "test": "test"}
"""What people call them."""


class SuggestedSettings(BaseModel):
    """Settings measured for one data set on one model."""

    iterations: int
    batch_size: int
    learning_rate: float
    max_seq_length: int
    steps_per_report: int
    steps_per_eval: int
    save_every: int


class SourceFile(BaseModel):
    """A file that a data set was made from; `sha256` is that of its bytes."""

    name: str
    sha256: str
    bytes: int


class DatasetSource(BaseModel):
    """What a data set was made from; `path` where it lay, None where it was uploaded or pasted."""

    files: list[SourceFile]
    path: str | None = None


class Dataset(BaseModel):
    """A folder under artifacts/datasets with train.jsonl and, if there, valid.jsonl and test.jsonl."""

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    name: str
    path: str
    description: str | None
    format: DataFormat | None
    rows: dict[Split, int]
    suggested: dict[str, SuggestedSettings]
    examples: list[str]
    bytes: Annotated[int, Field(description="of all files of the folder")] = 0
    created_at: float = 0.0
    source: DatasetSource | None = None
    done: Annotated[list[str], Field(description="what was done when it was brought in, in words")] = []
    problem: str | None = None


class DatasetRow(BaseModel):
    """One row as it stands in the file, with the question and the reference answer taken apart where it has them."""

    row: dict[str, Any]
    prompt: str | None
    answer: str | None


class DatasetPreview(BaseModel):
    name: str
    split: Split
    total: int
    rows: list[DatasetRow]
