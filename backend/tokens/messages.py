"""What the worker that reads tokens is asked: folders and files where people give names."""

from pathlib import Path
from typing import Any

from backend.datasets.schemas import Split
from backend.tokens.schemas import Encoding


class ReadWith(Encoding):
    """`folder` is the model's: its tokenizer and chat template."""

    folder: Path


class ViewRow(ReadWith):
    file: Path
    row: int


class ViewDraftRow(ReadWith):
    record: dict[str, Any]


class Measure(ReadWith):
    files: dict[Split, Path]
    batch_size: int
    batch_tokens: int | None
    grad_accumulation_steps: int


class RunToCheck(ReadWith):
    train: Path
    valid: Path | None
    batch_tokens: int | None = None
