"""Reads a model's config.json and refuses, in words, what is no language model. Knows JSON, not mlx-lm's types."""

from pathlib import Path
from typing import Any

from backend.errors import AppError
from backend.json_files import UnreadableJson, read_json

OTHER_MODELS = {
    "a text encoder": ("bert", "roberta", "xlm-roberta", "distilbert", "albert", "electra", "deberta", "deberta-v2",
                     "mpnet", "modernbert", "nomic_bert", "camembert", "new", "esm"),
    "an image encoder": ("clip", "clip_text_model", "clip_vision_model", "siglip", "siglip_vision_model", "vit",
                      "dinov2", "convnext", "resnet", "swin", "beit", "deit"),
    "a speech model": ("whisper", "wav2vec2", "hubert", "wavlm", "speecht5", "encodec", "bark"),
    "an encoder-decoder": ("t5", "mt5", "bart", "mbart", "pegasus", "m2m_100", "marian", "blenderbot"),
}  # fmt: skip
GENERATES_TEXT = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration", "LMModel")


class ModelRefused(AppError):
    """A folder that holds no model that can be used here."""

    code = "model_refused"


def read_config(folder: Path) -> dict[str, Any]:
    """The object in `folder`/config.json, with at least a `model_type`. Raises ModelRefused in words."""
    config = _read_object(folder / "config.json", folder)
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise ModelRefused(
            f"{folder / 'config.json'} has no model_type; a Hugging Face language model says there what it is, "
            'such as "model_type": "qwen2".'
        )
    if what := other_kind(model_type):
        raise ModelRefused(not_a_language_model(folder.name, what))
    return config


def other_kind(model_type: str) -> str | None:
    """ "bert is a text encoder"; None for a type that may be a language model."""
    kind = next((kind for kind, types in OTHER_MODELS.items() if model_type in types), None)
    return f"{model_type} is {kind}" if kind else None


def not_a_language_model(name: str, what: str) -> str:
    """The sentence for a model of another kind, `what` such as "bert is a text encoder"."""
    return (
        f"{name} is no language model that can be fine-tuned here: {what}. "
        "Choose a model that generates text, such as a Qwen, Llama, Mistral or Gemma model."
    )


def generates_text(config: dict[str, Any]) -> bool:
    """Whether the recorded architectures, if any, are of a kind that generates text."""
    names = architectures(config)
    return not names or any(name.endswith(GENERATES_TEXT) for name in names)


def architectures(config: dict[str, Any]) -> list[str]:
    """The classes that the configuration was written for, in the words of transformers."""
    names = config.get("architectures")
    return [str(name) for name in names] if isinstance(names, list) else [names] if isinstance(names, str) else []


def language_part(config: dict[str, Any]) -> dict[str, Any]:
    """The part of a configuration that describes the language model: `text_config` in multimodal ones."""
    part = config.get("text_config")
    return part if isinstance(part, dict) else config


def layer_count(config: dict[str, Any]) -> int | None:
    """How many layers the model has, by whichever name its architecture gives that number."""
    return setting(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_transformer_layers")


def context_length(config: dict[str, Any]) -> int | None:
    """How many tokens the model was made to see at once."""
    return setting(config, "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length")


def quantization_bits(config: dict[str, Any]) -> int | None:
    """Bits of a weight, where the configuration says that the base is quantised."""
    for name in ("quantization", "quantization_config"):
        settings = config.get(name)
        if isinstance(settings, dict):
            method = str(settings.get("quant_method"))
            if method == "fp8" and not keeps_fp8(settings):
                continue
            bits = settings.get("bits") or {"mxfp4": 4, "fp8": 8, "mxfp8": 8}.get(method)
            if isinstance(bits, int):
                return bits
    return None


def keeps_fp8(settings: dict[str, Any]) -> bool:
    """Whether mlx-lm keeps weights of 8-bit floats packed: it unpacks all other kinds to bfloat16."""
    return settings.get("scale_fmt") == "ue8m0" and settings.get("weight_block_size") == [32, 32]


def setting(config: dict[str, Any], *names: str) -> int | None:
    """The first whole number that the configuration has under one of the names, its language part first."""
    for part in (language_part(config), config):
        for name in names:
            value = part.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
    return None


def _read_object(path: Path, folder: Path) -> dict[str, Any]:
    if folder.is_symlink() and not folder.exists():
        raise ModelRefused(f"The link {folder} leads nowhere: {folder.readlink()} is gone.")
    if not folder.exists():
        raise ModelRefused(f"There is no folder {folder}.", status_code=404, code="not_found")
    if not folder.is_dir():
        raise ModelRefused(f"{folder} is a file; a model is a folder with a config.json and its weights.")
    if not path.is_file():
        raise ModelRefused(f"{folder} is not a model folder: {_instead(folder)}.")
    try:
        config = read_json(path)
    except UnreadableJson as error:
        raise ModelRefused(f"{path} is {error}.") from error
    if not isinstance(config, dict):
        raise ModelRefused(f"{path} holds no JSON object, so it does not describe a model.")
    return config


def _instead(folder: Path) -> str:
    if (folder / "adapter_config.json").is_file():
        return "it holds an adapter (adapter_config.json); choose the base model that the adapter was made for"
    if (folder / "model_index.json").is_file():
        return "it holds an image generation pipeline (model_index.json)"
    if any(folder.glob("*.gguf")):
        return "it holds a GGUF file; MLX needs the Hugging Face folder with config.json and safetensors"
    return "it has no config.json"
