"""Has mlx_lm itself compute an adapter's logits, in a process of its own. Knows folders and processes, no MLX."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.adapters.folder import CONFIG, LATEST, AdapterRecord
from backend.errors import AppError, WorkerFailed
from backend.inference.messages import AdapterWeights
from backend.json_files import read_json
from backend.process import explain_exit, worker_environment
from backend.settings import REPOSITORY

MODULE = "backend.workers.stock_logits"
LIMIT_SECONDS = 900.0
OUT_OF_MEMORY = (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS)


class NotComparable(AppError):
    """mlx_lm itself could not be asked; `detail` says why."""

    code = "not_comparable"


class StockProcess:
    """One at a time, since each holds the base model a second time. `log` takes what mlx_lm prints."""

    def __init__(self, log: Path, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._log = log
        self._limit_seconds = limit_seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._held_off_because: list[str] = []
        self._interrupted_because: str | None = None

    async def logits(self, base: Path, adapter: Path, token_ids: list[int], file: Path) -> None:
        """Write `logits` (tokens, vocabulary) of the base in `base` with the adapter in the folder `adapter`.

        The process ends with the caller. Raises NotComparable where mlx_lm cannot load them, runs out of memory or
        takes too long, WorkerFailed where it is held off.
        """
        async with self._turn:
            self._interrupted_because = next(iter(self._held_off_because), None)
            self._refuse_where_interrupted()
            process = self._process = await self._start(base, adapter, file)
            try:
                self._refuse_where_interrupted()
                answer, _ = await asyncio.wait_for(
                    process.communicate(json.dumps(token_ids).encode()), self._limit_seconds
                )
            except TimeoutError as error:
                raise NotComparable(
                    f"mlx_lm's own process was ended after {self._limit_seconds:g} seconds without an answer."
                ) from error
            finally:
                self._end()
                await process.wait()
            self._refuse_where_interrupted()
        if process.returncode:
            raise NotComparable(_why(answer, process.returncode))

    @contextlib.contextmanager
    def held_off(self, because: str) -> Iterator[None]:
        """The process that runs ends at once, and none starts: `because` says after that word who needs the memory."""
        self._held_off_because.append(because)
        self._interrupted_because = because
        self._end()
        try:
            yield
        finally:
            self._held_off_because.remove(because)

    async def _start(self, base: Path, adapter: Path, file: Path) -> Process:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", MODULE, str(base), str(file), "--adapter-path", str(adapter)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                env=worker_environment(),
                start_new_session=True,
            )

    def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _refuse_where_interrupted(self) -> None:
        if self._interrupted_because:
            raise WorkerFailed(f"The verification was interrupted, because {self._interrupted_because}. Ask again.")


@contextlib.contextmanager
def folder_for_stock(record: AdapterRecord, weights: AdapterWeights) -> Iterator[Path]:
    """A folder that mlx_lm reads as these weights: the adapter's own where that is what it reads there.

    It reads adapters.safetensors alone, and the multiplier that adapter_config.json has; for other weights or another
    multiplier a folder is made that has them under these names, and removed in the end. Raises NotComparable.
    """
    if record.config is None:
        raise NotComparable(f"mlx_lm cannot load this folder: {record.config_problem}.")
    if record.config.num_layers is None:
        raise NotComparable(
            f"mlx_lm cannot load this folder: {CONFIG} is of an early version, and today's needs num_layers there."
        )
    configured = weights.scale is None or record.lora.scale == weights.scale
    if configured and weights.file.name == LATEST:
        yield record.folder
        return
    with TemporaryDirectory(prefix="droid-verify-") as name:
        folder = Path(name)
        (folder / LATEST).symlink_to(weights.file.resolve())
        if configured:
            (folder / CONFIG).symlink_to((record.folder / CONFIG).resolve())
        else:
            config: dict[str, Any] = read_json(record.folder / CONFIG)
            config["lora_parameters"] = {**config.get("lora_parameters", {}), "scale": weights.scale}
            (folder / CONFIG).write_text(json.dumps(config))
        yield folder


def _why(answer: bytes, code: int) -> str:
    if answer:
        return f"mlx_lm cannot load this folder: {json.loads(answer)['refusal']}"
    if code in OUT_OF_MEMORY:
        return (
            "mlx_lm's own process ended before it had an answer, most likely because memory ran out: it holds the base "
            "model a second time. Close what takes memory, and verify again."
        )
    return f"mlx_lm's own process ended before it had an answer. {explain_exit(code)}"
