"""Writes a converted model as mlx-lm's `save` does, a layer at a time: seen while it goes, and in bounded memory.

At most one file of weights (mlx-lm's 5 GB) and one layer of the base are in memory at once.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten, tree_map
from mlx_lm.utils import get_total_parameters, make_shards, save_config

from backend.models.conversion.files import RECORD
from backend.models.origin import ORIGIN
from backend.whole_files import flush
from backend.workers.conversion.recipe import Converted

INDEX = "model.safetensors.index.json"
BESIDE_THE_WEIGHTS = (
    "*.json", "*.jinja", "*.model", "*.tiktoken", "*.txt", "*.jsonl", "*.md", "*.py",
    "LICEN[CS]E*", "NOTICE*", "COPYING*", "USE_POLICY*",
)  # fmt: skip
OF_THE_WEIGHTS = ("config.json", "hf_quant_config.json", "quantize_config.json", "quant_config.json", RECORD, ORIGIN)
"""What says how the base's weights are kept, or whence they came: it would be wrong of the new ones."""
TEMPLATES = "additional_chat_templates"

Progress = Callable[[str], None]
Shard = dict[str, mx.array]


class Writer:
    """Takes the weights out of the model: when they are written nothing else holds them.

    Steps are counted before anything is computed; each is a layer, or a module outside of the layers.
    """

    def __init__(self, converted: Converted) -> None:
        model = converted.model
        self._config = converted.config
        self._has_vision = "vision_tower" in getattr(model, "model", {})
        self._parameters = get_total_parameters(model)
        weights: Any = tree_flatten(model.parameters(), destination={})
        self._bytes = sum(array.nbytes for array in weights.values())
        self._shards: list[Shard] = make_shards(weights)
        self._layers = 1 + max((_layer(name) or 0 for name in weights), default=0)
        self.steps = sum(1 for shard in self._shards for _ in _by_layer(shard))
        weights.clear()
        model.update(tree_map(lambda _: mx.array([]), model.parameters()))

    def write(self, source: Path, folder: Path, progress: Progress) -> None:
        """`progress` is told after each step what has been written."""
        folder.mkdir(parents=True)
        count = len(self._shards)
        places: dict[str, str] = {}
        for number in range(1, count + 1):
            name = f"model-{number:05d}-of-{count:05d}.safetensors" if count > 1 else "model.safetensors"
            shard = self._shards.pop(0)
            for part, names in _by_layer(shard):
                mx.eval([shard[it] for it in names])
                progress(f"layer {part + 1} of {self._layers}" if part is not None else _outside(names))
            mx.save_safetensors(str(folder / name), shard, metadata={"format": "mlx"})
            places |= dict.fromkeys(shard, name)
            del shard
            mx.clear_cache()
        total = {"total_size": self._bytes, "total_parameters": self._parameters}
        (folder / INDEX).write_text(
            json.dumps({"metadata": total, "weight_map": dict(sorted(places.items()))}, indent=4)
        )
        save_config(self._config, folder / "config.json", keep_vision_config=self._has_vision)
        copy_beside(source, folder)
        for file in folder.iterdir():
            flush(file)
        flush(folder)


def copy_beside(source: Path, folder: Path) -> None:
    """Tokenizer, chat templates, licence, README and the like, as they are."""
    for file in sorted({file for pattern in BESIDE_THE_WEIGHTS for file in source.glob(pattern) if file.is_file()}):
        if file.name not in OF_THE_WEIGHTS and not file.name.endswith(".index.json"):
            shutil.copyfile(file, folder / file.name)
    if (source / TEMPLATES).is_dir():
        shutil.copytree(source / TEMPLATES, folder / TEMPLATES)


def _by_layer(shard: Shard) -> Iterator[tuple[int | None, list[str]]]:
    """Names in their order: those of a layer together, with its number; those outside with None."""
    for (layer, _), names in groupby(shard, key=lambda name: (_layer(name), _layer(name) is None and _module(name))):
        yield layer, list(names)


def _layer(name: str) -> int | None:
    return next((int(part) for part in name.split(".") if part.isdigit()), None)


def _module(name: str) -> str:
    return name.rpartition(".")[0]


def _outside(names: list[str]) -> str:
    return _module(names[0]) or names[0]
