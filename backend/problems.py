"""Turns everything that can go wrong in a request into the one shape of errors: detail, code, fields."""

import difflib
import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from backend.errors import AppError, FieldMessage
from backend.inference.schemas import InferenceRequest
from backend.training.config import TrainingConfig

logger = logging.getLogger(__name__)

KNOWN_FIELDS = (*TrainingConfig.model_fields, *InferenceRequest.model_fields)


def answer_problems(app: FastAPI) -> None:
    @app.exception_handler(AppError)
    async def refused(request: Request, error: AppError) -> JSONResponse:
        return JSONResponse(error.body(), status_code=error.status_code)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        problem = describe(error.errors())
        return JSONResponse(problem.body(), status_code=problem.status_code)

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> JSONResponse:
        sentences = {
            404: f"There is nothing at {request.url.path}.",
            405: f"{request.url.path} does not answer {request.method}.",
        }
        detail = sentences.get(error.status_code, str(error.detail))
        return JSONResponse(AppError(detail, code="http").body(), status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        logger.exception("%s %s failed", request.method, request.url.path)
        detail = f"This went wrong inside the program ({type(error).__name__}); its log says where."
        return JSONResponse(AppError(detail, code="internal").body(), status_code=500)


def describe(errors: Iterable[Any]) -> AppError:
    """A request body that is not what it should be, in words: 400 where it is no JSON, else 422."""
    fields: list[FieldMessage] = []
    for error in errors:
        if error["type"] == "json_invalid":
            return AppError(f"The body is not valid JSON: {error['ctx']['error']}.", code="invalid_json")
        name = ".".join(str(part) for part in error["loc"] if part not in ("body", "query", "path"))
        fields.append({"field": name, "message": _sentence(name, error)})
    detail = " ".join(field["message"] for field in fields)
    return AppError(detail, status_code=422, code="invalid_body", fields=fields)


def _sentence(name: str, error: Any) -> str:
    if not name:
        return "The body must be a JSON object."
    if error["type"] == "missing":
        return f"'{name}' is missing."
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, KNOWN_FIELDS, n=1)
        return f"There is no field '{name}'" + (f"; did you mean '{near[0]}'?" if near else ".")
    return f"'{name}': {error['msg'][:1].lower()}{error['msg'][1:]}, not {error['input']!r}."
