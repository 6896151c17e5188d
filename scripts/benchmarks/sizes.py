"""How large the bench's models and runs are: in full, and quickly to see that it works."""

from dataclasses import dataclass

from scripts.benchmarks.jobs import ModelShape

QWEN_VOCABULARY = 151_936


@dataclass(frozen=True)
class Sizes:
    """`memory_tokens` is the row's length where memory is measured, `budget_bytes` what a step may take over the
    weights where the longest sequence is sought."""

    memory_shapes: tuple[ModelShape, ...]
    memory_tokens: int
    memory_steps: int
    length_shape: ModelShape
    budget_bytes: int
    throughput_shape: ModelShape
    throughput_rows: int
    epochs: int
    masking_shape: ModelShape
    masking_tokens: int
    masking_answer: int
    masking_steps: int
    parity_shape: ModelShape
    parity_tokens: int
    parity_steps: int
    overhead_iterations: int
    overhead_batch: int


def shape(name: str, layers: int, hidden: int, intermediate: int, heads: int, vocabulary: int) -> ModelShape:
    return ModelShape(
        name=name,
        layers=layers,
        hidden=hidden,
        intermediate=intermediate,
        heads=heads,
        key_value_heads=2,
        vocabulary=vocabulary,
    )


FULL = Sizes(
    memory_shapes=(
        shape("4 layers of Qwen2.5-0.5B", 4, 896, 4864, 14, QWEN_VOCABULARY),
        shape("Qwen2.5-0.5B", 24, 896, 4864, 14, QWEN_VOCABULARY),
    ),
    memory_tokens=1024,
    memory_steps=2,
    length_shape=shape("2 layers of 256, 32,768 words", 2, 256, 704, 4, 32_768),
    budget_bytes=600_000_000,
    throughput_shape=shape("6 layers of 384", 6, 384, 1024, 6, 8192),
    throughput_rows=96,
    epochs=2,
    masking_shape=shape("4 layers of 256, Qwen's vocabulary", 4, 256, 704, 4, QWEN_VOCABULARY),
    masking_tokens=512,
    masking_answer=64,
    masking_steps=5,
    parity_shape=shape("4 layers of 192", 4, 192, 512, 6, 2048),
    parity_tokens=128,
    parity_steps=50,
    overhead_iterations=100,
    overhead_batch=32,
)

TINY = shape("2 layers of 64", 2, 64, 96, 4, 1024)

QUICK = Sizes(
    memory_shapes=(shape("2 layers of 64, 16,384 words", 2, 64, 96, 4, 16_384),),
    memory_tokens=256,
    memory_steps=1,
    length_shape=shape("2 layers of 64, 4,096 words", 2, 64, 96, 4, 4096),
    budget_bytes=18_000_000,
    throughput_shape=TINY,
    throughput_rows=16,
    epochs=1,
    masking_shape=TINY,
    masking_tokens=128,
    masking_answer=16,
    masking_steps=1,
    parity_shape=TINY,
    parity_tokens=32,
    parity_steps=50,
    overhead_iterations=10,
    overhead_batch=4,
)
