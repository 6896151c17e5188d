"""Makes small models on disk: any architecture of mlx-lm from a config, random weights, a byte-level tokenizer.

`make_model(folder)` gives a Qwen2 that a test can train in seconds; `make_model(folder, CONFIGS["mixtral"])` others.
"""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map
from mlx_lm.utils import _get_classes, quantize_model
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from tests.tiny_configs import CONFIGS, VOCABULARY, config

__all__ = [
    "CHATML",
    "CONFIGS",
    "SPECIAL_TOKENS",
    "VOCABULARY",
    "config",
    "make_model",
    "make_tokenizer",
    "random_model",
]

TIED_BY_ABSENCE = ("gemma3_text", "recurrent_gemma")
"""Models whose head is tied exactly where the weights have none."""
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make_model(
    folder: Path,
    config: dict[str, Any] | None = None,
    *,
    chat_template: str | None = CHATML,
    seed: int = 0,
    quantized_bits: int | None = None,
) -> Path:
    """Writes a loadable model into `folder`: config.json, random float32 weights, tokenizer. Returns the folder.

    `quantized_bits` quantises as mlx-lm's own conversion does, in groups of 32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(config or CONFIGS["qwen2"])
    model = random_model(config, seed)
    if quantized_bits:
        model, config = quantize_model(model, config, 32, quantized_bits)
    weights = dict(tree_flatten(model.parameters()))
    if config["model_type"] in TIED_BY_ABSENCE:
        weights = {name: array for name, array in weights.items() if not name.startswith("lm_head.")}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "mlx"})
    config = {"eos_token_id": SPECIAL_TOKENS.index("<|im_end|>") + 256, **config}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    make_tokenizer(folder, chat_template=chat_template)
    return folder


def random_model(config: dict[str, Any], seed: int = 0) -> nn.Module:
    """The model of a config in float32. What starts at zero is drawn at random too, so that every part counts."""
    model_class, arguments_class = _get_classes(config)
    mx.random.seed(seed)
    model: nn.Module = model_class(arguments_class.from_dict(json.loads(json.dumps(config))))
    model.update(tree_map(_random_like, model.parameters()))
    mx.eval(model.parameters())
    return model


def make_tokenizer(folder: Path, *, chat_template: str | None = CHATML) -> None:
    """A byte-level tokenizer of 259 ids: the bytes, then SPECIAL_TOKENS; it ends a turn with <|im_end|>."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 512,
        "clean_up_tokenization_spaces": False,
    }
    if chat_template is not None:
        settings["chat_template"] = chat_template
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))


def _random_like(array: mx.array) -> mx.array:
    if not mx.issubdtype(array.dtype, mx.floating):
        return array
    if array.ndim <= 1:
        return array.astype(mx.float32) + 0.02 * mx.random.normal(array.shape)
    drawn: mx.array = mx.random.normal(array.shape) * (0.5 / array.shape[-1] ** 0.5)
    return drawn
