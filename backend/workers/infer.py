"""The resident inference worker: `python -m backend.workers.infer`, one message a line in, answers by lines out.

`answer` streams, many at a time. `resident` is answered at once, and so is `load` of what is loaded.
`{"cancel": id}` gives up what waits or is in the making. The process ends when its stdin closes.
"""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from pydantic import BaseModel

from backend.inference.messages import Answer, CompareWithStock, Load, Verify
from backend.workers.inference.base import Residence
from backend.workers.inference.scheduler import Scheduler, Steps
from backend.workers.inference.verify import compare_with_stock, verify
from backend.workers.resident import Pipe, Request, listen

GATHERING_SECONDS = 0.002
"""How long the first request waits for others sent with it, so that all begin in one prefill."""


def load(residence: Residence, params: dict[str, Any]) -> BaseModel:
    return residence.load(Load.model_validate(params).model_folder).loaded


BETWEEN_ANSWERS: dict[str, Callable[[Residence, dict[str, Any]], BaseModel | Steps]] = {
    "load": load,
    "verify": lambda residence, params: verify(residence, Verify.model_validate(params)),
    "compare_with_stock": lambda _, params: compare_with_stock(CompareWithStock.model_validate(params)),
}
"""Methods that run while no row is answered. Each finds the bare base in the residence, and leaves it bare."""


def main() -> None:
    pipe = Pipe()
    residence = Residence()
    scheduler = Scheduler(pipe, residence)
    requests = listen()
    while True:
        for request in gather(requests, wait=scheduler.is_idle):
            try:
                receive(request, residence, scheduler, pipe)
            except Exception as error:
                pipe.error(request["id"] if "id" in request else request["cancel"], error)
        scheduler.step()


def gather(requests: "SimpleQueue[Request]", wait: bool) -> list[Request]:
    """All that has arrived; where there is time to `wait`, at least one."""
    gathered = []
    if wait:
        gathered.append(requests.get())
        time.sleep(GATHERING_SECONDS)
    while True:
        try:
            gathered.append(requests.get_nowait())
        except Empty:
            return gathered


def receive(request: Request, residence: Residence, scheduler: Scheduler, pipe: Pipe) -> None:
    if "cancel" in request:
        scheduler.cancel(request["cancel"])
        return
    identifier, method, params = request["id"], request["method"], request["params"]
    if method == "resident":
        pipe.result(identifier, scheduler.resident())
    elif method == "load" and (base := residence.resident(Load.model_validate(params).model_folder)):
        pipe.result(identifier, base.loaded)
    elif method == "answer":
        scheduler.ask(identifier, Answer.model_validate(params))
    else:
        task = BETWEEN_ANSWERS[method]
        scheduler.ask(identifier, lambda residence: task(residence, params))


if __name__ == "__main__":
    main()
