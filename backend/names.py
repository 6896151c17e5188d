"""The names that people give to adapters, models and data sets. A checked name is a safe folder name."""

import re

from backend.errors import FieldError

LONGEST_NAME = 128
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
RESERVED = frozenset({"base", "none", "null", "best", "latest"})


def is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None


def check_new_name(name: str, field: str) -> None:
    """Raises FieldError unless a new folder may carry `name`."""
    if not is_name(name):
        raise FieldError(
            field,
            f"'{name}' is no usable name: use letters, digits, dots, dashes and underscores, beginning with a letter "
            "or digit, at most 128.",
            code="invalid_name",
        )
    if name.lower() in RESERVED:
        raise FieldError(field, f"The name '{name}' is reserved; choose another.", code="invalid_name")
