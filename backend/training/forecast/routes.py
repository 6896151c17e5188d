"""Forecasts over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.training.config import TrainingConfig
from backend.training.forecast.forecasting import Forecaster
from backend.training.forecast.schemas import Forecast

router = APIRouter(tags=["forecast"])


def forecaster(request: Request) -> Forecaster:
    found: Forecaster = request.app.state.forecaster
    return found


@router.post("/training/forecast")
async def forecast_training(config: TrainingConfig, forecaster: Annotated[Forecaster, Depends(forecaster)]) -> Forecast:
    """Memory and time of a run at once, from shapes, the lengths of the data, and how fast this model was before."""
    return await forecaster.forecast(config)
