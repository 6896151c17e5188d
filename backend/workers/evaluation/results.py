"""What the measured losses come to: summary.json and examples.jsonl. Knows numbers and rows, no models."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.datasets.formats import TextRow, take_apart
from backend.evaluation.files import EXAMPLES, SUMMARY
from backend.evaluation.schemas import EvaluatedExample, EvaluationPlan, EvaluationResult, Part, Score, WeightsResult
from backend.evaluation.statistics import difference, perplexity
from backend.whole_files import write_text_whole
from backend.workers.evaluation.measured import Measured
from backend.workers.evaluation.parts import EncodedPart, Example

BASE = 0
"""The place of the base among the weights."""


def write_results(
    folder: Path,
    plan: EvaluationPlan,
    parts: Sequence[EncodedPart],
    measured: Measured,
    problems: Mapping[int, str],
) -> EvaluationResult:
    """`problems` say, by the number of the weights, why these could not be measured."""
    lines = [
        example.model_dump_json() + "\n" for part in parts for example in _examples(part, plan, measured, problems)
    ]
    write_text_whole(folder / EXAMPLES, "".join(lines))
    by_name: dict[Part, EncodedPart] = {part.part: part for part in parts}
    result = EvaluationResult(
        data=by_name["data"].summary,
        general=by_name["general"].summary if "general" in by_name else None,
        weights=[
            WeightsResult(
                details=planned.details,
                data=_score(number, by_name["data"], measured, problems),
                general=_score(number, by_name["general"], measured, problems) if "general" in by_name else None,
                problem=problems.get(number),
            )
            for number, planned in enumerate(plan.weights)
        ],
    )
    write_text_whole(folder / SUMMARY, result.model_dump_json(indent=1) + "\n")
    return result


def _score(number: int, part: EncodedPart, measured: Measured, problems: Mapping[int, str]) -> Score | None:
    sums = None if number in problems else measured.sums(number, part.part, part.examples)
    if sums is None:
        return None
    base = None if number == BASE else measured.sums(BASE, part.part, part.examples)
    tokens = [example.encoded.targets for example in part.examples]
    loss = sum(sums) / sum(tokens)
    return Score(
        loss=loss,
        perplexity=perplexity(loss),
        difference=difference(sums, base, tokens) if base is not None else None,
    )


def _examples(
    part: EncodedPart, plan: EvaluationPlan, measured: Measured, problems: Mapping[int, str]
) -> list[EvaluatedExample]:
    columns = [
        None if number in problems else measured.sums(number, part.part, part.examples)
        for number in range(len(plan.weights))
    ]
    return [
        _example(part.part, example, [column[place] if column is not None else None for column in columns])
        for place, example in enumerate(part.examples)
    ]


def _example(part: Part, example: Example, sums: Sequence[float | None]) -> EvaluatedExample:
    prompt, reference = take_apart(example.row)
    tokens = example.encoded.targets
    return EvaluatedExample(
        part=part,
        index=example.index,
        line=example.line,
        prompt=prompt,
        reference=reference,
        text=example.row.text if isinstance(example.row, TextRow) else None,
        tokens=tokens,
        full_length=example.encoded.full_length,
        cut=example.was_cut,
        losses=[None if total is None else total / tokens for total in sums],
    )
