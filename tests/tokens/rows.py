"""Writes rows of data."""

import json
from pathlib import Path
from typing import Any


def write(folder: Path, *records: Any, name: str = "train.jsonl") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return file


def chat(*contents: str) -> dict[str, Any]:
    """The user begins, the assistant answers, and so on."""
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[index % 2], "content": content} for index, content in enumerate(contents)]}
