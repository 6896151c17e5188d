"""Shapes of data sets, as the API gives them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

DataFormat = Literal["text", "messages", "prompt_completion"]
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
