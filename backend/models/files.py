"""Which files make a folder a whole model, for mlx-lm and its tokenizers. Knows names, not contents."""

from pathlib import Path

from backend.json_files import UnreadableJson, read_json

WEIGHTS = "model*.safetensors"
"""The weight files that mlx-lm loads."""
INDEX = "model.safetensors.index.json"
"""Names the weight files, where there are several."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "tiktoken.model", "tokenizer_config.json")
"""Any one of these is enough for transformers to try."""


def missing_part(folder: Path) -> str | None:
    """A sentence about what the folder lacks to be used; None where it has everything."""
    found = {file.name for file in folder.glob(WEIGHTS) if file.is_file()}
    if not found:
        return f"{folder.name} has no weights: mlx-lm looks for {WEIGHTS} in the folder."
    named = _named(folder)
    # An index that names none of the files is of an earlier state of the folder.
    if named & found and (missing := sorted(named - found)):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return f"{folder.name} is not whole: {missing[0]}{more} is missing. Download or copy it again."
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        return f"{folder.name} has no tokenizer: add tokenizer.json and tokenizer_config.json."
    return None


def _named(folder: Path) -> set[str]:
    """The weight files that the index speaks of."""
    if not (folder / INDEX).is_file():
        return set()
    try:
        index = read_json(folder / INDEX)
    except UnreadableJson:
        return set()
    named = index.get("weight_map") if isinstance(index, dict) else None
    return {str(file) for file in named.values()} if isinstance(named, dict) else set()
