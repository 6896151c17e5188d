"""What readers hand on: one record of a source, where it stands, and what is wrong with it so far."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from backend.datasets.importing.schemas import FindingKind

EXCERPT_CHARACTERS = 160
_line_breaks = str.maketrans({"\n": "⏎", "\r": "⏎", "\t": " "})


@dataclass(slots=True)
class Flaw:
    """`column` counts characters of the line from 1; `field` is the column of the data."""

    kind: FindingKind
    sentence: str
    field: str | None = None
    column: int | None = None


@dataclass(slots=True)
class Record:
    """`value` is None where there is nothing to go on with; `line` counts from 1.

    `text` is how it stands in the source, as much of it as is at hand; `size` are bytes that it takes where there is
    none.
    """

    line: int
    value: Any
    text: str | None = None
    column: int | None = None
    flaws: list[Flaw] = field(default_factory=list)
    size: int = 0

    @property
    def held(self) -> int:
        """Bytes that it takes as long as it is held, about."""
        return self.size + len(self.text or "")

    def excerpt(self) -> str:
        return excerpt(self.text if self.text is not None else json.dumps(self.value, ensure_ascii=False, default=str))


def excerpt(text: str) -> str:
    """The beginning, on one line and without characters that cannot be shown or sent."""
    shown = text[:EXCERPT_CHARACTERS].translate(_line_breaks).encode(errors="replace").decode()
    shown = "".join(it if it.isprintable() else "\N{REPLACEMENT CHARACTER}" for it in shown)
    return shown + (" ..." if len(text) > EXCERPT_CHARACTERS else "")


def unread(line: int, kind: FindingKind, sentence: str, text: str | None = None, column: int | None = None) -> Record:
    """A place of a source that gives no row."""
    return Record(line, None, text or "", column, [Flaw(kind, sentence, column=column)])


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = [*words] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def kind_of(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "nothing" if value is None else "something else than text")
