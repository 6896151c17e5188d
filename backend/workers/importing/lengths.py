"""Whether rows are longer than a model's context, or refused by its chat template. Knows tokenizers, not weights."""

from typing import Any

from backend.datasets.formats import row_of
from backend.datasets.importing.pipeline import Judge
from backend.datasets.importing.records import Flaw
from backend.datasets.importing.schemas import ImportTask, Mapping
from backend.datasets.importing.shapes import written_format
from backend.errors import AppError


def judge_for(task: ImportTask, mapping: Mapping) -> Judge | None:
    """None where no model was named, and for rows that no run learns from."""
    if task.model_folder is None or written_format(mapping) in ("preference", "grpo"):
        return None
    # Only now: importing MLX takes seconds, and most imports need none of it.
    from backend.workers.base_model import read_tokenizer
    from backend.workers.training.data.encoding import RowEncoder

    length = task.plan.max_seq_length or 0
    encoder = RowEncoder(read_tokenizer(task.model_folder), length, mask_prompt=False)

    def judge(row: dict[str, Any]) -> Flaw | None:
        try:
            tokens = encoder.encode(row_of(row, "This row")).full_length
        except AppError as error:
            return Flaw("refused_by_template", error.detail)
        if tokens <= length:
            return None
        return Flaw("too_long", f"This row has {tokens:,} tokens; {tokens - length:,} would be cut.")

    return judge
