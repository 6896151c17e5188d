"""The worker's end of a resident conversation where long answers make way for short ones.

A method gives its answer as a task: a generator that yields wherever it can be left for a while, or for good, and
WAITING where it can do nothing before another task has done more.
"""

import time
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any, TypeVar

from pydantic import BaseModel

from backend.workers.resident import Pipe, Request, listen

WAITING = "waiting"
TURN_SECONDS = 0.02

Answer = TypeVar("Answer")
Steps = Generator[str | None, None, Answer]
Task = Steps[BaseModel]


def serve_in_turns(methods: dict[str, Callable[[dict[str, Any]], Task]]) -> None:
    """Answer requests, each for a moment at a time, until stdin closes. What is given up gets no answer."""
    pipe, requests = Pipe(), listen()
    tasks: dict[int, Task] = {}
    while True:
        _take(requests, tasks, methods)
        for identifier, task in list(tasks.items()):
            if not _turn(pipe, identifier, task):
                del tasks[identifier]


def _take(
    requests: "SimpleQueue[Request]", tasks: dict[int, Task], methods: dict[str, Callable[[dict[str, Any]], Task]]
) -> None:
    """What has come meanwhile; where there is nothing else to do, the next that comes."""
    while not tasks or not requests.empty():
        request = requests.get()
        if "cancel" in request:
            tasks.pop(request["cancel"], None)
        else:
            tasks[request["id"]] = methods[request["method"]](request["params"])


def _turn(pipe: Pipe, identifier: int, task: Task) -> bool:
    """Whether the task has more to do."""
    until = time.monotonic() + TURN_SECONDS
    try:
        while time.monotonic() < until and next(task) is not WAITING:
            pass
    except StopIteration as end:
        pipe.result(identifier, end.value)
    except Exception as error:
        pipe.error(identifier, error)
    else:
        return True
    return False
