"""What an evaluation has measured so far, kept as it goes: losses.jsonl, one batch a line.

A worker that is started again on the same folder finds there what it need not compute anew.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from backend import jsonl
from backend.evaluation.schemas import Part
from backend.workers.evaluation.parts import Example

LOSSES = "losses.jsonl"

Place = tuple[int, Part]
"""The number of the weights, and which text."""


class Measured:
    """Losses, summed over the tokens of an example, by weights, part and index of the example."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / LOSSES
        self._sums: dict[Place, dict[int, float]] = {}
        if self._file.exists():
            lines, _ = jsonl.read(self._file)
            for line in lines:
                batch = json.loads(line)
                self._put(batch["weights"], batch["part"], batch["indices"], batch["sums"])

    def has(self, weights: int, part: Part, examples: Sequence[Example]) -> bool:
        known = self._sums.get((weights, part), {})
        return all(example.index in known for example in examples)

    def add(self, weights: int, part: Part, examples: Sequence[Example], sums: Sequence[float]) -> None:
        indices = [example.index for example in examples]
        line = json.dumps({"weights": weights, "part": part, "indices": indices, "sums": list(sums)})
        jsonl.append(self._file, lambda _: line)
        self._put(weights, part, indices, sums)

    def sums(self, weights: int, part: Part, examples: Sequence[Example]) -> list[float] | None:
        """In the order of the examples; None where some are missing."""
        if not self.has(weights, part, examples):
            return None
        known = self._sums[weights, part]
        return [known[example.index] for example in examples]

    def _put(self, weights: int, part: Part, indices: Sequence[int], sums: Sequence[float]) -> None:
        self._sums.setdefault((weights, part), {}).update(zip(indices, sums, strict=True))
