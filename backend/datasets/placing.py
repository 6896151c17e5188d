"""Puts whole data sets into the library, and puts right what was interrupted. Knows folders, not what is in them."""

import itertools
import shutil
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from backend.errors import Conflict
from backend.names import LONGEST_NAME
from backend.whole_files import flush

OnExisting = Literal["refuse", "new_name", "replace"]

MAKING = ".making-"
"""Before a data set's name: a folder that is not whole yet."""
REPLACED = ".replaced-"
"""Before a data set's name: what is about to be replaced."""
DELETED = ".deleted-"


class NameTaken(Conflict):
    code = "name_taken"


def place(making: Path, name: str, on_existing: OnExisting) -> Path:
    """Give a whole folder its name in the library that it lies in. Raises NameTaken."""
    library = making.parent
    target = library / name
    if _is_there(target) and on_existing == "refuse":
        raise NameTaken(f"There is a data set {name} by now. Choose another name.")
    if _is_there(target) and on_existing == "new_name":
        target = _free_name(library, name)
    if not _is_there(target):
        making.rename(target)
    else:
        replaced = library / f"{REPLACED}{name}"
        _remove(replaced)
        target.rename(replaced)
        making.rename(target)
        _remove(replaced)
    flush(library)
    return target


def delete(folder: Path) -> None:
    """A link loses only the link. Renaming first makes a folder gone at once."""
    if folder.is_symlink():
        folder.unlink()
        return
    doomed = folder.rename(folder.with_name(f"{DELETED}{folder.name}-{uuid.uuid4().hex[:8]}"))
    shutil.rmtree(doomed)


def sweep(library: Path, busy: Collection[str]) -> None:
    """Remove what is half made or half deleted, and put back what was to be replaced and was not.

    What belongs to `busy` names is left alone, but for what was deleted of them.
    """
    if not library.is_dir():
        return
    for folder in library.glob(f"{DELETED}*"):
        _remove(folder)
    for folder in library.glob(".*"):
        for prefix in (MAKING, REPLACED):
            name = folder.name.removeprefix(prefix)
            if folder.name == name or name in busy:
                continue
            if prefix == REPLACED and not _is_there(library / name):
                folder.rename(library / name)
            else:
                _remove(folder)


def _is_there(folder: Path) -> bool:
    return folder.is_symlink() or folder.exists()


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _free_name(library: Path, name: str) -> Path:
    for number in itertools.count(2):
        ending = f"-{number}"
        target = library / f"{name[: LONGEST_NAME - len(ending)]}{ending}"
        if not _is_there(target):
            return target
    raise AssertionError
