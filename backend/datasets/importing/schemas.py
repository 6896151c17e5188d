"""Shapes of bringing data in, as the API gives and takes them, and as a draft's folder keeps them."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.datasets.placing import OnExisting
from backend.datasets.schemas import Split

Shape = Literal["text", "conversation", "instruction", "completion", "preference", "grpo"]
"""What rows of a source mean."""
FileKind = Literal["jsonl", "json", "csv", "parquet", "text"]
Origin = Literal["upload", "path", "paste"]
FindingKind = Literal[
    "bad_json",
    "not_an_object",
    "missing_field",
    "empty_field",
    "role_name",
    "wrong_role",
    "no_answer",
    "unpaired_turns",
    "bad_tool_call",
    "content_parts",
    "number_for_text",
    "not_text",
    "control_characters",
    "bad_encoding",
    "bad_csv",
    "ragged_row",
    "line_too_long",
    "cut_off",
    "duplicate",
    "overlap",
    "too_long",
    "refused_by_template",
]
Choice = Literal["stop", "skip", "fix", "keep"]
"""What becomes of a row with a finding: nothing is written at all, or it is left out, mended, or taken as it is."""

LONGEST_PASTE = 10_000_000
SHOWN_PLACES = 20


class ImportFile(BaseModel):
    """One file of what is brought in. `name` has its folder in it, and the archive that it is packed in.

    `taken` says whether it is read where nobody says otherwise; `problem` why it cannot be, or is not.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    bytes: int
    kind: FileKind | None = None
    split: Annotated[Split | None, Field(description="the split that its name or folder says")] = None
    encoding: str | None = None
    delimiter: str | None = None
    taken: bool = True
    problem: str | None = None


class ImportDraft(BaseModel):
    """What somebody brings, before it is a data set. `check_job` and `write_job` are the last ones, if any."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    created_at: float
    origin: Origin
    path: Annotated[str | None, Field(description="where it lies, if it is read in place")] = None
    suggested_name: str
    files: list[ImportFile]
    problem: Annotated[str | None, Field(description="why nothing of it can be read")] = None
    check_job: str | None = None
    write_job: str | None = None


class NewImport(BaseModel):
    """A path on this machine, or text, or neither: files are then uploaded into the draft."""

    model_config = ConfigDict(extra="forbid")

    path: str | None = None
    text: Annotated[str | None, Field(max_length=LONGEST_PASTE)] = None
    name: Annotated[str | None, Field(description="what to call it; a file's name where text is pasted")] = None


class Mapping(BaseModel):
    """Which column holds which field of the shape."""

    model_config = ConfigDict(extra="forbid")

    shape: Shape
    columns: dict[str, str]


class TextRule(BaseModel):
    """Something to do to every text of every row, in the order given."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["strip", "nfc", "collapse_blank_lines", "replace"]
    find: str | None = None
    replace: str | None = None
    regex: bool = False

    @model_validator(mode="after")
    def says_what_to_find(self) -> Self:
        if self.kind != "replace":
            return self
        if not self.find:
            raise ValueError("a rule that replaces says what to find")
        if self.regex:
            try:
                re.compile(self.find).sub(self.replace or "", "")
            except (re.error, IndexError, RecursionError, OverflowError) as error:
                raise ValueError(
                    f"'{self.find}' is no regular expression, or its replacement does not fit: {error}"
                ) from error
        return self


Fraction = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class SplitPlan(BaseModel):
    """How rows are divided: the same seed divides the same rows in the same way.

    Rows that are the same in `group_column` stay on one side, and so do equal rows.
    """

    model_config = ConfigDict(extra="forbid")

    valid_fraction: Fraction = 0.1
    test_fraction: Fraction = 0.0
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    group_column: str | None = None

    @model_validator(mode="after")
    def leaves_rows_to_train_on(self) -> Self:
        if self.valid_fraction + self.test_fraction >= 1:
            raise ValueError("validation and test together leave nothing to train on")
        return self


class ImportPlan(BaseModel):
    """How what was brought becomes a data set. Whatever is left out is as detected, or as it is usual.

    `choices` say what becomes of rows with findings; `model_name` and `max_seq_length` look for rows that training
    would cut.
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    mapping: Mapping | None = None
    files: Annotated[list[str] | None, Field(description="the files to read; None: those that are taken")] = None
    rules: Annotated[list[TextRule], Field(max_length=50)] = []
    split: SplitPlan | None = None
    choices: dict[FindingKind, Choice] = {}
    model_name: str | None = None
    max_seq_length: Annotated[int | None, Field(ge=8, le=2**20)] = None


class LookRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mapping: Mapping | None = None
    files: list[str] | None = None


class WriteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    plan: ImportPlan = ImportPlan()
    on_existing: OnExisting = "refuse"


class FieldDescription(BaseModel):
    name: str
    title: str
    required: bool
    help: str


class ShapeDescription(BaseModel):
    shape: Shape
    title: str
    help: str
    fields: list[FieldDescription]


class SourceColumn(BaseModel):
    """`kind` in words: "text", "numbers", "lists of messages" ...; `example` is the first value that is there."""

    name: str
    kind: str
    filled_percent: float
    example: str


class LookRow(BaseModel):
    """A row as it stands in the source, and as it would be written; `problem` is what was found in it.

    `shortened` says that `row` is cut for showing: what is written is longer.
    """

    file: str
    line: int
    source: Any
    row: dict[str, Any] | None
    shortened: bool
    problem: str | None


class ImportLook(BaseModel):
    """The first rows, and what they are taken for. `format_name` is what the field calls it, None where unknown."""

    format_name: str | None
    sentence: str
    mapping: Mapping | None
    shapes: list[ShapeDescription]
    columns: list[SourceColumn]
    rows_looked_at: int
    rows: list[LookRow]


class FindingPlace(BaseModel):
    """`line` counts from 1, rows where the file has no lines; `column` counts characters of it from 1, if known."""

    file: str
    line: int
    column: int | None
    field: str | None
    excerpt: str
    sentence: str


class Finding(BaseModel):
    """Rows with one kind of defect. `fix_words` says what mending does, None where it cannot be mended."""

    kind: FindingKind
    title: str
    count: int
    sentence: str
    choices: list[Choice]
    chosen: Choice
    fix_words: str | None
    places: Annotated[list[FindingPlace], Field(description=f"the first {SHOWN_PLACES}")]


class RuleEffect(BaseModel):
    rule: Annotated[int, Field(description="which of the plan's rules, from 0")]
    rows: int


class ImportReport(BaseModel):
    """What a check of every row found. `ready` means that nothing stops the plan from being written.

    `in_words` is what writing it would do, and what else is to be known.
    """

    plan: ImportPlan
    format_name: str | None
    mapping: Mapping
    rows_read: int
    rows_kept: int
    findings: list[Finding]
    ready: bool
    problem: Annotated[str | None, Field(description="why it is not ready, where no finding says so")]
    splits: dict[Split, int]
    changed_by_rules: list[RuleEffect]
    in_words: list[str]
    bytes_read: int
    seconds: float


class WriteTarget(BaseModel):
    """`datasets` is the library's folder."""

    datasets: Path
    name: str
    on_existing: OnExisting


class ImportTask(BaseModel):
    """The settings of both kinds of job. `write` None means: only check."""

    model_config = ConfigDict(protected_namespaces=())

    draft_id: str
    draft_folder: Path
    plan: ImportPlan
    model_folder: Path | None = None
    write: WriteTarget | None = None
