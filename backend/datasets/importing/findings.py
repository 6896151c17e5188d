"""The kinds of defects that rows can have: what they are called, what can be done about them, and what is usual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from backend.datasets.importing.records import Flaw, Record
from backend.datasets.importing.schemas import (
    SHOWN_PLACES,
    Choice,
    Finding,
    FindingKind,
    FindingPlace,
)
from backend.errors import FieldError

Choices = Mapping[FindingKind, Choice]


@dataclass(frozen=True)
class Defect:
    """`sentence` says what it means for training; `fix_words` what mending does, where it is defined."""

    title: str
    sentence: str
    fix_words: str | None = None
    keep: bool = False
    usual: Choice = "stop"

    @property
    def choices(self) -> list[Choice]:
        return ["stop", "skip", *(["fix"] if self.fix_words else []), *(["keep"] if self.keep else [])]  # type: ignore[list-item]


DEFECTS: dict[FindingKind, Defect] = {
    "bad_json": Defect("Not valid JSON", "Nothing can be read from these places."),
    "not_an_object": Defect("No object", "A row is a JSON object with named fields; these are something else."),
    "missing_field": Defect("A field is missing", "These rows lack something that the chosen shape needs."),
    "empty_field": Defect("A field is empty", "There is nothing to learn from an empty text."),
    "role_name": Defect(
        "Another name for a role",
        "Chat templates know system, user, assistant and tool.",
        "human, person, prompter and the like become user; gpt, bot, model, ai and the like become assistant.",
    ),
    "wrong_role": Defect(
        "An unknown role, or one out of place",
        "Chat templates know system, user, assistant and tool; a system prompt stands first, a tool's answer after its "
        "call.",
    ),
    "no_answer": Defect("No answer", "No message is the assistant's, so there is nothing to learn."),
    "unpaired_turns": Defect(
        "Turns do not alternate",
        "Question and answer should take turns and end with an answer; many chat templates refuse anything else.",
        "Messages of one role in a row are joined with an empty line between, answers before the first question and "
        "what stands behind the last answer are left out.",
        keep=True,
    ),
    "bad_tool_call": Defect("A tool call that cannot be read", "A call is JSON with a name and arguments."),
    "content_parts": Defect(
        "Content in parts", "The content of a message is a list of parts.", "The parts, all of text, are joined."
    ),
    "number_for_text": Defect(
        "A number where text is needed", "Only text can be trained.", "Numbers, true and false become their text."
    ),
    "not_text": Defect("No text", "A list, an object or an image stands where text is needed."),
    "control_characters": Defect(
        "Control characters",
        "Characters that cannot be seen, such as NUL, are mostly left over from another program.",
        "They are removed; line breaks and tabs stay.",
        keep=True,
    ),
    "bad_encoding": Defect(
        "Not UTF-8",
        "Bytes that mean nothing in UTF-8.",
        "These lines are read as Windows-1252, which gives é, ä, “ and the like.",
    ),
    "bad_csv": Defect("Cannot be cut into cells", "Quotation marks do not come in pairs."),
    "ragged_row": Defect("Too many or too few cells", "What belongs into which column is not known."),
    "line_too_long": Defect("A line too long to read", "It is not read, so that memory stays bounded."),
    "cut_off": Defect("A file that ends too early", "What follows is missing; what came before was read."),
    "duplicate": Defect(
        "Equal rows",
        "These rows stand in the data before. Twice the same row is learned twice as much.",
        keep=True,
        usual="keep",
    ),
    "overlap": Defect(
        "In training and in validation or test",
        "A row that was trained on measures nothing: the loss on it looks better than it is.",
        keep=True,
    ),
    "too_long": Defect(
        "Longer than the context",
        "Training cuts these rows, and learns nothing from what is cut.",
        keep=True,
        usual="keep",
    ),
    "refused_by_template": Defect("Refused by the chat template", "This model's chat template makes nothing of them."),
}
assert set(DEFECTS) == set(get_args(FindingKind))


def can_be_written(flaws: Sequence[Flaw]) -> bool:
    """Whether any choices write a row in spite of its flaws."""
    return all(DEFECTS[it.kind].fix_words or DEFECTS[it.kind].keep for it in flaws)


def complete(choices: Choices) -> dict[FindingKind, Choice]:
    """What was chosen, and what is usual elsewhere. Raises FieldError for a choice that there is not."""
    for kind, choice in choices.items():
        if choice not in (possible := DEFECTS[kind].choices):
            raise FieldError(
                f"choices.{kind}",
                f"Rows with '{DEFECTS[kind].title}' cannot be given '{choice}': {', '.join(possible)} can.",
            )
    return {kind: choices.get(kind, defect.usual) for kind, defect in DEFECTS.items()}


class Tally:
    """Counts rows with defects, and keeps the first places of each."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.counts: dict[FindingKind, int] = {}
        self._places: dict[FindingKind, list[FindingPlace]] = {}

    def keeps(self, file: str, record: Record, flaws: list[Flaw]) -> bool:
        """Note the flaws of one row; whether the row is written in spite of them."""
        kept = True
        for kind in dict.fromkeys(flaw.kind for flaw in flaws):
            self.counts[kind] = self.counts.get(kind, 0) + 1
            places = self._places.setdefault(kind, [])
            if len(places) < SHOWN_PLACES:
                flaw = next(it for it in flaws if it.kind == kind)
                places.append(place_of(file, record, flaw))
            kept = kept and self.choices[kind] in ("fix", "keep")
        return kept

    @property
    def stopping(self) -> list[FindingKind]:
        return [kind for kind in self.counts if self.choices[kind] == "stop"]

    def findings(self) -> list[Finding]:
        return [self._finding(kind) for kind in DEFECTS if kind in self.counts]

    def _finding(self, kind: FindingKind) -> Finding:
        defect = DEFECTS[kind]
        return Finding(
            kind=kind,
            title=defect.title,
            count=self.counts[kind],
            sentence=defect.sentence,
            choices=defect.choices,
            chosen=self.choices[kind],
            fix_words=defect.fix_words,
            places=self._places[kind],
        )

    def first(self, kind: FindingKind) -> FindingPlace:
        return self._places[kind][0]


def place_of(file: str, record: Record, flaw: Flaw) -> FindingPlace:
    return FindingPlace(
        file=file,
        line=record.line,
        column=flaw.column if flaw.column is not None else record.column,
        field=flaw.field,
        excerpt=record.excerpt(),
        sentence=flaw.sentence,
    )
