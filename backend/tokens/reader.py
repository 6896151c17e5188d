"""Token views and statistics of models and data by name. Knows the libraries, asks the worker."""

from pathlib import Path
from typing import Any

from backend.datasets.library import DataFiles, DatasetLibrary
from backend.datasets.schemas import SPLIT_NAMES, Split
from backend.errors import FieldError
from backend.models.library import ModelLibrary
from backend.tokens.messages import Measure, ViewDraftRow, ViewRow
from backend.tokens.schemas import (
    DataStatistics,
    DraftRowRequest,
    Encoding,
    RowRequest,
    StatisticsRequest,
    TokenView,
)
from backend.tokens.worker import TokenWorker


class TokenReader:
    def __init__(self, models: ModelLibrary, datasets: DatasetLibrary, worker: TokenWorker) -> None:
        self._models = models
        self._datasets = datasets
        self._worker = worker

    async def view(self, asked: RowRequest) -> TokenView:
        folder = self._models.resolve(asked.model_name, "model_name")
        file = self._file(asked.data, asked.split)
        return await self._worker.view(ViewRow(**_settings(asked), folder=folder, file=file, row=asked.row))

    async def view_draft(self, asked: DraftRowRequest) -> TokenView:
        folder = self._models.resolve(asked.model_name, "model_name")
        return await self._worker.view_draft(ViewDraftRow(**_settings(asked), folder=folder, record=asked.row))

    async def statistics(self, asked: StatisticsRequest) -> DataStatistics:
        """Of every split that the data has."""
        folder = self._models.resolve(asked.model_name, "model_name")
        return await self._worker.statistics(
            Measure(
                **_settings(asked),
                folder=folder,
                files=by_split(self._files(asked.data)),
                batch_size=asked.batch_size,
                batch_tokens=asked.batch_tokens,
                grad_accumulation_steps=asked.grad_accumulation_steps,
            )
        )

    def _files(self, data: str) -> DataFiles:
        try:
            return self._datasets.resolve(data, None)
        except FieldError as error:
            raise FieldError("data", error.detail, status_code=error.status_code, code=error.code) from error

    def _file(self, data: str, split: Split) -> Path:
        files = by_split(self._files(data))
        if split not in files:
            there = ", ".join(SPLIT_NAMES[one] for one in files)
            raise FieldError("split", f"{data} has no {SPLIT_NAMES[split]} split; it has {there}.")
        return files[split]


def by_split(files: DataFiles) -> dict[Split, Path]:
    there: dict[Split, Path | None] = {"train": files.train, "valid": files.valid, "test": files.test}
    return {split: file for split, file in there.items() if file is not None}


def _settings(asked: Encoding) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in Encoding.model_fields}
