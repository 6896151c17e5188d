"""Conversions of base models over REST. Progress, cancel and delete are those of the job of the same id."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.jobs.schemas import Job
from backend.models.conversion.manager import ConversionManager
from backend.models.conversion.schemas import Conversion, ConversionEstimate, ConversionRequest

router = APIRouter(tags=["conversions"])


def conversion_manager(request: Request) -> ConversionManager:
    manager: ConversionManager = request.app.state.conversions
    return manager


Manager = Annotated[ConversionManager, Depends(conversion_manager)]


@router.post("/models/convert", status_code=201)
async def convert_model(body: ConversionRequest, manager: Manager) -> Job:
    """Makes a quantised or otherwise stored copy of a base model, as a job, and measures what that costs."""
    return await manager.start(body)


@router.post("/models/convert/estimate")
async def estimate_conversion(body: ConversionRequest, manager: Manager) -> ConversionEstimate:
    """The exact size of what would be made, and whether it could start now; starts nothing."""
    return await manager.estimate(body)


@router.get("/conversions")
def list_conversions(manager: Manager) -> list[Conversion]:
    """Waiting, running and ended ones, the newest first."""
    return manager.conversions()


@router.get("/conversions/{job_id}")
async def get_conversion(job_id: str, manager: Manager) -> Conversion:
    return manager.get(job_id)
