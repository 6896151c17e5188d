"""A library on disk: the folders of one kind, found by name or by path. Knows neither models nor data."""

import os
from pathlib import Path

from backend.names import is_name

NAMED = 10


def folders(library: Path) -> list[Path]:
    """By name, links included, also those that lead nowhere; hidden ones and files are left out."""
    if not library.is_dir():
        return []
    entries = [entry for entry in library.iterdir() if not entry.name.startswith(".")]
    return sorted(entry for entry in entries if entry.is_symlink() or entry.is_dir())


def find(library: Path, home: Path, name_or_path: str) -> Path | None:
    """The folder of that name in the library, else what is at the path, which starts at `home` where it is relative."""
    if is_name(name_or_path) and (library / name_or_path).is_dir():
        return library / name_or_path
    if not name_or_path.strip():
        return None
    try:
        path = home / Path(name_or_path).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long or unreadable, a null character, a home of nobody
        return None


def what_is_there(library: Path) -> str:
    """A sentence with the first names, for who asked for another one."""
    names = [shown(folder.name) for folder in folders(library)]
    if not names:
        return f"The library {library} is empty."
    return f"The library has {', '.join(names[:NAMED])}{' ...' if len(names) > NAMED else ''}."


def unusable_name(folder: Path) -> str | None:
    """Why nobody can ask for this folder by its name; None where they can."""
    if is_name(folder.name):
        return None
    return f"Rename the folder '{shown(folder.name)}': letters, digits, dots, dashes and underscores are allowed."


def real(path: Path) -> Path:
    """Where links lead; a path whose links lead in a circle stays as it is."""
    return Path(os.path.realpath(path))


def shown(path: Path | str) -> str:
    """A path as text that can be sent: on Linux a name may hold bytes that are no UTF-8."""
    return str(path).encode(errors="replace").decode()
