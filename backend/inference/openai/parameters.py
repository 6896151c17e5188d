"""Kinds of parameters of OpenAI's API: such as may be null, such as change nothing, and such as are not offered."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from backend.errors import FieldError

Ignored = Annotated[Any, Field(description="taken and ignored: it does not change the answer")]


def not_offered(why: str, *harmless: Any) -> AfterValidator:
    """Of a parameter that may be left out, or have a value that asks for nothing."""

    def check(value: Any, field: ValidationInfo) -> Any:
        if value not in harmless:
            name = str(field.field_name)
            # Pydantic lets it through to the caller as it is, since it is no ValueError.
            raise FieldError(name, f"{why}; leave '{name}' out.", code="unsupported_parameter")
        return value

    return AfterValidator(check)


def without_nulls(body: Any) -> Any:
    """In OpenAI's API null is as good as left out."""
    return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body


def one_or_several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def joined_text(content: Any) -> Any:
    """The text of a list of text parts."""
    if not isinstance(content, list):
        return content
    parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    if len(texts) < len(content):
        raise PydanticCustomError("parts", "a list of content may hold parts of the type text alone")
    return "".join(texts)


def prompts_of_text(prompt: Any) -> Any:
    """One prompt or several, as a list; lists of tokens are refused."""
    prompts = one_or_several(prompt)
    if isinstance(prompts, list) and any(isinstance(it, int | list) for it in prompts):
        raise PydanticCustomError("tokens", "prompts are given as text here, lists of tokens are not understood")
    return prompts
