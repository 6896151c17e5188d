"""Several answers as one stream of server-sent events. Knows how they are woven together, not who answers.

The format is at https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import TypeVar

from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

KEEP_ALIVE_SECONDS = 10.0
KEEP_ALIVE = ": waiting\n\n"

Item = TypeVar("Item")


class EventStream(StreamingResponse):
    """Ends its generator when the client hangs up, also where it was waiting for the client to read."""

    media_type = "text/event-stream"

    def __init__(self, lines: AsyncGenerator[str]) -> None:
        super().__init__(lines, headers={"Cache-Control": "no-store"})
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with contextlib.aclosing(self._lines):
            await super().__call__(scope, receive, send)


async def event_lines(events: AsyncGenerator[BaseModel]) -> AsyncGenerator[str]:
    """One `data:` line an event, and a comment where there is none for a while."""
    async with contextlib.aclosing(events):
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=KEEP_ALIVE_SECONDS)
                if not done:
                    yield KEEP_ALIVE
                elif (event := coming.result()) is None:
                    return
                else:
                    yield f"data: {event.model_dump_json()}\n\n"
                    coming = asyncio.ensure_future(anext(events, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def woven(sources: Sequence[AsyncGenerator[Item]]) -> AsyncGenerator[Item]:
    """The items of all sources, in the order they come. A source goes on only as fast as items are taken.

    Sources raise nothing.
    """
    items: asyncio.Queue[Item | None] = asyncio.Queue(maxsize=1)

    async def pump(source: AsyncGenerator[Item]) -> None:
        async with contextlib.aclosing(source):
            async for item in source:
                await items.put(item)
        await items.put(None)

    pumps = [asyncio.create_task(pump(source)) for source in sources]
    try:
        left = len(pumps)
        while left:
            if (item := await items.get()) is None:
                left -= 1
            else:
                yield item
    finally:
        for it in pumps:
            it.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
