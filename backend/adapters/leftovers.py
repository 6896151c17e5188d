"""What interrupted runs leave beside the adapters, and how it is put right when the next server starts."""

import shutil
from collections.abc import Collection
from pathlib import Path

MAKING = ".making-"
"""Before an adapter's name: a folder that has no whole weights yet."""
REPLACED = ".replaced-"
"""Before an adapter's name: the adapter that a run is about to replace."""
DELETED = ".deleted-"
"""Before an adapter's name: an adapter that somebody deletes."""


def sweep(adapters: Path, busy: Collection[str]) -> None:
    """Remove what is half made or half deleted, and put back what was to be replaced and was not.

    What belongs to `busy` adapters is left alone, but for what was deleted of them.
    """
    if not adapters.is_dir():
        return
    for folder in adapters.glob(f"{DELETED}*"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in adapters.glob(".*"):
        for prefix in (MAKING, REPLACED):
            name = folder.name.removeprefix(prefix)
            if folder.name == name or name in busy:
                continue
            if prefix == REPLACED and not (adapters / name).exists():
                folder.rename(adapters / name)
            else:
                shutil.rmtree(folder, ignore_errors=True)
