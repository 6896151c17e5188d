"""Errors as the callers of an address read them: in OpenAI's form under /v1, in our own elsewhere.

https://platform.openai.com/docs/guides/error-codes
"""

from collections.abc import Mapping
from typing import Any

from backend.errors import AppError

OPENAI_STATUS = {422: 400}
"""OpenAI answers 400 for every body that is not as it should be, and its clients look for that."""


def is_openai(path: str) -> bool:
    return path.startswith("/v1/")


def error_form(error: AppError, path: str) -> tuple[int, Mapping[str, Any]]:
    """Status and body."""
    return openai_form(error) if is_openai(path) else (error.status_code, error.body())


def openai_form(error: AppError) -> tuple[int, Mapping[str, Any]]:
    """`param` is the field that is wrong, None where it is none or several."""
    status = OPENAI_STATUS.get(error.status_code, error.status_code)
    return status, {
        "error": {
            "message": error.detail,
            "type": _type(status),
            "param": (error.fields[0]["field"] or None) if len(error.fields) == 1 else None,
            "code": error.code,
        }
    }


def _type(status: int) -> str:
    match status:
        case 401:
            return "authentication_error"
        case 403:
            return "permission_error"
    return "server_error" if status >= 500 else "invalid_request_error"
