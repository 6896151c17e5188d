"""Which files make a folder a whole model, for mlx-lm and its tokenizers. Knows names, not contents."""

from pathlib import Path

WEIGHTS = "model*.safetensors"
"""The weight files that mlx-lm loads."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tiktoken.model", "tokenizer_config.json")
"""Any one of these is enough for transformers to try."""


def missing_part(folder: Path) -> str | None:
    """A sentence about what the folder lacks to be used; None where it has everything."""
    if not any(folder.glob(WEIGHTS)):
        return f"{folder.name} has no weights: mlx-lm looks for {WEIGHTS} in the folder."
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        return f"{folder.name} has no tokenizer: add tokenizer.json and tokenizer_config.json."
    return None
