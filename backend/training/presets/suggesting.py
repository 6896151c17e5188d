"""Gathers what presets are made from: the model's profile, and statistics of the data with its tokenizer."""

from backend.training.config import TrainingConfig
from backend.training.planning.planner import Planner
from backend.training.presets.schemas import Preset


async def suggest(config: TrainingConfig, planner: Planner) -> list[Preset]:
    raise NotImplementedError
