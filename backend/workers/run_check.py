"""Reads a run's data exactly as the run will, and says in words what would make it fail or learn nothing.

Knows tokenizers, rows and the size of the model's embedding; loads no weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.nn as nn
import numpy as np
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import DataProblem, each_numbered
from backend.errors import AppError, FieldError
from backend.models.config import context_length, read_config
from backend.models.files import missing_part
from backend.models.schemas import ConfigWarning
from backend.tokens.messages import RunToCheck
from backend.tokens.schemas import RunCheck
from backend.workers.profile import build
from backend.workers.taking_turns import Steps
from backend.workers.training.data.encoding import Encoded, RowEncoder

LEARNED_POSITIONS = ("gpt2", "gpt_bigcode")
"""Models with a table of positions: past its end they read memory that is not theirs."""


@dataclass(frozen=True)
class Split:
    """The examples of one file, with the line that each stands on; `field` is the setting that names the file."""

    field: str
    file: Path
    lines: list[int]
    examples: list[Encoded]

    def place(self, index: int) -> str:
        return f"{self.file.name}, line {self.lines[index]}"


def check_run(run: RunToCheck, tokenizer: TokenizerWrapper) -> Steps[RunCheck]:
    """Raises AppError for what cannot work; what is only unusual comes back as warnings. Yields after every row."""
    config = read_config(run.folder)
    train = yield from _read("train_data_path", run.train, run, tokenizer)
    valid = (yield from _read("val_data_path", run.valid, run, tokenizer)) if run.valid else None
    splits = [train, valid] if valid else [train]
    _check_ids(run, config, tokenizer, splits)
    _check_lengths(run, config, train)
    for split in splits:
        _check_targets(split, run)
    lengths = [example.full_length for example in train.examples]
    return RunCheck(
        train_examples=len(train.examples),
        validation_examples=len(valid.examples) if valid else 0,
        longest=max(lengths),
        shortest=min(lengths),
        truncated=sum(length > run.max_seq_length for length in lengths),
        tokens=sum(example.targets for example in train.examples),
        warnings=list(_warnings(run, config, train, valid)),
    )


def check_files(folder: Path) -> None:
    """Raises FieldError unless the folder has weights and a tokenizer."""
    if missing := missing_part(folder):
        raise FieldError("model_path", missing)


def _read(field: str, file: Path, run: RunToCheck, tokenizer: TokenizerWrapper) -> Steps[Split]:
    split = Split(field, file, [], [])
    encoder = RowEncoder(tokenizer, run.max_seq_length, run.mask_prompt, run.train_on_turns)
    try:
        for line, _, row in each_numbered(file):
            split.lines.append(line)
            try:
                split.examples.append(encoder.encode(row))
            except AppError as error:
                raise FieldError(field, f"{split.place(-1)}: {error.detail}", code=error.code) from error
            yield None
    except DataProblem as error:
        raise FieldError(field, error.detail, code=error.code) from error
    return split


def _check_ids(run: RunToCheck, config: dict[str, Any], tokenizer: TokenizerWrapper, splits: Sequence[Split]) -> None:
    rows = _embedding_rows(build(config, run.folder))
    added = set(tokenizer.added_tokens_decoder)
    highest = max((number for number in tokenizer.get_vocab().values() if number not in added), default=-1)
    used = max(int(example.ids.max(initial=-1)) for split in splits for example in split.examples)
    highest = max(highest, used, *(number for number in tokenizer.eos_token_ids if number is not None))
    if highest >= rows:
        raise FieldError(
            "model_path",
            f"The tokenizer of {run.folder.name} has ids up to {highest}, but the model's embedding ends at "
            f"{rows - 1}. The tokenizer belongs to another model; copy the right one into the folder.",
            code="tokenizer_mismatch",
        )


def _embedding_rows(model: nn.Module) -> int:
    """How many token ids the model knows. Tables of positions are no embeddings of tokens."""
    return max(
        module.weight.shape[0]
        for path, module in model.named_modules()
        if isinstance(module, nn.Embedding) and "pos" not in path.lower() and not path.endswith("wpe")
    )


def _check_lengths(run: RunToCheck, config: dict[str, Any], train: Split) -> None:
    lengths = [example.full_length for example in train.examples]
    if run.max_seq_length < min(lengths):
        raise FieldError(
            "max_seq_length",
            f"max_seq_length is {run.max_seq_length}, but the shortest example has {min(lengths)} tokens, so every one "
            f"would be cut. {max(lengths)} keeps them all whole.",
        )
    known = context_length(config)
    if config["model_type"] in LEARNED_POSITIONS and known and min(max(lengths), run.max_seq_length) > known:
        raise FieldError(
            "max_seq_length",
            f"A {config['model_type']} model has {known} positions, but the longest example has {max(lengths)} tokens. "
            f"Set max_seq_length to {known} or less.",
        )


def _check_targets(split: Split, run: RunToCheck) -> None:
    if not any(example.targets for example in split.examples):
        raise FieldError(
            split.field,
            f"Nothing in {split.file.name} can be learned: no example has a token that carries loss "
            f"within its first {run.max_seq_length} tokens.",
        )


def _warnings(run: RunToCheck, config: dict[str, Any], train: Split, valid: Split | None) -> Iterator[ConfigWarning]:
    lengths = np.array([example.full_length for example in train.examples])
    cut = int((lengths > run.max_seq_length).sum())
    if cut:
        yield ConfigWarning(
            field="max_seq_length",
            message=f"{cut} of {len(lengths)} examples are longer than {run.max_seq_length} tokens and will be cut; "
            f"the longest has {lengths.max()}.",
        )
    known = context_length(config)
    longest = min(int(lengths.max()), run.max_seq_length)
    if known and longest > known:
        yield ConfigWarning(
            field="max_seq_length",
            message=f"Examples have up to {longest} tokens, but the model was made for {known}.",
        )
    if run.batch_tokens is not None and run.batch_tokens < longest - 1:
        yield ConfigWarning(
            field="batch_tokens",
            message=f"The longest example takes {longest - 1} tokens of a batch, more than batch_tokens = "
            f"{run.batch_tokens}; such examples make a batch by themselves, which needs more memory.",
        )
    for split in [train, valid] if valid else [train]:
        silent = [index for index, example in enumerate(split.examples) if not example.targets]
        if silent:
            yield ConfigWarning(
                field=split.field,
                message=f"{len(silent)} of {len(split.examples)} examples carry no loss and are left out, "
                f"the first in {split.place(silent[0])}.",
            )
    if valid:
        yield from _shared_rows(train, valid)


def _shared_rows(train: Split, valid: Split) -> Iterator[ConfigWarning]:
    seen = {example.ids.tobytes() for example in train.examples}
    shared = sum(example.ids.tobytes() in seen for example in valid.examples)
    if shared:
        yield ConfigWarning(
            field=valid.field,
            message=f"{shared} of {len(valid.examples)} validation examples stand in the training data too, "
            "so the validation loss flatters the adapter.",
        )
