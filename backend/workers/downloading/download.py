"""Downloads the files of a plan one after another, patiently, and then shows the whole folder in the library."""

import errno
import time
from collections.abc import Callable
from pathlib import Path

from huggingface_hub import errors as hub

from backend.errors import AppError
from backend.models.disk_room import gigabytes, no_room
from backend.models.files import missing_part
from backend.models.hub.refusals import in_words, is_transient, retry_after
from backend.models.hub.schemas import DownloadPlan, HubFile
from backend.models.hub.staging import PARTIAL, staging_folder
from backend.models.origin import Origin, read_origin, write_origin
from backend.whole_files import flush
from backend.workers.downloading.transfer import Damaged, Incomplete, transfer
from backend.workers.job import JobReporter

UNIT = "bytes"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MOST_PAUSE_SECONDS = 300.0


class DownloadFailed(AppError):
    code = "download_failed"


def download(plan: DownloadPlan, job_id: str, reporter: JobReporter) -> str:
    """Raises AppError for what no patience helps against. What is here stays; the next attempt goes on behind it."""
    library = Path(plan.library)
    if _is_there(plan, library / plan.name):  # an attempt that was killed before it could say so
        return _done(plan, library / plan.name)
    folder = staging_folder(library, job_id)
    folder.mkdir(parents=True, exist_ok=True)
    attempt = _Attempt(plan, folder, reporter)
    if (full := no_room(library, plan.repo_id, attempt.total - attempt.here())) is not None:
        raise full
    for file in plan.files:
        attempt.bring(file)
    reporter.progress(attempt.total, attempt.total, UNIT, "Putting it into the library")
    return _show(plan, folder, library / plan.name)


class _Attempt:
    def __init__(self, plan: DownloadPlan, folder: Path, reporter: JobReporter) -> None:
        self.total = sum(file.bytes for file in plan.files)
        self._plan = plan
        self._folder = folder
        self._reporter = reporter

    def here(self) -> int:
        return sum(self._bytes_of(file) for file in self._plan.files)

    def bring(self, file: HubFile) -> None:
        """Tries again with growing pauses, as long as now and then something arrives."""
        if (self._folder / file.name).is_file():
            return
        before = self.here() - self._bytes_of(file)
        pauses = iter(self._plan.pauses_seconds)
        damaged = False
        while True:
            began = self._bytes_of(file)
            try:
                transfer(self._plan.repo_id, self._plan.commit, file, self._folder, self._arrived(before, file.name))
                return
            except Damaged as error:
                if damaged:
                    raise DownloadFailed(
                        f"{error}, twice. Resume it later: the hub or something on the way changes what it sends."
                    ) from error
                damaged = True
                continue
            except Exception as error:
                self._check_worth_waiting(error)
                if self._bytes_of(file) > began:
                    pauses = iter(self._plan.pauses_seconds)
                self._pause(error, next(pauses, None), before + self._bytes_of(file))

    def _check_worth_waiting(self, error: Exception) -> None:
        """Raises AppError for what waiting does not help."""
        if isinstance(error, Incomplete) or is_transient(error):
            return
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise self._full(error) from error
        if isinstance(error, hub.RevisionNotFoundError):
            raise DownloadFailed(
                f"The hub no longer has {self._plan.repo_id} as it was when this began. Delete this, and download anew."
            ) from error
        if (words := in_words(error, self._plan.repo_id)) is not None:
            raise words from error
        raise error

    def _pause(self, error: Exception, seconds: float | None, here: int) -> None:
        if seconds is None:
            raise DownloadFailed(
                f"{_what_happened(error, self._plan)} {gigabytes(here)} of {gigabytes(self.total)} are here and kept; "
                "resume it when the connection is back."
            ) from error
        seconds = min(max(seconds, retry_after(error) or 0), MOST_PAUSE_SECONDS)
        print(f"{type(error).__name__}: {error}", flush=True)
        message = f"{_what_happened(error, self._plan)} Tries again in {seconds:g} s."
        self._reporter.progress(here, self.total, UNIT, message, at_once=True)
        time.sleep(seconds)

    def _full(self, error: OSError) -> DownloadFailed:
        library = Path(self._plan.library)
        full = no_room(library, self._plan.repo_id, self.total - self.here())
        words = full.detail if full else f"The disk of {library} takes no more: {error.strerror}."
        return DownloadFailed(f"{words} What is here is kept; then resume it.", code="disk_full")

    def _arrived(self, before: int, name: str) -> Callable[[int], None]:
        return lambda bytes_here: self._reporter.progress(before + bytes_here, self.total, UNIT, f"Downloading {name}")

    def _bytes_of(self, file: HubFile) -> int:
        """What is here of a file, whole or not."""
        for path in (self._folder / file.name, self._folder / f"{file.name}{PARTIAL}"):
            if path.is_file():
                return min(path.stat().st_size, file.bytes)
        return 0


def _what_happened(error: Exception, plan: DownloadPlan) -> str:
    if isinstance(error, hub.HfHubHTTPError) and (words := in_words(error, plan.repo_id)) is not None:
        return f"{words.detail.partition('. ')[0]}."
    return "The connection to the hub was lost."


def _show(plan: DownloadPlan, folder: Path, place: Path) -> str:
    hashes = {file.name: file.sha256 or file.blob or "" for file in plan.files}
    write_origin(folder, Origin(repo_id=plan.repo_id, revision=plan.commit, files=hashes))
    if place.exists() or place.is_symlink():
        raise DownloadFailed(
            f"{plan.repo_id} is here whole, but the library has a model named {plan.name} since. Delete or rename that "
            "one, and resume this."
        )
    folder.rename(place)
    flush(place.parent)
    return _done(plan, place)


def _is_there(plan: DownloadPlan, place: Path) -> bool:
    origin = read_origin(place)
    return origin is not None and (origin.repo_id, origin.revision) == (plan.repo_id, plan.commit)


def _done(plan: DownloadPlan, place: Path) -> str:
    size = gigabytes(sum(file.bytes for file in plan.files))
    missing = missing_part(place)
    return f"{plan.name} is in the library: {size}, every file checked.{f' But {missing}' if missing else ''}"
