"""Asks the resident inspector what needs MLX or a tokenizer: profiles of models, checks before a run."""

import hashlib
from pathlib import Path

from backend.lora.profile import ModelProfile
from backend.models.config import read_config
from backend.models.conversion.schemas import ConversionSketch, Recipe
from backend.models.schemas import RunCheck
from backend.resident_worker import ResidentWorker


class Inspector:
    """One worker for everybody; it is started by the first question."""

    def __init__(self, log: Path) -> None:
        self._worker = ResidentWorker("backend.workers.inspector", log)
        self._profiles: dict[str, ModelProfile] = {}

    async def profile(self, folder: Path) -> ModelProfile:
        """Raises AppError where the folder holds no language model that can be fine-tuned here."""
        read_config(folder)
        content = hashlib.sha256((folder / "config.json").read_bytes()).hexdigest()
        if content not in self._profiles:
            answer = await self._worker.call("profile", {"folder": str(folder)})
            self._profiles[content] = ModelProfile.model_validate(answer)
        return self._profiles[content]

    async def check_run(
        self,
        folder: Path,
        train: Path,
        valid: Path | None,
        max_seq_length: int,
        mask_prompt: bool,
        train_on_turns: str = "all",
        batch_tokens: int | None = None,
    ) -> RunCheck:
        """Reads every row as the run will. Raises AppError for what would make it fail or learn nothing."""
        answer = await self._worker.call(
            "check_run",
            {
                "folder": str(folder),
                "train": str(train),
                "valid": str(valid) if valid else None,
                "max_seq_length": max_seq_length,
                "mask_prompt": mask_prompt,
                "train_on_turns": train_on_turns,
                "batch_tokens": batch_tokens,
            },
        )
        return RunCheck.model_validate(answer)

    async def sketch_conversion(self, folder: Path, recipe: Recipe) -> ConversionSketch:
        """Raises AppError for what the recipe cannot be used on."""
        answer = await self._worker.call(
            "sketch_conversion", {"folder": str(folder), "recipe": recipe.model_dump(mode="json")}
        )
        return ConversionSketch.model_validate(answer)

    async def warm_up(self) -> None:
        """Begin to start, so that the first question is answered sooner."""
        await self._worker.start()

    async def close(self) -> None:
        await self._worker.close()
