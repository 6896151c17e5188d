"""The log that long work writes as it goes: stamped events, numbered from 1, one JSON line each.

Safe for several processes at once. Knows what every event has, not what events mean.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend import jsonl

POLL_SECONDS = 0.1


class Event(BaseModel):
    """`seq` counts from 1 within a log and is given under its lock; `time` is seconds since the epoch."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    seq: int = 0
    time: float = 0.0


def append(log: Path, event: Event) -> None:
    """Stamp and append one event. Raises OSError when it cannot be written."""

    def stamped(last: bytes | None) -> str:
        seq = json.loads(last)["seq"] + 1 if last else 1
        return event.model_copy(update={"seq": seq, "time": time.time()}).model_dump_json()

    jsonl.append(log, stamped)


async def follow(log: Path, after: int, at_rest: Callable[[bytes], bool]) -> AsyncIterator[str]:
    """Lines of events newer than `after`, as they come; ends behind a last line that is `at_rest`, or with the file."""
    offset = 0
    while True:
        try:
            lines, offset = jsonl.read(log, offset)
        except FileNotFoundError:
            return
        for line in lines:
            if json.loads(line)["seq"] > after:
                yield line.decode()
        if lines and at_rest(lines[-1]):
            return
        await asyncio.sleep(POLL_SECONDS)


def tail(output: Path, tail_bytes: int) -> str:
    """The end of a worker's output, from the start of a line."""
    with output.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - tail_bytes))
        text = file.read()
    if size > tail_bytes:
        text = text[text.find(b"\n") + 1 :]
    return text.decode(errors="replace")
