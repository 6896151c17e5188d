"""The unified inference call over REST."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request

from backend.errors import AppError
from backend.inference.manager import InferenceManager
from backend.inference.schemas import InferenceRequest, InferenceResponse

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
