"""Brings one file of a repository here, from the byte on where an earlier attempt ended, and checks its hash.

`hf_hub_download` begins a file anew in every process; so huggingface_hub's session, headers and errors are used here,
and the file is written by ourselves. Knows HTTP ranges and files, no jobs.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from huggingface_hub import constants, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # it is among its exports

from backend.models.hub.environment import PROGRAM
from backend.models.hub.schemas import HubFile
from backend.models.hub.staging import PARTIAL
from backend.settings import VERSION
from backend.whole_files import flush

CHUNK_BYTES = 1024 * 1024
PARTIAL_CONTENT = 206

Arrived = Callable[[int], None]
"""Told how many bytes of the file are here, as they come."""


class Incomplete(Exception):
    """The connection ended before the file did."""


class Damaged(Exception):
    """What arrived is not what the hub has."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def transfer(repo_id: str, commit: str, file: HubFile, folder: Path, arrived: Arrived) -> None:
    """Returns with the whole file under its name in `folder`. Raises what huggingface_hub does, Incomplete, Damaged."""
    partial = folder / f"{file.name}{PARTIAL}"
    here = partial.stat().st_size if partial.exists() else 0
    if here > file.bytes:
        partial.unlink()
        here = 0
    if here < file.bytes or not partial.exists():
        digest = _stream(repo_id, commit, file, partial, here, arrived)
    else:
        digest = _of_what_is_here(file, partial)
    if (size := partial.stat().st_size) != file.bytes:
        raise Incomplete(f"{file.name} ended at byte {size:,} of {file.bytes:,}")
    if (wanted := file.sha256 or file.blob) and digest.hexdigest() != wanted:
        partial.unlink()
        raise Damaged(f"{file.name} arrived with another content than the hub says it has")
    flush(partial)
    partial.replace(folder / file.name)


def _stream(repo_id: str, commit: str, file: HubFile, partial: Path, here: int, arrived: Arrived) -> _Digest:
    headers = build_hf_headers(library_name=PROGRAM, library_version=VERSION)
    headers["Accept-Encoding"] = "identity"
    if here:
        headers["Range"] = f"bytes={here}-"
    url = hf_hub_url(repo_id, file.name, revision=commit)
    with get_session().stream("GET", url, headers=headers, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT) as response:
        hf_raise_for_status(response)
        if response.status_code != PARTIAL_CONTENT:  # a server that knows no ranges begins anew
            here = 0
            partial.unlink(missing_ok=True)
        digest = _of_what_is_here(file, partial)
        with partial.open("ab") as stream:
            for chunk in response.iter_raw():  # as it comes, so that what came is kept when the connection breaks
                stream.write(chunk)
                digest.update(chunk)
                here += len(chunk)
                arrived(here)
    return digest


def _of_what_is_here(file: HubFile, partial: Path) -> _Digest:
    """SHA-256 for a large file; git's name of a small one is the SHA-1 of its length and content."""
    digest: _Digest = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % file.bytes)  # noqa: S324
    if partial.exists():
        with partial.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest
