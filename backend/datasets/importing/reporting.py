"""What a check of every row comes to, in figures and in words. Pure."""

from collections.abc import Sequence

from backend.datasets.importing import rules, shapes
from backend.datasets.importing.findings import DEFECTS
from backend.datasets.importing.pipeline import Detected, Outcome, counted, not_taken
from backend.datasets.importing.records import listed
from backend.datasets.importing.schemas import Choice, ImportPlan, ImportReport, Mapping, RuleEffect
from backend.datasets.importing.sources import Source
from backend.datasets.schemas import DataFormat, Split

_BECAME: dict[Choice, str] = {
    "stop": "stop the import",
    "skip": "left out",
    "fix": "mended",
    "keep": "kept as they are",
}
_JOINED = "Instruction and input were joined by an empty line"
_WITHOUT_RUNS: dict[DataFormat, str] = {
    "preference": "Rows of preferences are kept for training on preferences; a fine-tuning run does not take them",
    "grpo": "Prompts with answers are kept for training with rewards; a fine-tuning run does not take them",
}


def report(
    plan: ImportPlan,
    mapping: Mapping,
    detected: Detected,
    sources: Sequence[Source],
    outcome: Outcome,
    splits: dict[Split, int],
    seconds: float,
) -> ImportReport:
    problem = why_not(outcome, splits)
    return ImportReport(
        plan=plan,
        format_name=detected.format_name,
        mapping=mapping,
        rows_read=outcome.rows_read,
        rows_kept=outcome.rows_kept,
        findings=outcome.tally.findings(),
        ready=not outcome.tally.stopping and problem is None,
        problem=problem,
        splits=splits,
        changed_by_rules=[RuleEffect(rule=rule, rows=rows) for rule, rows in sorted(outcome.changed_by_rules.items())],
        in_words=in_words(plan, mapping, detected, outcome, splits),
        bytes_read=sum(it.file.bytes for it in sources),
        seconds=seconds,
    )


def why_not(outcome: Outcome, splits: dict[Split, int]) -> str | None:
    """Why no data set can come of it, where no finding stops it."""
    if outcome.tally.stopping:
        return None
    if outcome.rows_kept == 0:
        return "No row is left to write."
    return None if splits.get("train") else "No row is left to train on."


def in_words(
    plan: ImportPlan, mapping: Mapping, detected: Detected, outcome: Outcome, splits: dict[Split, int]
) -> list[str]:
    """What is done to the data, a sentence each."""
    said = [_mapped(mapping, detected)]
    if mapping.shape == "instruction" and mapping.columns.get("input"):
        said.append(f"{_JOINED}.")
    if left := not_taken(mapping, detected.columns):
        said.append(left)
    for number, rule in enumerate(plan.rules):
        said.append(f"{rules.in_words(rule)}: {_rows(outcome.changed_by_rules.get(number, 0))} changed.")
    for kind, count in outcome.tally.counts.items():
        defect, choice = DEFECTS[kind], outcome.tally.choices[kind]
        mended = f" {defect.fix_words}" if choice == "fix" else ""
        said.append(f"{defect.title}: {_rows(count)}, {_BECAME[choice]}.{mended}")
    if plan.split is not None and any(splits.values()):
        group = f", {plan.split.group_column} never on both sides" if plan.split.group_column else ""
        said.append(f"Divided with seed {plan.split.seed}{group}: {counted(splits)}.")
    elif any(splits.values()):
        said.append(f"In all {counted(splits)}.")
    if (words := _WITHOUT_RUNS.get(shapes.written_format(mapping))) is not None:
        said.append(f"{words}.")
    return said


def _mapped(mapping: Mapping, detected: Detected) -> str:
    name = f"Read as {detected.format_name}" if detected.format_name else f"Read as {shapes.TITLES[mapping.shape][0]}"
    columns = [f"{field} from {column}" for field, column in mapping.columns.items() if column]
    return f"{name}: {listed(columns)}."


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"
