"""The texts of an evaluation, as token ids: rows of a data set, and the general text. Encoded as training does it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import Row, read_numbered
from backend.errors import AppError
from backend.evaluation.general import GENERAL_TEXT
from backend.evaluation.schemas import EvaluationPlan, Part, PartSummary
from backend.workers.training.data.encoding import Encoded, RowEncoder


@dataclass(frozen=True)
class Example:
    """`index` counts rows of the file from 0, `line` its lines from 1."""

    index: int
    line: int
    row: Row
    encoded: Encoded

    @property
    def fed(self) -> int:
        """How many tokens the model reads for it."""
        return len(self.encoded.ids) - 1

    @property
    def was_cut(self) -> bool:
        return self.encoded.full_length > len(self.encoded.ids)


@dataclass(frozen=True)
class EncodedPart:
    """`examples` have at least one token that counts each; `title` names the part for people."""

    part: Part
    title: str
    examples: list[Example]
    summary: PartSummary

    @property
    def fed(self) -> int:
        return sum(example.fed for example in self.examples)


def encode_parts(plan: EvaluationPlan, tokenizer: TokenizerWrapper) -> list[EncodedPart]:
    """Raises AppError, with the line, for rows that cannot be encoded, and where no token counts."""
    request = plan.request
    numbered = [(line, row) for line, _, row in read_numbered(plan.data_file)]
    encoder = RowEncoder(tokenizer, request.max_seq_length, request.mask_prompt, request.train_on_turns)
    taken = drawn(len(numbered), request.limit, request.seed)
    parts = [encode_part("data", plan.data_file.name, numbered, taken, encoder)]
    if request.general:
        general = [(line, row) for line, _, row in read_numbered(GENERAL_TEXT)]
        encoder = RowEncoder(tokenizer, plan.general_max_length, mask_prompt=False)
        parts.append(encode_part("general", "the general text", general, range(len(general)), encoder))
    return parts


def drawn(available: int, limit: int | None, seed: int) -> list[int]:
    """Which rows are measured, in the order of the file."""
    if limit is None or limit >= available:
        return list(range(available))
    return sorted(random.Random(seed).sample(range(available), limit))  # noqa: S311


def encode_part(
    part: Part,
    title: str,
    numbered: list[tuple[int, Row]],
    taken: Sequence[int],
    encoder: RowEncoder,
) -> EncodedPart:
    """Of the numbered rows those that are `taken`. Raises AppError as `encode_parts` does."""
    examples = []
    for index in taken:
        line, row = numbered[index]
        try:
            examples.append(Example(index, line, row, encoder.encode(row)))
        except AppError as error:
            raise AppError(f"{title}, line {line}: {error.detail}", code=error.code) from error
    counted = [example for example in examples if example.encoded.targets]
    if not counted:
        raise AppError(
            f"Nothing in {title} can be measured: no row has a token that counts within its first "
            f"{encoder.max_seq_length} tokens."
        )
    summary = PartSummary(
        available=len(numbered),
        rows=len(examples),
        examples=len(counted),
        tokens=sum(example.encoded.targets for example in counted),
        empty=len(examples) - len(counted),
        cut=sum(example.was_cut for example in examples),
        longest=max(example.encoded.full_length for example in examples),
        max_seq_length=encoder.max_seq_length,
    )
    return EncodedPart(part, title, counted, summary)
