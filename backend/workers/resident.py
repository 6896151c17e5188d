"""The worker's end of a resident conversation: one JSON request a line in, one JSON answer a line out."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from backend.errors import AppError, WorkerFailed

Method = Callable[[dict[str, Any]], dict[str, Any]]


def serve(methods: dict[str, Method]) -> None:
    """Answer until stdin closes. The real stdout is set aside: what libraries print goes to stderr, the log."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps({"id": request["id"], **_answer(methods, request)}) + "\n")
        answers.flush()


def _answer(methods: dict[str, Method], request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": methods[request["method"]](request["params"])}
    except AppError as error:
        return {"error": error.message()}
    except Exception as error:
        traceback.print_exc()
        sentence = f"The worker could not do this ({type(error).__name__}); its log in artifacts/.logs says why."
        return {"error": WorkerFailed(sentence, status_code=500).message()}
