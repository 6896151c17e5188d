"""Names the fields that an error is about as OpenAI's API does, where the program's own names differ."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backend.errors import AppError, FieldMessage

WEIGHTS = {"model_name": "model", "adapter_name": "model", "adapter_file": "model"}
CHAT = {**WEIGHTS, "prompt": "messages", "system_prompt": "messages", "history": "messages"}


@contextmanager
def fields_as(names: Mapping[str, str], otherwise: str | None = None) -> Iterator[None]:
    """Within, an AppError's fields have these names; one that is about no field is about `otherwise`."""
    try:
        yield
    except AppError as error:
        fields = [
            FieldMessage(field=names.get(field["field"], field["field"]), message=field["message"])
            for field in error.fields
        ]
        if not fields and otherwise is not None:
            fields = [FieldMessage(field=otherwise, message=error.detail)]
        raise AppError(error.detail, status_code=error.status_code, code=error.code, fields=fields) from error
