"""Answers questions about models and data for as long as the server runs: python -m backend.workers.inspector

Profiles of models, sketches of conversions, checks of a run before it starts. Keeps tokenizers warm, loads no weights.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.errors import AppError, FieldError
from backend.models.config import read_config
from backend.models.conversion.schemas import Recipe
from backend.workers.base_model import read_tokenizer
from backend.workers.conversion.recipe import sketch
from backend.workers.profile import read_profile
from backend.workers.resident import serve
from backend.workers.run_check import RunToCheck, check_files, check_run

KEPT_TOKENIZERS = 4
READ_WITH_TOKENIZER = ("config.json", "generation_config.json", "vocab.*", "merges.txt", "*token*", "*chat_template*")


class Tokenizers:
    """Tokenizers by the content of the files that make them, the least recently used forgotten."""

    def __init__(self) -> None:
        self._kept: dict[str, TokenizerWrapper] = {}

    def of(self, folder: Path) -> TokenizerWrapper:
        content = _content(folder)
        tokenizer = self._kept.pop(content, None) or read_tokenizer(folder)
        self._kept[content] = tokenizer
        if len(self._kept) > KEPT_TOKENIZERS:
            del self._kept[next(iter(self._kept))]
        return tokenizer


def _content(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted({file for pattern in READ_WITH_TOKENIZER for file in folder.glob(pattern) if file.is_file()}):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _state(file: Path | None) -> tuple[str, int, int] | None:
    """What changes when a file's content does; None where there is no file to tell of."""
    if file is None or not file.is_file():
        return None
    return str(file), file.stat().st_mtime_ns, file.stat().st_size


class Inspector:
    def __init__(self) -> None:
        self.tokenizers = Tokenizers()
        self.checks: dict[tuple[object, ...], dict[str, Any]] = {}

    def profile(self, params: dict[str, Any]) -> dict[str, Any]:
        return read_profile(Path(params["folder"])).model_dump()

    def sketch_conversion(self, params: dict[str, Any]) -> dict[str, Any]:
        return sketch(Path(params["folder"]), Recipe.model_validate(params["recipe"])).model_dump()

    def check_run(self, params: dict[str, Any]) -> dict[str, Any]:
        run = RunToCheck.model_validate(params)
        read_config(run.folder)
        check_files(run.folder)
        try:
            tokenizer = self.tokenizers.of(run.folder)
        except AppError as error:
            raise FieldError("model_path", error.detail, code=error.code) from error
        settings = (run.max_seq_length, run.mask_prompt, run.train_on_turns, run.batch_tokens)
        asked = (_content(run.folder), _state(run.train), _state(run.valid), *settings)
        if asked not in self.checks:
            self.checks[asked] = check_run(run, tokenizer).model_dump()
        return self.checks[asked]


def main() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    inspector = Inspector()
    serve(
        {
            "profile": inspector.profile,
            "sketch_conversion": inspector.sketch_conversion,
            "check_run": inspector.check_run,
        }
    )


if __name__ == "__main__":
    main()
