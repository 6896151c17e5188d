"""What can go wrong, said in words. Knows no web framework, so that workers can raise it too."""

from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict


class FieldMessage(TypedDict):
    """A sentence about one field of a form or a request body."""

    field: str
    message: str


class ErrorBody(TypedDict):
    """The body of every error that leaves the program."""

    detail: str
    code: str
    fields: NotRequired[list[FieldMessage]]


class AppError(Exception):
    """A refusal: `detail` says what is wrong and what would be right, `status_code` is the HTTP status.

    Subclasses name a fact and carry its status and code; `fields` says which inputs caused it.
    """

    status_code = 400
    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        fields: Iterable[FieldMessage] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status_code = status_code or self.status_code
        self.code = code or self.code
        self.fields = list(fields)

    def body(self) -> ErrorBody:
        body: ErrorBody = {"detail": self.detail, "code": self.code}
        if self.fields:
            body["fields"] = self.fields
        return body

    def message(self) -> dict[str, Any]:
        """For crossing a process boundary; `from_message` reads it back."""
        return {**self.body(), "status_code": self.status_code}

    @staticmethod
    def from_message(message: dict[str, Any]) -> "AppError":
        return AppError(
            message["detail"],
            status_code=message["status_code"],
            code=message["code"],
            fields=message.get("fields", ()),
        )


class FieldError(AppError):
    """One field is wrong."""

    def __init__(self, field: str, message: str, *, status_code: int | None = None, code: str | None = None) -> None:
        super().__init__(message, status_code=status_code, code=code, fields=[{"field": field, "message": message}])


class NotFound(AppError):
    status_code = 404
    code = "not_found"


class Conflict(AppError):
    status_code = 409
    code = "conflict"


class Unforeseen(AppError):
    """A mistake of the program itself; whoever makes one of these writes `cause` into the log."""

    status_code = 500
    code = "internal"

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"This went wrong inside the program ({type(cause).__name__}); its log says where.")


class WorkerFailed(AppError):
    """A worker process ended, or could not answer."""

    status_code = 503
    code = "worker_failed"
