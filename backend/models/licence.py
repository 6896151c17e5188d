"""Finds a model's licence: in the front matter of its card (README.md), else by the first words of a LICENSE file."""

import re
from pathlib import Path
from typing import Any

import yaml

FRONT_MATTER = re.compile(r"\A\ufeff?---\r?\n(.*?)\r?\n---", re.DOTALL)
MOST_BYTES = 200_000
LONGEST_NAME = 60
NAMES = {"apache-2.0": "Apache 2.0", "mit": "MIT", "cc-by-4.0": "CC BY 4.0", "cc-by-nc-4.0": "CC BY-NC 4.0",
         "cc-by-sa-4.0": "CC BY-SA 4.0", "bsd-3-clause": "BSD 3-Clause", "gemma": "Gemma", "llama2": "Llama 2",
         "llama3": "Llama 3", "llama3.1": "Llama 3.1", "llama3.2": "Llama 3.2", "llama3.3": "Llama 3.3"}  # fmt: skip
"""What the card's identifiers are called."""
BEGINNINGS = {
    "apache license": "Apache 2.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "gemma terms of use": "Gemma",
}


def read_licence(folder: Path) -> str | None:
    """The name of the licence; None where neither says it."""
    return _of_the_card(_beginning(folder / "README.md")) or _of_a_file(folder)


def licence_name(card: dict[str, Any]) -> str | None:
    """From a card's front matter: `license`, or `license_name` where that is "other"."""
    names = [card.get("license_name"), card.get("license")] if card.get("license") == "other" else [card.get("license")]
    for name in names:
        first = name[0] if isinstance(name, list) and name else name
        if isinstance(first, str) and first.strip():
            return NAMES.get(first.strip().lower(), first.strip()[:LONGEST_NAME])
    return None


def _of_the_card(text: str) -> str | None:
    if (found := FRONT_MATTER.match(text)) is None:
        return None
    try:
        card = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return licence_name(card) if isinstance(card, dict) else None


def _of_a_file(folder: Path) -> str | None:
    for file in sorted([*folder.glob("LICENSE*"), *folder.glob("LICENCE*")]):
        lines = [line.strip(" #*=-\t") for line in _beginning(file).splitlines()]
        first = next((line for line in lines if line), None)
        if first is not None:
            known = (name for words, name in BEGINNINGS.items() if first.lower().startswith(words))
            return next(known, first[:LONGEST_NAME])
    return None


def _beginning(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES).decode(errors="replace")
    except OSError:
        return ""
