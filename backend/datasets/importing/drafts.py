"""Drafts on disk: artifacts/.imports/<id>/{draft.json, files/, report.json}. Knows folders, not what is in the data."""

import contextlib
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from backend.datasets.importing.schemas import ImportReport, Origin
from backend.errors import AppError, NotFound
from backend.names import is_name
from backend.whole_files import write_text_whole

RECORD = "draft.json"
REPORT = "report.json"
FILES = "files"
DELETED = ".deleted-"
UPLOADING = ".uploading-"
LEAST_FREE_BYTES = 256 << 20


class DraftRecord(BaseModel):
    """draft.json. `path` is what is read in place; without one the files are in the draft's own folder."""

    created_at: float
    origin: Origin
    path: Path | None = None
    name: str | None = None
    check_job: str | None = None
    write_job: str | None = None


class DraftNotFound(NotFound):
    code = "import_not_found"


class NoReport(NotFound):
    code = "no_report"


class UploadRefused(AppError):
    code = "upload_refused"


class DraftStore:
    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, record: DraftRecord) -> str:
        """A folder appears whole, with its record, or not at all."""
        draft_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        making = self.root / f".{draft_id}"
        (making / FILES).mkdir(parents=True)
        try:
            self._write(making, record)
            making.rename(self.root / draft_id)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)
            raise
        return draft_id

    def folder(self, draft_id: str) -> Path:
        folder = self.root / draft_id
        if not is_name(draft_id) or not (folder / RECORD).is_file():
            raise DraftNotFound(f"There is no import '{draft_id}'; it was written, or thrown away.")
        return folder

    def record(self, draft_id: str) -> DraftRecord:
        try:
            return DraftRecord.model_validate_json((self.folder(draft_id) / RECORD).read_bytes())
        except (ValidationError, OSError) as error:
            raise DraftNotFound(f"The import '{draft_id}' cannot be read; throw it away and begin anew.") from error

    def change(self, draft_id: str, **changes: str | None) -> None:
        record = self.record(draft_id).model_copy(update=changes)
        self._write(self.folder(draft_id), record)

    def ids(self) -> list[str]:
        """The newest first."""
        if not self.root.is_dir():
            return []
        return sorted((it.parent.name for it in self.root.glob(f"[!.]*/{RECORD}")), reverse=True)

    def place(self, draft_id: str) -> Path:
        """Where its data lies."""
        return self.record(draft_id).path or self.folder(draft_id) / FILES

    def report(self, draft_id: str) -> ImportReport:
        file = self.folder(draft_id) / REPORT
        try:
            return ImportReport.model_validate_json(file.read_bytes())
        except FileNotFoundError as error:
            raise NoReport("There is no report yet: check this import first.") from error
        except (ValidationError, OSError) as error:
            raise NoReport("The report of this import cannot be read; check it again.") from error

    async def receive(self, draft_id: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write an upload as it comes; it takes its name when it is whole, and the last check goes. `name` is safe."""
        files = self.folder(draft_id) / FILES
        _check_no_file_on_the_way(files, name)
        making = files / f"{UPLOADING}{secrets.token_hex(6)}"
        written = 0
        try:
            with making.open("wb") as file:
                async for chunk in chunks:
                    file.write(chunk)
                    written += len(chunk)
                    if written % (8 << 20) < len(chunk):
                        _check_room(files, written)
            target = files / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir():
                raise UploadRefused(f"{name} is a folder of this import already; choose another name.")
            self._forget_check(draft_id)
            making.replace(target)
        finally:
            making.unlink(missing_ok=True)

    def paste(self, draft_id: str, name: str, text: str) -> None:
        write_text_whole(self.folder(draft_id) / FILES / name, text)

    def delete(self, draft_id: str) -> None:
        """At once as seen from outside: the folder is renamed away, then removed."""
        away = self.folder(draft_id).rename(self.root / f"{DELETED}{draft_id}")
        shutil.rmtree(away, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what was half made, half uploaded or half deleted when a server ended."""
        if not self.root.is_dir():
            return
        for folder in self.root.glob(".*"):
            if folder.name.startswith(DELETED) or re.fullmatch(r"\.\d{8}-\d{6}-[0-9a-f]{6}", folder.name):
                shutil.rmtree(folder, ignore_errors=True)
        for file in self.root.glob(f"*/{FILES}/{UPLOADING}*"):
            with contextlib.suppress(OSError):
                file.unlink()

    def _forget_check(self, draft_id: str) -> None:
        self.change(draft_id, check_job=None)
        (self.folder(draft_id) / REPORT).unlink(missing_ok=True)

    def _write(self, folder: Path, record: DraftRecord) -> None:
        write_text_whole(folder / RECORD, record.model_dump_json(indent=1) + "\n")


def _check_no_file_on_the_way(files: Path, name: str) -> None:
    for parent in list(Path(name).parents)[:-1]:
        if (files / parent).is_file():
            raise UploadRefused(f"{parent} is a file of this import already, so that no folder can be called so.")


def _check_room(files: Path, written: int) -> None:
    """An upload leaves room for everything else, and stops before the disk is full."""
    free = shutil.disk_usage(files).free
    if free < LEAST_FREE_BYTES:
        raise UploadRefused(
            f"The disk is nearly full: {free / 1e6:,.0f} MB are free after {written / 1e6:,.0f} MB of this upload. "
            "Make room, or name a path: data that lies on this machine is read in place.",
            status_code=507,
            code="no_room",
        )
