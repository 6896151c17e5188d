"""The unified inference call over REST."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from backend.errors import AppError
from backend.inference.manager import InferenceManager
from backend.inference.residency import ON_REQUEST
from backend.inference.schemas import (
    ColumnEvent,
    CompareRequest,
    InferenceRequest,
    InferenceResponse,
    InferenceStatus,
    VerifyRequest,
    VerifyResponse,
)
from backend.inference.streaming import EventStream

router = APIRouter(tags=["inference"])

Answer = TypeVar("Answer")


class ClientGone(AppError):
    """Nobody reads this: the client hung up."""

    status_code = 499
    code = "client_gone"


def inference_manager(request: Request) -> InferenceManager:
    manager: InferenceManager = request.app.state.inference
    return manager


Manager = Annotated[InferenceManager, Depends(inference_manager)]


@router.post("/models/inference")
async def run_inference(body: InferenceRequest, manager: Manager, request: Request) -> InferenceResponse:
    """Answers one prompt with a base model, or with an adapter on it."""
    return await while_connected(request, manager.infer(body))


@router.post(
    "/models/compare",
    response_class=StreamingResponse,
    responses={200: {"model": ColumnEvent, "content": {"text/event-stream": {}}}},
)
async def compare_answers(body: CompareRequest, manager: Manager) -> EventStream:
    """Base and adapters answer one prompt in one batch: server-sent events, each a ColumnEvent as JSON.

    What is wrong with the whole request is an error as usual; what is wrong with one column fails that column. Closing
    the connection cancels what is left.
    """
    return EventStream(await manager.compare(body))


@router.post("/models/verify")
async def verify_adapter(body: VerifyRequest, manager: Manager, request: Request) -> VerifyResponse:
    """Proves that an adapter is live: against the base, and against mlx_lm's own loading of the folder."""
    return await while_connected(request, manager.verify(body))


@router.delete("/inference/answers/{answer_id}", status_code=204)
async def cancel_answer(answer_id: str, manager: Manager) -> None:
    """Frees the row of one answer in progress; what it said until then is its answer."""
    manager.cancel(answer_id)


@router.get("/inference")
async def get_inference_status(manager: Manager) -> InferenceStatus:
    return await manager.status()


@router.post("/inference/unload")
async def unload_model(manager: Manager) -> InferenceStatus:
    """Gives the memory of base and adapters back, once the answers in progress are complete."""
    await manager.unload(ON_REQUEST)
    return await manager.status()


async def while_connected(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """The result of `work`, which is cancelled as soon as the client hangs up."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone("The client hung up before the answer was complete.")
        return await working
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
