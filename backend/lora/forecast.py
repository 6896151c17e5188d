"""Forecasts the memory of a run from exact shapes and lengths, before anything is measured. Pure, no MLX."""

from pydantic import BaseModel

from backend.lora.estimate import Range, RunShape


class ModelShape(BaseModel, frozen=True):
    weight_bytes: int
    stored_bytes: int
    float_bytes: int
    layers: int
    hidden: int
    heads: int
    features: int
    vocabulary: int


def forecast_peak(model: ModelShape, run: RunShape, longest: int, trained: int, optimizer: str, full: bool) -> Range:
    raise NotImplementedError
