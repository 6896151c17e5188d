"""The person's own rules for texts. Nothing is cleaned that no rule names."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from backend.datasets.importing.schemas import TextRule

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n(?:[^\S\n]*\n)+")


def compiled(rules: Sequence[TextRule]) -> list[Callable[[str], str]]:
    return [_compiled(rule) for rule in rules]


def in_words(rule: TextRule) -> str:
    match rule.kind:
        case "strip":
            return "Space at the beginning and end of texts was removed"
        case "nfc":
            return "Letters with accents were composed (Unicode NFC)"
        case "collapse_blank_lines":
            return "Several blank lines became one"
        case "replace":
            what = "what matches" if rule.regex else "the text"
            return f"Of texts, {what} '{rule.find}' was replaced by '{rule.replace or ''}'"


def _compiled(rule: TextRule) -> Callable[[str], str]:
    match rule.kind:
        case "strip":
            return str.strip
        case "nfc":
            return lambda text: unicodedata.normalize("NFC", text)
        case "collapse_blank_lines":
            return lambda text: _BLANK_LINES.sub("\n\n", text)
        case "replace":
            find, by = rule.find or "", rule.replace or ""
            if rule.regex:
                pattern = re.compile(find)
                return lambda text: pattern.sub(by, text)
            return lambda text: text.replace(find, by)
