"""Whether a value from a settings file has the type of its field, and in words what would. Knows types, not ranges."""

import difflib
import math
import reprlib
from typing import Any

from pydantic import ValidationError

from backend.training.config import TrainingConfig
from backend.training.schemas import ConfigChanges

SCHEMA: dict[str, Any] = TrainingConfig.model_json_schema()["properties"]

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60
_short.maxlevel = 2


def read_value(field: str, value: Any) -> Any:
    """The value as its field holds it. Raises ValueError with a sentence about what would be right."""
    if _mistaken(field, value):
        raise ValueError(_what_is_right(field, value))
    try:
        return getattr(ConfigChanges.model_validate({field: value}), field)
    except ValidationError as error:
        raise ValueError(_what_is_right(field, value)) from error


def _mistaken(field: str, value: Any) -> bool:
    """What would be read as a number though nobody meant one."""
    if isinstance(value, float) and not math.isfinite(value):
        return True
    return isinstance(value, bool) and "boolean" not in _types(field)


def _what_is_right(field: str, value: Any) -> str:
    choices = SCHEMA[field].get("enum")
    given = _short.repr(value)
    if choices is not None:
        near = difflib.get_close_matches(str(value).lower(), choices, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        return f"'{field}' is one of {', '.join(choices)}, not {given}{hint}"
    kind = next(KINDS[each] for each in _types(field) if each in KINDS)
    example = SCHEMA[field].get("default")
    such = f", such as {example:g}" if isinstance(example, int | float) and not isinstance(example, bool) else ""
    return f"'{field}' is {kind}{such}, not {given}."


KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a text",
    "array": "a list of words, such as [self_attn.q_proj, mlp.*]",
    "object": "a number for each of several modules, such as {attention: 8}",
}


def _types(field: str) -> list[str]:
    described = SCHEMA[field]
    return [option["type"] for option in described.get("anyOf", [described]) if "type" in option]
