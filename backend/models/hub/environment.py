"""Sets up huggingface_hub before its first import, and says where the hub is. Knows variables, asks nobody."""

import os

HUB = "https://huggingface.co"
PROGRAM = "droid-finetuning"
"""What the hub is told of who asks, beside versions."""


def quiet() -> None:
    """huggingface_hub reports nothing about its use. Call it before importing it: it reads these once."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"


def endpoint() -> str:
    """As huggingface_hub has it."""
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
