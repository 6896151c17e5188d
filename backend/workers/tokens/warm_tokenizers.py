"""Keeps tokenizers that were read, so that the next question about the same model does not read them again."""

import hashlib
from pathlib import Path

from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.workers.base_model import read_tokenizer
from backend.workers.tokens.kept import Kept, State, state_of

KEPT_TOKENIZERS = 4
KEPT_DIGESTS = 64
READ_WITH_TOKENIZER = ("config.json", "generation_config.json", "vocab.*", "merges.txt", "*token*", "*chat_template*")


class WarmTokenizers:
    """Tokenizers by the content of the files that make them."""

    def __init__(self) -> None:
        self._kept: Kept[str, TokenizerWrapper] = Kept(KEPT_TOKENIZERS)
        self._digests: Kept[tuple[State, ...], str] = Kept(KEPT_DIGESTS)

    def of(self, folder: Path) -> TokenizerWrapper:
        return self._kept.get(self.content(folder), lambda: read_tokenizer(folder))

    def content(self, folder: Path) -> str:
        """A digest of everything that a tokenizer is read from."""
        files = sorted({file for pattern in READ_WITH_TOKENIZER for file in folder.glob(pattern) if file.is_file()})
        return self._digests.get(tuple(state_of(file) for file in files), lambda: _digest(files))


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
