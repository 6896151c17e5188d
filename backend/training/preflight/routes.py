"""The pre-flight over REST: a measurement that lasts as long as its request."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.training.config import TrainingConfig
from backend.training.preflight.measuring import Preflight
from backend.training.preflight.schemas import PreflightResult

router = APIRouter(tags=["training"])
LOOK_AFTER_SECONDS = 0.5


def preflight_of(request: Request) -> Preflight:
    preflight: Preflight = request.app.state.preflight
    return preflight


PreflightOfApp = Annotated[Preflight, Depends(preflight_of)]


@router.post("/training/preflight")
async def measure_training(config: TrainingConfig, request: Request, preflight: PreflightOfApp) -> PreflightResult:
    """Takes a few real steps and predicts the run's memory and time. Ends when the client goes away."""
    measuring = asyncio.create_task(preflight.measure(config))
    while not measuring.done():
        await asyncio.wait({measuring}, timeout=LOOK_AFTER_SECONDS)
        if await request.is_disconnected():
            await preflight.cancel()
    return await measuring


@router.delete("/training/preflight", status_code=204)
async def cancel_preflight(preflight: PreflightOfApp) -> None:
    """Ends the measurement, if there is one; whoever asked for it is told."""
    await preflight.cancel()
