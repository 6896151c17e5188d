"""A short list of well-known open models, small to large, and whether each can be trained here.

Their shapes are those of their config.json; parameters and memory follow from them. Asks nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.lora.fit import RANK, ModelSize, loading_bytes, quantised_bytes
from backend.models.fits import fit
from backend.models.hub.schemas import CuratedModel
from backend.models.machine import float_bytes, model_memory_bytes

STORED_BYTES = 2
"""Of a parameter in the files of those that are not quantised: bfloat16."""


@dataclass(frozen=True)
class Known:
    """`bits` are those of a quantised one; `download_bytes` is about what its files take."""

    repo_id: str
    title: str
    good_for: str
    licence: str
    model_type: str
    parameters: int
    download_bytes: int
    context: int
    hidden: int
    layers: int
    heads: int
    kept_heads: int
    head_width: int
    widest: int
    vocabulary: int
    tied: bool = True
    bits: int | None = None
    gated: bool = False

    def config(self) -> dict[str, Any]:
        """The shape as a config.json has it."""
        return {
            "model_type": self.model_type,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "intermediate_size": self.widest,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kept_heads,
            "head_dim": self.head_width,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "tie_word_embeddings": self.tied,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1e6,
        }


CURATED = (
    Known("HuggingFaceTB/SmolLM2-135M-Instruct", "SmolLM2 135M",
          "Trying things out in minutes, on any machine; too small to know much.",
          "Apache 2.0", "llama", 134_515_008, 270_000_000, 8192, 576, 30, 9, 3, 64, 1536, 49152),
    Known("HuggingFaceTB/SmolLM2-360M-Instruct", "SmolLM2 360M",
          "One narrow task, such as sorting short texts or a fixed form of answer.",
          "Apache 2.0", "llama", 361_821_120, 730_000_000, 8192, 960, 32, 15, 5, 64, 2560, 49152),
    Known("Qwen/Qwen2.5-0.5B-Instruct", "Qwen2.5 0.5B",
          "Small tasks in many languages; learns a form of answer well.",
          "Apache 2.0", "qwen2", 494_032_768, 1_000_000_000, 32768, 896, 24, 14, 2, 64, 4864, 151936),
    Known("Qwen/Qwen3-0.6B", "Qwen3 0.6B",
          "Small tasks in many languages, also with steps of thought written out.",
          "Apache 2.0", "qwen3", 596_049_920, 1_500_000_000, 40960, 1024, 28, 16, 8, 128, 3072, 151936),
    Known("google/gemma-3-1b-it", "Gemma 3 1B",
          "Chat and rewriting of short texts, in many languages.",
          "Gemma", "gemma3_text", 999_885_952, 2_000_000_000, 32768, 1152, 26, 4, 1, 256, 6912, 262144, gated=True),
    Known("meta-llama/Llama-3.2-1B-Instruct", "Llama 3.2 1B",
          "Summaries and chat, mostly in English; long texts.",
          "Llama 3.2", "llama", 1_235_814_400, 2_500_000_000, 131072, 2048, 16, 32, 8, 64, 8192, 128256, gated=True),
    Known("Qwen/Qwen2.5-1.5B-Instruct", "Qwen2.5 1.5B",
          "A good first choice on a laptop: chat, extraction, simple code.",
          "Apache 2.0", "qwen2", 1_543_714_304, 3_100_000_000, 32768, 1536, 28, 12, 2, 128, 8960, 151936),
    Known("HuggingFaceTB/SmolLM2-1.7B-Instruct", "SmolLM2 1.7B",
          "Chat and rewriting in English; how it was trained is documented.",
          "Apache 2.0", "llama", 1_711_376_384, 3_400_000_000, 8192, 2048, 24, 32, 32, 64, 8192, 49152),
    Known("Qwen/Qwen3-4B-Instruct-2507", "Qwen3 4B",
          "Good answers for its size, tools, very long texts; the usual choice with 32 GB.",
          "Apache 2.0", "qwen3", 4_022_468_096, 8_100_000_000, 262144, 2560, 36, 32, 8, 128, 9728, 151936),
    Known("mlx-community/Qwen2.5-7B-Instruct-4bit", "Qwen2.5 7B, 4-bit",
          "Much knowledge for little memory: QLoRA, on a base that is quantised already.",
          "Apache 2.0", "qwen2", 7_615_616_512, 4_300_000_000, 32768, 3584, 28, 28, 4, 128, 18944, 152064,
          tied=False, bits=4),
    Known("Qwen/Qwen2.5-7B-Instruct", "Qwen2.5 7B",
          "Solid knowledge, code and many languages.",
          "Apache 2.0", "qwen2", 7_615_616_512, 15_200_000_000, 32768, 3584, 28, 28, 4, 128, 18944, 152064, tied=False),
    Known("Qwen/Qwen3-8B", "Qwen3 8B",
          "Harder tasks, with steps of thought where they help.",
          "Apache 2.0", "qwen3", 8_190_735_360, 16_400_000_000, 40960, 4096, 36, 32, 8, 128, 12288, 151936, tied=False),
)  # fmt: skip


def curated_models(in_library: Callable[[str], str | None]) -> list[CuratedModel]:
    """`in_library` says under which name the library has a repository."""
    memory, computed = model_memory_bytes(), float_bytes()
    return [
        CuratedModel(
            repo_id=known.repo_id,
            title=known.title,
            parameters=known.parameters,
            download_bytes=known.download_bytes,
            context_length=known.context,
            licence=known.licence,
            good_for=known.good_for,
            gated=known.gated,
            in_library=in_library(known.repo_id),
            fit=fit(
                size_of(known, computed), "qlora" if known.bits else "lora", memory, quantised=known.bits is not None
            ),
        )
        for known in CURATED
    ]


def size_of(known: Known, computed: int) -> ModelSize:
    """Its seven matrices a layer are what LoRA adapts."""
    asked, kept = known.heads * known.head_width, known.kept_heads * known.head_width
    features = 2 * (known.hidden + asked) + 2 * (known.hidden + kept) + 3 * (known.hidden + known.widest)
    packed = quantised_bytes(known.parameters)
    weights = packed if known.bits else known.parameters * computed
    return ModelSize(
        weight_bytes=weights,
        loading_bytes=weights if known.bits else loading_bytes(known.parameters * STORED_BYTES, weights),
        quantised_bytes=packed,
        layers=known.layers,
        hidden=known.hidden,
        widest=known.widest,
        cached_features=2 * known.layers * kept,
        vocabulary=known.vocabulary,
        adapter_parameters=RANK * known.layers * features,
        float_bytes=computed,
        context=known.context,
    )
