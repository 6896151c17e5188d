"""Shapes of the presets of settings, as the API gives them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from backend.training.config import Schedule

PresetName = Literal["quick", "solid", "thorough"]


class PresetSettings(BaseModel):
    """The fields of TrainingConfig that a preset sets; each preset sets all of them."""

    iterations: int
    batch_size: int
    batch_tokens: int | None
    grad_accumulation_steps: int
    learning_rate: float
    lr_schedule: Schedule
    warmup_steps: int
    max_seq_length: int
    steps_per_report: int
    steps_per_eval: int
    save_every: int
    val_batches: int
    early_stop: bool
    patience: int


class Preset(BaseModel):
    """Settings for one purpose, and in one sentence why they are so."""

    name: PresetName
    title: str
    why: str
    settings: PresetSettings
    epochs: Annotated[float, Field(description="how often the run reads the data, if it does not stop early")]
    tokens: Annotated[int, Field(description="what it reads in all, padding left out")]
    iterations: int
