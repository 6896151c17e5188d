"""The base model that is resident, with all that is kept for it. One at a time."""

import gc
from pathlib import Path

import mlx.core as mx
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.inference.messages import Loaded
from backend.models.config import context_length, setting
from backend.workers.base_model import load_base, read_tokenizer
from backend.workers.inference.adapter_files import AdapterCache
from backend.workers.inference.adapters import AdaptedModel
from backend.workers.inference.batching import batching_obstacle, prompts_at_once
from backend.workers.inference.content import Content, content_of
from backend.workers.inference.prompt_caches import PromptCaches
from backend.workers.inference.prompts import end_of_turn
from backend.workers.inference.slots import AdapterSlots


class Base:
    """A loaded base model with its tokenizer. `obstacle` says why its rows cannot share a batch, if so."""

    def __init__(self, folder: Path, content: Content) -> None:
        before_bytes = mx.get_active_memory()
        model, config = load_base(folder)
        mx.eval(model.parameters())
        self.memory_bytes = mx.get_active_memory() - before_bytes
        self.folder = folder
        self.name = folder.name
        self.content = content
        self.adapted = AdaptedModel(model)
        self.slots = AdapterSlots(model)
        self.obstacle = batching_obstacle(model)
        self.prompts_at_once = prompts_at_once(model)
        self.tokenizer: TokenizerWrapper = read_tokenizer(folder)
        self.tokenizer.eos_token_ids = self.tokenizer.eos_token_ids | end_of_turn(self.tokenizer)
        self.vocabulary = setting(config, "vocab_size")
        self.context_length = context_length(config)
        self.prompt_caches = PromptCaches()

    @property
    def loaded(self) -> Loaded:
        return Loaded(
            memory_bytes=self.memory_bytes,
            context_length=self.context_length,
            has_chat_template=self.tokenizer.has_chat_template,
        )


class Residence:
    """Keeps the base that was used last, and adapters of any base."""

    def __init__(self, adapters: AdapterCache | None = None) -> None:
        self.adapters = AdapterCache() if adapters is None else adapters
        self._base: Base | None = None

    @property
    def folder(self) -> Path | None:
        """Of the base that is in memory."""
        return self._base.folder if self._base else None

    def resident(self, folder: Path) -> Base | None:
        """The base in this folder, if it is in memory and its files are still the same."""
        same = self._base is not None and self._base.content == _content(folder)
        return self._base if same else None

    def load(self, folder: Path) -> Base:
        """The base in this folder, in place of another one. Raises ModelBroken."""
        if base := self.resident(folder):
            return base
        self._base = None
        gc.collect()
        mx.clear_cache()
        self._base = Base(folder, _content(folder))
        return self._base


def _content(folder: Path) -> Content:
    return content_of(file for file in folder.resolve().iterdir() if file.is_file())
