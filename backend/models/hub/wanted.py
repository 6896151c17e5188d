"""Which files of a repository a model needs, and why a repository holds no model for us. Knows names, no network."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from backend.models.config import GENERATES_TEXT, not_a_language_model, other_kind
from backend.models.files import TOKENIZER_FILES, WEIGHTS

WANTED = (WEIGHTS, "*.json", "*.jinja", "*.txt", "tokenizer.model", "*.tiktoken", "README.md",
          "LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*")  # fmt: skip
"""Of the files beside config.json; those in folders are other copies of the same."""
UNWANTED = ("pytorch_model*", "*.bin.index.json", "flax_model*", "tf_model*", "consolidated*", "adapter_*.json",
            "training_args*", "trainer_state*", "all_results*", "requirements*.txt")  # fmt: skip
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def wanted(names: Iterable[str]) -> list[str]:
    """Never pickles, never code."""
    return sorted(name for name in names if "/" not in name and _any(name, WANTED) and not _any(name, UNWANTED))


def obstacle(repo_id: str, names: Sequence[str], model_type: str | None, architectures: Sequence[str]) -> str | None:
    """Why these files are no model that can be fine-tuned here; None where they are one."""
    if "config.json" not in names:
        return f"{repo_id} is no language model: {_instead(names)}."
    if model_type and (kind := other_kind(model_type)):
        return not_a_language_model(repo_id, kind)
    if architectures and not any(name.endswith(GENERATES_TEXT) for name in architectures):
        return not_a_language_model(repo_id, f"{', '.join(architectures)} generates no text")
    if not any(fnmatch(name, WEIGHTS) for name in names):
        return f"{repo_id} cannot be used: {_no_weights(names)}."
    if not any(name in names for name in TOKENIZER_FILES):
        return f"{repo_id} has no tokenizer that can be read without running its code."
    return None


def _instead(names: Sequence[str]) -> str:
    if "adapter_config.json" in names:
        return "it holds an adapter; download the base model that the adapter was made for"
    if "model_index.json" in names:
        return "it holds an image generation pipeline"
    if _has(names, "*.gguf"):
        return "it holds GGUF files; MLX needs the repository with config.json and safetensors, often named in its card"
    return "it has no config.json"


def _no_weights(names: Sequence[str]) -> str:
    if _has(names, *PICKLES):
        return (
            "its weights are pickles (.bin), which can run code when they are read, and are never downloaded. Look for "
            "a repository with the same model as safetensors"
        )
    if _has(names, "*.gguf"):
        return "its weights are GGUF files; MLX needs safetensors"
    return f"it has no weights that mlx-lm loads ({WEIGHTS})"


def _has(names: Sequence[str], *patterns: str) -> bool:
    return any(_any(Path(name).name, patterns) for name in names)


def _any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
