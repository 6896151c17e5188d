"""The shapes that rows can have: their fields in words, the names that columns mostly have, and what is written.

An instruction becomes a prompt and a completion, or messages where it has a system prompt, which only those can hold.
"""

from dataclasses import dataclass, field
from typing import get_args

from backend.datasets.importing.schemas import FieldDescription, Mapping, Shape, ShapeDescription
from backend.datasets.schemas import DataFormat
from backend.errors import FieldError


@dataclass(frozen=True)
class Field:
    """`names` are those of columns that mostly hold it, the likeliest first."""

    name: str
    title: str
    help: str
    required: bool = True
    names: tuple[str, ...] = field(default=())


_SYSTEM = Field(
    "system", "System prompt", "What the model is told before the conversation.", False, ("system", "system_prompt")
)
_INSTRUCTIONS = ("instruction", "question", "prompt", "query", "input", "problem")
_ANSWERS = ("output", "response", "answer", "completion", "answers", "solution", "target")

FIELDS: dict[Shape, tuple[Field, ...]] = {
    "text": (Field("text", "Text", "Trained as it stands.", names=("text", "content", "document", "paragraph")),),
    "conversation": (
        Field(
            "messages",
            "Messages",
            "A list of messages with role and content, or from and value.",
            names=("messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns"),
        ),
        Field("tools", "Tools", "The functions that the assistant may call.", False, ("tools", "functions")),
        _SYSTEM,
    ),
    "instruction": (
        Field("instruction", "Instruction", "What is asked of the model.", names=_INSTRUCTIONS),
        Field("input", "Input", "What the instruction is about; set below it.", False, ("input", "context")),
        Field("output", "Output", "The answer to learn.", names=_ANSWERS),
        _SYSTEM,
    ),
    "completion": (
        Field("prompt", "Prompt", "What stands before; it may be empty.", names=("prompt",)),
        Field("completion", "Completion", "How it goes on: what is learned.", names=("completion",)),
    ),
    "preference": (
        Field(
            "prompt",
            "Prompt",
            "A question, or the messages up to the answer.",
            False,
            ("prompt", "question", "instruction", "conversations", "messages", "input", "query"),
        ),
        Field(
            "chosen",
            "Chosen",
            "The better answer.",
            names=("chosen", "chosen_response", "response_chosen", "preferred"),
        ),
        Field(
            "rejected",
            "Rejected",
            "The worse answer.",
            names=("rejected", "rejected_response", "response_rejected", "dispreferred"),
        ),
        _SYSTEM,
    ),
    "grpo": (
        Field("prompt", "Prompt", "What is asked of the model.", names=("prompt", "question", "problem")),
        Field("answer", "Answer", "What a reward compares with.", names=("answer", "solution", "ground_truth")),
        _SYSTEM,
    ),
}
TITLES: dict[Shape, tuple[str, str]] = {
    "text": ("Text", "Plain text, learned from the first word to the last."),
    "conversation": ("Conversation", "Chats of one or many turns, with tools or without."),
    "instruction": ("Question and answer", "An instruction or question with its answer: Alpaca and its like."),
    "completion": ("Prompt and completion", "A text and how it goes on."),
    "preference": ("Preference", "A better and a worse answer, for training on preferences."),
    "grpo": ("Prompt and reference", "A prompt with the answer that rewards compare with, for reinforcement learning."),
}


def descriptions() -> list[ShapeDescription]:
    return [
        ShapeDescription(
            shape=shape,
            title=TITLES[shape][0],
            help=TITLES[shape][1],
            fields=[
                FieldDescription(name=it.name, title=it.title, required=it.required, help=it.help)
                for it in FIELDS[shape]
            ],
        )
        for shape in get_args(Shape)
    ]


def check_mapping(mapping: Mapping) -> None:
    """Raises FieldError for fields that the shape has not, or that it needs."""
    known = {it.name for it in FIELDS[mapping.shape]}
    title = TITLES[mapping.shape][0]
    if unknown := sorted(set(mapping.columns) - known):
        raise FieldError("mapping", f"'{title}' has no field {unknown[0]}; it has {', '.join(sorted(known))}.")
    for it in FIELDS[mapping.shape]:
        if it.required and not mapping.columns.get(it.name):
            raise FieldError("mapping", f"'{title}' needs a column for {it.title.lower()}.")


def written_format(mapping: Mapping) -> DataFormat:
    match mapping.shape:
        case "text" | "preference" | "grpo":
            return mapping.shape
        case "conversation":
            return "messages"
        case "completion":
            return "prompt_completion"
        case "instruction":
            return "messages" if mapping.columns.get("system") else "prompt_completion"
