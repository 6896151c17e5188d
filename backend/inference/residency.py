"""Keeps a base model in the worker's memory while somebody asks it, and gives the memory back when nobody does.

Knows who waits for the worker and since when; knows nothing of what they ask.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from backend.errors import AppError
from backend.inference.messages import Resident
from backend.inference.schemas import InferenceStatus
from backend.resident_worker import ResidentWorker

ON_REQUEST = "somebody asked to unload the model"
FOR_TRAINING = "a training run needs the memory"
FOR_MEASURING = "a measurement for a training run needs the memory"

STATUS_SECONDS = 0.2
"""How long a status waits for the worker's own figures, which it cannot give in the middle of a long prompt."""


@dataclass(eq=False)
class Use:
    """One call of the worker, from before it is sent until the worker owes nothing more."""

    folder: Path
    started: bool = False


class Residency:
    """`idle_seconds` 0 means for ever; `patience_seconds` is how long `unload` lets answers in progress go on."""

    def __init__(self, worker: ResidentWorker, idle_seconds: float, patience_seconds: float) -> None:
        self._worker = worker
        self._idle_seconds = idle_seconds
        self._patience_seconds = patience_seconds
        self._uses: list[Use] = []
        self._unused = asyncio.Event()
        self._unused.set()
        self._open = asyncio.Event()
        self._open.set()
        self._unloading = asyncio.Lock()
        self._resident: Path | None = None
        self._figures: Resident | None = None
        self._asking: asyncio.Task[None] | None = None
        self._timer: asyncio.Task[None] | None = None
        self._unloads_at: float | None = None
        self._last_unload: str | None = None

    async def enter(self, folder: Path) -> Use:
        """Before a call. Waits while the memory is being given back."""
        await self._open.wait()
        self._stop_timer()
        self._notice_death()
        use = Use(folder)
        self._uses.append(use)
        self._unused.clear()
        return use

    def started(self, use: Use) -> None:
        """The worker has the base in memory and is at the call."""
        if use in self._uses:
            use.started = True
            self._is_resident(use.folder)

    def leave(self, use: Use) -> None:
        """After a call, once or more."""
        if use not in self._uses:
            return
        self._uses.remove(use)
        if not self._uses:
            self._unused.set()
            self._start_timer()

    async def unload(self, because: str) -> None:
        """Give the memory back, once the answers in progress are complete or patience ends.

        Who is interrupted then, and the status, say why: `because` goes on after that word.
        """
        async with self._unloading:
            self._open.clear()
            try:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._unused.wait(), self._patience_seconds)
                await self._worker.close(f"The answer was interrupted, because {because}. Ask again.")
                self._gone(f"was unloaded, because {because}.")
            finally:
                self._open.set()

    async def close(self) -> None:
        await self._worker.close("The answer was interrupted, because the program ends.")
        self._stop_timer()

    def folders(self) -> set[Path]:
        """Of the models that are in memory, or being loaded."""
        resident = self._resident if self._worker.is_alive else None
        return {use.folder for use in list(self._uses)} | ({resident} if resident else set())

    async def status(self) -> InferenceStatus:
        """Starts no worker, and does not wait for one that is busy."""
        await self._ask_for_figures()
        self._notice_death()
        loading = self._uses and not any(use.started or _same(use.folder, self._resident) for use in self._uses)
        current = self._uses[0].folder if loading else self._resident
        return InferenceStatus(
            state="loading" if loading else "answering" if self._uses else "idle" if self._resident else "unloaded",
            model_name=current.name if current else None,
            memory_bytes=self._figures.memory_bytes if self._figures else None,
            rows=sum(use.started for use in self._uses),
            waiting=sum(not use.started for use in self._uses),
            adapters=self._figures.adapters if self._figures else 0,
            unloads_at=self._unloads_at,
            last_unload=self._last_unload,
        )

    async def _ask_for_figures(self) -> None:
        """One question at a time, however many ask for the status."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._take_figures())
        await asyncio.wait({self._asking}, timeout=STATUS_SECONDS)

    async def _take_figures(self) -> None:
        if not self._worker.is_alive:
            self._figures = None
            return
        with contextlib.suppress(AppError):  # it ended meanwhile
            self._figures = Resident.model_validate(await self._worker.call("resident", {}))
            self._is_resident(self._figures.model_folder)

    def _is_resident(self, folder: Path | None) -> None:
        if self._resident is not None and folder is not None and not _same(folder, self._resident):
            self._last_unload = f"{self._resident.name} was unloaded, because {folder.name} was asked for."
        self._resident = folder

    def _notice_death(self) -> None:
        """Of a worker that nobody ended: while the memory is being given back, its end is no news."""
        if self._open.is_set() and self._resident is not None and not self._worker.is_alive:
            self._gone(f"is gone from memory. {self._worker.last_end or 'Its worker ended.'}")

    def _gone(self, how: str) -> None:
        self._stop_timer()
        if self._resident is not None:
            self._last_unload = f"{self._resident.name} {how}"
        self._resident = self._figures = None

    def _start_timer(self) -> None:
        if self._idle_seconds:
            self._unloads_at = time.time() + self._idle_seconds
            self._timer = asyncio.create_task(self._unload_when_idle())

    def _stop_timer(self) -> None:
        self._unloads_at = None
        if self._timer is not None and self._timer is not asyncio.current_task():
            self._timer.cancel()

    async def _unload_when_idle(self) -> None:
        await asyncio.sleep(self._idle_seconds)
        await self.unload(f"nobody asked it anything for {_duration(self._idle_seconds)}")


def _same(folder: Path, other: Path | None) -> bool:
    """Also by a link."""
    return other is not None and folder.resolve() == other.resolve()


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"
