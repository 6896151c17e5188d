"""dataset.json: what a data set says of itself. Written when it is brought in; a person may write one too."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from backend.datasets.formats import DataProblem
from backend.datasets.schemas import DataFormat, DatasetSource, Split, SuggestedSettings
from backend.folders import shown
from backend.json_files import UnreadableJson, read_json

CARD = "dataset.json"

_suggestions = TypeAdapter(dict[str, SuggestedSettings])


class CountedFile(BaseModel):
    """How many rows a file had when it was of this size and time of change."""

    rows: int
    bytes: int
    modified_ns: int


class Card(BaseModel):
    """`description`, `suggested` settings by model and `examples` of prompts; the rest is for what was brought in."""

    model_config = ConfigDict(protected_namespaces=())

    description: str | None = None
    suggested: dict[str, Any] = {}
    examples: list[str] = []
    format: DataFormat | None = None
    source: DatasetSource | None = None
    done: list[str] = []
    created_at: float | None = None
    version: str | None = None
    files: dict[Split, CountedFile] = {}

    def suggestions(self) -> dict[str, SuggestedSettings]:
        return _suggestions.validate_python(self.suggested)


def read_card(folder: Path) -> Card:
    """An empty one where there is none. Raises DataProblem."""
    file = folder / CARD
    name = shown(folder.name)
    if not file.is_file():
        return Card()
    try:
        card = read_json(file)
    except UnreadableJson as error:
        raise DataProblem(f"{CARD} of {name} is {error}.") from error
    if not isinstance(card, dict):
        raise DataProblem(f"{CARD} of {name} must be an object with description, suggested, examples.")
    try:
        read = Card.model_validate(card)
        read.suggestions()
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DataProblem(f"{CARD} of {name}: {place}: {error.errors()[0]['msg']}.") from error
    return read
