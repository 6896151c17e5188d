"""Asks the resident inspector what needs MLX: profiles of models."""

import hashlib
from pathlib import Path

from backend.lora.profile import ModelProfile
from backend.models.config import read_config
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

    async def warm_up(self) -> None:
        """Begin to start, so that the first question is answered sooner."""
        await self._worker.start()

    async def close(self) -> None:
        await self._worker.close()
