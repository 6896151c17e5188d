"""Reads JSON that somebody else wrote. Everything that can be wrong with it is one kind of error, said in words."""

import json
from pathlib import Path
from typing import Any

DEEPEST = 64
"""Levels of lists and objects. Real files have a dozen; an answer that repeats many more could not be written."""


class UnreadableJson(ValueError):
    """Its text completes "This is ...": "not UTF-8 text", "nested too deeply", "not valid JSON: line 3, ..."."""


def read_json(file: Path) -> Any:
    """What a file in UTF-8 holds; a byte order mark is fine. Raises UnreadableJson."""
    try:
        return parse_json(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UnreadableJson(f"not readable: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableJson("not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise UnreadableJson(f"not valid JSON: line {error.lineno}, {error.msg}") from error


def parse_json(text: str) -> Any:
    """Raises json.JSONDecodeError with the place, or UnreadableJson for JSON that no answer could repeat."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise UnreadableJson("nested too deeply") from error
    except ValueError as error:
        raise UnreadableJson("not usable: a whole number in it has thousands of digits") from error
    if text.count("[") + text.count("{") > DEEPEST and _deeper_than(DEEPEST, value):
        raise UnreadableJson("nested too deeply")
    if "\\ud" in text.lower() and _has_half_a_character(value):
        raise UnreadableJson("not valid Unicode: half of a character (a lone surrogate) in the text")
    return value


def _deeper_than(levels: int, value: Any) -> bool:
    inside = [value]
    for _ in range(levels):
        inside = [child for it in inside for child in _children(it)]
    return any(isinstance(it, (dict, list)) for it in inside)


def _children(value: Any) -> "list[Any]":
    return value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []


def _has_half_a_character(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
