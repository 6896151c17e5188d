"""Answers questions about models for as long as the server runs: python -m backend.workers.inspector

Their profiles, and sketches of conversions; loads no weights.
"""

from pathlib import Path
from typing import Any

from backend.models.conversion.schemas import Recipe
from backend.workers.conversion.recipe import sketch
from backend.workers.profile import read_profile
from backend.workers.resident import serve


def profile(params: dict[str, Any]) -> dict[str, Any]:
    return read_profile(Path(params["folder"])).model_dump()


def sketch_conversion(params: dict[str, Any]) -> dict[str, Any]:
    return sketch(Path(params["folder"]), Recipe.model_validate(params["recipe"])).model_dump()


def main() -> None:
    serve({"profile": profile, "sketch_conversion": sketch_conversion})


if __name__ == "__main__":
    main()
