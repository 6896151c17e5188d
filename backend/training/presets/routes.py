"""Presets of settings over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends

from backend.training.config import TrainingConfig
from backend.training.manager import TrainingManager
from backend.training.presets.schemas import Preset
from backend.training.presets.suggesting import suggest
from backend.training.routes import training_manager

router = APIRouter(tags=["training"])


@router.post("/training/presets")
async def suggest_presets(
    config: TrainingConfig, manager: Annotated[TrainingManager, Depends(training_manager)]
) -> list[Preset]:
    """A quick look, a solid run and a thorough one for this model and data, from what the data holds."""
    return await suggest(config, manager.planner)
