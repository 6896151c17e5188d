"""Says which modules a word means: a group, a key relative to a layer, a full path, or a glob pattern of either.

Knows names, not MLX.
"""

import difflib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from backend.lora.paths import relative_key, role
from backend.lora.profile import GROUPS, Module

GLOB = re.compile(r"[*?\[]")


def selects(word: str, module: Module) -> bool:
    """Whether `word` means `module`."""
    if word in (module.path, module.key, module.group):
        return True
    return is_pattern(word) and (fnmatchcase(module.key, word) or fnmatchcase(module.path, word))


def is_pattern(word: str) -> bool:
    return GLOB.search(word) is not None


def groups_of(modules: Sequence[Module]) -> list[str]:
    """The groups that the modules belong to, in the order of GROUPS."""
    there = {module.group for module in modules}
    return [group for group in GROUPS if group in there]


def nearest(word: str, modules: Sequence[Module]) -> str:
    """What of `modules` (at least one) one might have meant: the same last name first, else the most alike."""
    keys = sorted({module.key for module in modules})
    word = GLOB.sub("", word)
    leaf = word.rsplit(".", 1)[-1]
    endings = [key for key in keys if key.rsplit(".", 1)[-1] == leaf]
    if endings:
        return endings[0]
    if "." not in word:
        return _most_alike(word, [*groups_of(modules), *keys])
    key = relative_key(word)
    return _most_alike(key, [name for name in keys if role(name) == role(key)] or keys)


def _most_alike(word: str, known: Sequence[str]) -> str:
    return difflib.get_close_matches(word, known, n=1, cutoff=0)[0]
