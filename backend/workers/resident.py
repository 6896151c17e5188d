"""The worker's end of a resident conversation: one JSON request a line in, JSON lines out."""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from pydantic import BaseModel

from backend.errors import AppError, WorkerFailed

Method = Callable[[dict[str, Any]], dict[str, Any]]
Request = dict[str, Any]


class Pipe:
    """Where answers go. The real stdout is set aside: what libraries print goes to stderr, the log."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def event(self, identifier: int, event: BaseModel) -> None:
        self._send({"id": identifier, "event": event.model_dump(mode="json")})

    def result(self, identifier: int, result: BaseModel | dict[str, Any]) -> None:
        self._send({"id": identifier, "result": result if isinstance(result, dict) else result.model_dump(mode="json")})

    def error(self, identifier: int, error: Exception) -> None:
        """An AppError in its own words; of any other the log has the stack trace."""
        if not isinstance(error, AppError):
            traceback.print_exception(error)
            sentence = f"The worker could not do this ({type(error).__name__}); its log in artifacts/.logs says why."
            error = WorkerFailed(sentence, status_code=500)
        self._send({"id": identifier, "error": error.message()})

    def _send(self, message: dict[str, Any]) -> None:
        self._answers.write(json.dumps(message) + "\n")
        self._answers.flush()


def serve(methods: dict[str, Method]) -> None:
    """Answer one request after another until stdin closes."""
    pipe = Pipe()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = methods[request["method"]](request["params"])
        except Exception as error:
            pipe.error(request["id"], error)
        else:
            pipe.result(request["id"], result)


def listen() -> "SimpleQueue[Request]":
    """The requests as they come, read by a thread. When stdin closes the process ends at once, in mid-answer too."""
    requests: SimpleQueue[Request] = SimpleQueue()

    def read() -> None:
        try:
            for line in sys.stdin:
                requests.put(json.loads(line))
        except ValueError:
            traceback.print_exc()
            os._exit(os.EX_DATAERR)
        os._exit(os.EX_OK)

    threading.Thread(target=read, daemon=True).start()
    return requests
