"""How lists of names read in a sentence."""

from collections.abc import Iterable

LISTED = 8


def listed(names: Iterable[str]) -> str:
    """`a, b, c`; of a long list the first ones and how many more."""
    names = list(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
