"""The examples of an evaluation: read, ordered by how much adapters change them, written as a table."""

import csv
import io
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from backend.evaluation.schemas import EvaluatedExample, ExampleOrder

KEPT_FILES = 4
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""


def read(file: Path) -> Sequence[EvaluatedExample]:
    state = file.stat()
    return _read_once(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=KEPT_FILES)
def _read_once(file: Path, changed_ns: int, size: int) -> Sequence[EvaluatedExample]:
    return [EvaluatedExample.model_validate_json(line) for line in file.read_bytes().splitlines()]


def ordered(examples: Sequence[EvaluatedExample], order: ExampleOrder, weights: int | None) -> list[EvaluatedExample]:
    """By the change of the mean loss a token against the base, under `weights` or those that change it most.

    "difference" puts the largest change of either sign first, "better" the largest fall, "worse" the largest rise.
    """
    if order == "index":
        return sorted(examples, key=lambda example: example.index)
    sign = {"difference": None, "better": -1.0, "worse": 1.0}[order]

    def rank(example: EvaluatedExample) -> tuple[float, int]:
        changes = _changes(example, weights)
        best = max((abs(it) if sign is None else sign * it for it in changes), default=-math.inf)
        return -best, example.index

    return sorted(examples, key=rank)


def as_csv(examples: Sequence[EvaluatedExample], names: Sequence[str]) -> str:
    """A table for spreadsheets, `names` of the weights over their losses.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(
        ["part", "index", "line", "tokens", "cut", "prompt", "reference", "text", *(f"loss {it}" for it in names)]
    )
    for example in examples:
        texts = [_no_formula(text or "") for text in (example.prompt, example.reference, example.text)]
        losses = ["" if loss is None else repr(loss) for loss in example.losses]
        writer.writerow([example.part, example.index, example.line, example.tokens, example.cut, *texts, *losses])
    return table.getvalue()


def as_jsonl(examples: Sequence[EvaluatedExample]) -> str:
    return "".join(example.model_dump_json() + "\n" for example in examples)


def _changes(example: EvaluatedExample, weights: int | None) -> list[float]:
    base, *adapters = example.losses
    of_interest = adapters if weights is None else [example.losses[weights]]
    return [loss - base for loss in of_interest if loss is not None and base is not None]


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
