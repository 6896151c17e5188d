"""Turns everything that can go wrong in a request into the form of errors that its caller reads."""

import difflib
import errno
import json
import logging
import reprlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from backend.error_forms import error_form
from backend.errors import AppError, FieldMessage, Unforeseen

logger = logging.getLogger(__name__)

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 120

NO_ROOM = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your share of the disk is used up",
    errno.EFBIG: "A file would become larger than it may be",
}


class NoRoom(AppError):
    """Something could not be written for want of space."""

    status_code = 507
    code = "no_room"


def answer_problems(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    async def refused(request: Request, error: AppError) -> Response:
        return _answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        if isinstance(error.body, bytes):  # FastAPI reads JSON only where it is called so
            return _answer(
                request,
                AppError(
                    "The body must be a JSON object: send it with Content-Type: application/json.",
                    status_code=422,
                    code="invalid_body",
                ),
            )
        return _answer(request, describe(error.errors(), _fields(request)))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        if reason := _unreadable(error.__cause__):
            return _answer(request, AppError(f"The body is not valid JSON: {reason}.", code="invalid_json"))
        sentences = {
            404: f"There is nothing at {request.url.path}.",
            405: f"{request.url.path} does not answer {request.method}.",
        }
        detail = sentences.get(error.status_code, str(error.detail))
        return _answer(request, AppError(detail, code="http", status_code=error.status_code), error.headers)

    @app.exception_handler(OSError)
    async def no_room(request: Request, error: OSError) -> Response:
        if error.errno not in NO_ROOM:
            raise error
        logger.error("%s %s: %s", request.method, request.url.path, error)
        place = Path(error.filename) if isinstance(error.filename, str) else request.app.state.settings.home
        return _answer(request, NoRoom(f"{NO_ROOM[error.errno]}: {_room(place)}. Make room and try again."))

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        logger.exception("%s %s failed", request.method, request.url.path)
        return _answer(request, Unforeseen(error))


def describe(errors: Iterable[Any], known_fields: Iterable[str]) -> AppError:
    """A request body that is not what it should be, in words: 400 where it is no JSON, else 422."""
    fields: list[FieldMessage] = []
    for error in errors:
        if error["type"] == "json_invalid":
            return AppError(f"The body is not valid JSON: {error['ctx']['error']}.", code="invalid_json")
        name = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
        fields.append({"field": name, "message": _sentence(name, error, known_fields)})
    detail = " ".join(field["message"] for field in fields)
    return AppError(detail, status_code=422, code="invalid_body", fields=fields)


def _answer(request: Request, error: AppError, headers: Mapping[str, str] | None = None) -> Response:
    """What people sent is quoted in answers, so that half a character in it must not keep the answer from them."""
    status, content = error_form(error, request.url.path)
    body = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def _fields(request: Request) -> list[str]:
    """The fields of the body that the address takes."""
    body = getattr(request.scope.get("route"), "body_field", None)
    model = body.field_info.annotation if body else None
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _unreadable(cause: BaseException | None) -> str | None:
    """Why a body could not be read as JSON, for what FastAPI only calls an error."""
    match cause:
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case RecursionError():
            return "it is nested too deeply"
        case ValueError():
            return "a whole number in it has thousands of digits"
    return None


def _room(place: Path) -> str:
    there = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return f"{place} could not be written, and {free / 1e6:,.1f} MB are free there"


def _sentence(name: str, error: Any, known_fields: Iterable[str]) -> str:
    if not name:
        return f"The body must be a JSON {'list' if error['type'] == 'list_type' else 'object'}."
    if error["type"] == "missing":
        return f"'{name}' is missing."
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known_fields, n=1)
        return f"There is no field '{name}'" + (f"; did you mean '{near[0]}'?" if near else ".")
    return f"'{name}': {error['msg'][:1].lower()}{error['msg'][1:]}, not {_short.repr(error['input'])}."
