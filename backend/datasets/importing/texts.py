"""Values that should be text, and texts of rows. Knows what can be made text without guessing."""

import json
import re
from collections.abc import Iterator
from typing import Any

from backend.datasets.importing.records import Flaw, kind_of

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
TEXT_FIELDS = ("text", "prompt", "completion", "chosen", "rejected", "answer", "system")


def as_text(value: Any, what: str, field: str, flaws: list[Flaw]) -> str | None:
    """None where it cannot be; `what` it is in words."""
    if type(value) is str:
        return value
    if value is None:
        flaws.append(Flaw("missing_field", f"{_begin(what)} is missing.", field))
        return None
    if isinstance(value, (bool, int, float)):
        text = json.dumps(value)
        flaws.append(Flaw("number_for_text", f"{_begin(what)} is {kind_of(value)}, {text[:40]}.", field))
        return text
    if isinstance(value, list) and value and all(_is_text_part(part) for part in value):
        flaws.append(Flaw("content_parts", f"{_begin(what)} is a list of {len(value)} parts.", field))
        return "".join(part if isinstance(part, str) else part["text"] for part in value)
    flaws.append(Flaw("not_text", f"{_begin(what)} is {kind_of(value)}; text is needed.", field))
    return None


def parsed_list(value: Any) -> list[Any] | None:
    """A list, also one that is written as JSON in a cell."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, list) else None


def texts_of(row: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every text of a canonical row that a person may read: the object that holds it, and the key."""
    for key, value in row.items():
        if key in TEXT_FIELDS and type(value) is str:
            yield row, key
        elif type(value) is list and key != "tools":
            for message in value:
                yield message, "content"


def _is_text_part(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("text"), str))


def _begin(words: str) -> str:
    return words[:1].upper() + words[1:]
