"""What is asked: a conversation or a plain text, of which weights. Checks it without looking at any file."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.errors import FieldError
from backend.inference.schemas import AdapterFile, CompareRequest, InferenceRequest, Message, Sampling


@dataclass(frozen=True)
class Question:
    """`messages` end with the user's; `plain` is a text to be continued as it stands, in their place."""

    model_name: str
    adapter_name: str | None
    adapter_file: AdapterFile | None
    adapter_scale: float | None
    messages: list[Message]
    plain: str | None
    sampling: Sampling


def question_of(request: InferenceRequest) -> Question:
    return Question(
        model_name=request.model_name,
        adapter_name=request.adapter_name,
        adapter_file=request.adapter_file,
        adapter_scale=request.adapter_scale,
        messages=conversation(request.system_prompt, request.history, request.prompt),
        plain=None,
        sampling=sampling_of(request),
    )


def questions_of(request: CompareRequest) -> list[Question]:
    """One a column."""
    return [
        Question(
            model_name=request.model_name,
            adapter_name=column.adapter_name,
            adapter_file=column.adapter_file,
            adapter_scale=column.adapter_scale,
            messages=conversation(request.system_prompt, column.history, request.prompt),
            plain=None,
            sampling=sampling_of(request),
        )
        for column in request.columns
    ]


def conversation(system_prompt: str | None, history: Iterable[Message], prompt: str) -> list[Message]:
    """`system_prompt` None leaves it to the chat template."""
    system = [] if system_prompt is None else [Message(role="system", content=system_prompt)]
    return [*system, *history, Message(role="user", content=prompt)]


def sampling_of(request: Sampling) -> Sampling:
    return Sampling(**{name: getattr(request, name) for name in Sampling.model_fields})


def check_request(request: InferenceRequest) -> None:
    """Raises FieldError for what no model could answer."""
    check_prompt(request)
    check_history(request.history)
    check_adapter_fields(request.adapter_name, request.adapter_file, request.adapter_scale)


def check_comparison(request: CompareRequest) -> None:
    """Raises FieldError for what no column could answer."""
    check_prompt(request)
    for column in request.columns:
        check_characters("columns", column.adapter_name or "")
        check_history(column.history)


def check_prompt(request: InferenceRequest | CompareRequest) -> None:
    for field in ("prompt", "system_prompt", "model_name"):
        check_characters(field, getattr(request, field) or "")
    if not request.prompt.strip():
        raise FieldError("prompt", "The prompt is empty; write what the model is to answer.", code="empty_prompt")
    if not request.model_name.strip():
        raise FieldError("model_name", "The model's name is missing; GET /api/models lists what there is.")


def check_history(history: Iterable[Message]) -> None:
    for message in history:
        check_characters("history", message.content)
        if message.role == "system":
            raise FieldError("history", "The history holds what user and assistant said; use system_prompt as well.")


def check_adapter_fields(name: str | None, file: AdapterFile | None, scale: float | None) -> None:
    if name is None and (file is not None or scale is not None):
        raise FieldError(
            "adapter_name", "adapter_file and adapter_scale choose how an adapter is used; name the adapter."
        )


def check_characters(field: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FieldError(
            field, "The text holds half a character (a lone surrogate), so it is no valid Unicode."
        ) from error
