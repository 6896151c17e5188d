"""Sends lines to a browser as they come. Knows WebSockets, not what the lines say."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import WebSocket

from backend.errors import NotFound

NOT_FOUND = 4404


async def send_lines(socket: WebSocket, lines: AsyncIterator[str]) -> None:
    """Accept, send one text a line, close behind the last; a NotFound closes with 4404 and its sentence."""
    await socket.accept()
    sending = asyncio.create_task(_send(socket, lines))
    gone = asyncio.create_task(_until_gone(socket))
    await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, gone):
        task.cancel()
    await asyncio.gather(sending, gone, return_exceptions=True)


async def _send(socket: WebSocket, lines: AsyncIterator[str]) -> None:
    try:
        async for line in lines:
            await socket.send_text(line)
        await socket.close()
    except NotFound as error:
        await socket.close(code=NOT_FOUND, reason=error.detail[:120])


async def _until_gone(socket: WebSocket) -> None:
    """Nobody sends anything here: the only message that ends this is that the other side went away."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
