"""What the inference manager and its resident worker say to each other, one JSON line each."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.inference.schemas import FinishReason


class AdapterWeights(BaseModel):
    """The tensors to apply to the base, and the multiplier of their update; None for whole weights."""

    file: Path
    scale: float | None


class Load(BaseModel):
    """Have this base ready; what is asked next may be interrupted."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path


class Generate(BaseModel):
    """Answer one prompt. `adapter` None asks the base; `system_prompt` None leaves it to the chat template."""

    model_config = ConfigDict(protected_namespaces=())

    model_folder: Path
    adapter: AdapterWeights | None
    prompt: str
    system_prompt: str | None
    max_tokens: int
    temperature: float
    top_p: float
    min_p: float
    top_k: int
    seed: int | None


class Generated(BaseModel):
    """`seconds` counts from the first prompt token to the last generated one, without loading.

    `generated_tokens` includes the token that ended the answer.
    """

    text: str
    prompt_tokens: int
    generated_tokens: int
    seconds: float
    finish_reason: FinishReason
    chat_template_used: bool
