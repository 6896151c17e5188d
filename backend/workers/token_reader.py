"""Answers what rows become for a model, for as long as the server runs: python -m backend.workers.token_reader

Token views, statistics of data, and checks of a run before it starts. Keeps tokenizers and lengths; loads no weights.
"""

import os
from pathlib import Path
from typing import Any

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import DataProblem, row_of
from backend.errors import AppError, FieldError
from backend.models.config import read_config
from backend.tokens.messages import Measure, ReadWith, RunToCheck, ViewDraftRow, ViewRow
from backend.tokens.schemas import RunCheck
from backend.workers.run_check import check_files, check_run
from backend.workers.taking_turns import WAITING, Steps, Task, serve_in_turns
from backend.workers.tokens.kept import Kept, State, state_of
from backend.workers.tokens.lengths import UNCUT, Lengths, measure
from backend.workers.tokens.row_places import RowPlaces, find_rows
from backend.workers.tokens.statistics import statistics_of
from backend.workers.tokens.view import encoder_of, view_of
from backend.workers.tokens.warm_tokenizers import WarmTokenizers

KEPT_FILES = 6
KEPT_LENGTHS = 32
KEPT_CHECKS = 64


class Reader:
    def __init__(self) -> None:
        self.tokenizers = WarmTokenizers()
        self.places: Kept[State, RowPlaces] = Kept(KEPT_FILES)
        self.lengths: Kept[tuple[object, ...], Lengths] = Kept(KEPT_LENGTHS)
        self.being_measured: set[tuple[object, ...]] = set()
        self.checks: Kept[tuple[object, ...], RunCheck] = Kept(KEPT_CHECKS)

    def view(self, params: dict[str, Any]) -> Task:
        asked = ViewRow.model_validate(params)
        tokenizer = self._tokenizer(asked, "model_name")
        places = yield from self._places(asked.file)
        if asked.row >= len(places):
            raise FieldError(
                "row", f"{asked.file.name} has {len(places):,} rows, counted from 0; there is no row {asked.row:,}."
            )
        line, row = next(places.read([asked.row]))
        try:
            view = view_of(row, tokenizer, asked)
        except AppError as error:
            raise AppError(f"{asked.file.name}, line {line}: {error.detail}", code=error.code) from error
        return view.model_copy(update={"row": asked.row, "total_rows": len(places), "line": line})

    def view_draft(self, params: dict[str, Any]) -> Task:
        asked = ViewDraftRow.model_validate(params)
        tokenizer = self._tokenizer(asked, "model_name")
        yield None
        return view_of(row_of(asked.record, "This row"), tokenizer, asked)

    def statistics(self, params: dict[str, Any]) -> Task:
        asked = Measure.model_validate(params)
        tokenizer = self._tokenizer(asked, "model_name")
        splits = {}
        for split, file in asked.files.items():
            splits[split] = yield from self._lengths(file, asked, tokenizer)
        return statistics_of(splits, asked)

    def check_run(self, params: dict[str, Any]) -> Task:
        run = RunToCheck.model_validate(params)
        read_config(run.folder)
        check_files(run.folder)
        tokenizer = self._tokenizer(run, "model_path")
        files = tuple(state_of(file) if file and file.is_file() else None for file in (run.train, run.valid))
        settings = (run.max_seq_length, run.mask_prompt, run.train_on_turns, run.batch_tokens)
        asked = (self.tokenizers.content(run.folder), files, settings)
        if asked not in self.checks:
            self.checks[asked] = yield from check_run(run, tokenizer)
        return self.checks[asked]

    def _tokenizer(self, asked: ReadWith, field: str) -> TokenizerWrapper:
        try:
            return self.tokenizers.of(asked.folder)
        except AppError as error:
            raise FieldError(field, error.detail, code=error.code) from error

    def _places(self, file: Path) -> Steps[RowPlaces]:
        try:
            state = state_of(file)
        except OSError as error:
            raise DataProblem(f"{file} cannot be read: {error.strerror}.") from error
        if state not in self.places:
            self.places[state] = yield from find_rows(file)
        return self.places[state]

    def _lengths(self, file: Path, asked: Measure, tokenizer: TokenizerWrapper) -> Steps[Lengths]:
        places = yield from self._places(file)
        key = (self.tokenizers.content(asked.folder), state_of(file), asked.mask_prompt, asked.train_on_turns)
        while key in self.being_measured:
            yield WAITING
        if key not in self.lengths:
            encoder = encoder_of(tokenizer, asked.model_copy(update={"max_seq_length": UNCUT}))
            self.being_measured.add(key)
            try:
                self.lengths[key] = yield from measure(places, encoder)
            finally:
                self.being_measured.remove(key)
        return self.lengths[key]


def main() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    reader = Reader()
    serve_in_turns(
        {
            "view": reader.view,
            "view_draft": reader.view_draft,
            "statistics": reader.statistics,
            "check_run": reader.check_run,
        }
    )


if __name__ == "__main__":
    main()
