"""The processes that train together: each computes its share of every batch, and all of them learn the same.

Every method but `share` and `own_key` talks to the other processes, so all of them must come to it, in the same order.
Alone, nothing is said to anybody. Knows arrays and texts, not what is trained.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_map

from backend.errors import AppError
from backend.workers.training.data.batching import Batch, shard
from backend.workers.training.requests import Interrupted, Requests

INTERRUPTED = "interrupted"


class World:
    def __init__(self, group: mx.distributed.Group | None = None) -> None:
        self._group = group
        self.rank = group.rank() if group else 0
        self.size = group.size() if group else 1

    @property
    def leads(self) -> bool:
        """Whether this is the one process that reports and saves."""
        return self.rank == 0

    def share(self, batch: Batch) -> Batch:
        """What this process computes of a batch; `tokens` stay those of the whole batch."""
        return replace(shard(batch, self.rank, self.size), tokens=batch.tokens) if self.size > 1 else batch

    def own_key(self, key: mx.array) -> mx.array:
        """A random key of this process's own, uint32 (2,)."""
        return mx.random.split(key, self.size)[self.rank] if self.size > 1 else key

    def mean(self, tree: Any) -> Any:
        """The mean over all processes, array by array."""
        return nn.average_gradients(tree, self._group) if self.size > 1 else tree

    def total(self, value: float) -> float:
        if self.size == 1:
            return value
        # float64 cannot be summed on a GPU's stream: each process gets all the values, and adds them in one order.
        return float(np.frombuffer(self._gathered(np.float64(value).tobytes()), dtype=np.float64).sum())

    def from_first(self, tree: Any) -> Any:
        """The first process's arrays, bit for bit, in all of them; shapes and dtypes must be the same everywhere."""
        if self.size == 1:
            return tree
        taken = tree_map(self._from_first, tree)
        mx.eval(taken)  # at once: what is only computed when somebody looks would be said at different times
        return taken

    def texts(self, text: str) -> list[str]:
        """What every process said, in order of rank."""
        if self.size == 1:
            return [text]
        said = text.encode()
        longest = max(np.frombuffer(self._gathered(np.int64(len(said)).tobytes()), dtype=np.int64))
        padded = self._gathered(said.ljust(int(longest), b"\0"))
        return [padded[rank * longest : (rank + 1) * longest].rstrip(b"\0").decode() for rank in range(self.size)]

    def agree(self, requests: Requests) -> bool:
        """Whether any process has been asked to end; the same answer in all of them."""
        if self.size == 1:
            return requests.any
        stop, pause = np.frombuffer(self._gathered(bytes([requests.stop, requests.pause])), np.uint8).reshape(-1, 2).T
        requests.stop = requests.stop or bool(stop.any())
        requests.pause = requests.pause or bool(pause.any())
        return bool(stop.any() or pause.any())

    def meet(self) -> None:
        """Returns when every process has come here."""
        self.texts("")

    @contextmanager
    def together(self, requests: Requests) -> Iterator[None]:
        """What each process does by itself, such as loading: if one fails or is interrupted, all of them do.

        Nothing inside may talk to the others. Raises Interrupted, or AppError that says which processes failed and why.
        """
        if self.size == 1:
            yield
            return
        problem = ""
        try:
            requests.stepping = False
            if requests.any:
                raise Interrupted
            yield
            requests.stepping = True
        except Interrupted:
            requests.stepping = True
            problem = INTERRUPTED
        except Exception as error:
            requests.stepping = True
            problem = _in_words(error)
        problems = self.texts(problem)
        if self.agree(requests) or INTERRUPTED in problems:
            raise Interrupted
        if any(problems):
            raise AppError(self._failed(problems))

    def _failed(self, problems: list[str]) -> str:
        if problems[0]:
            return problems[0]
        return " ".join(
            f"Process {rank} of {self.size} cannot take part: {problem} It needs the same files as the first."
            for rank, problem in enumerate(problems, start=1)
            if problem
        )

    def _from_first(self, array: mx.array) -> mx.array:
        # Adding zeros to integers keeps every bit; to floats it would make -0 to 0.
        raw = array.reshape(-1).view(mx.uint8)
        whole = mx.distributed.all_sum(raw if self.leads else mx.zeros_like(raw), group=self._group)
        return whole.view(array.dtype).reshape(array.shape)

    def _gathered(self, own: bytes) -> bytes:
        """Every process's bytes, one after the other; all give the same number, and 0 is one too."""
        if not own:
            return b""
        gathered = mx.distributed.all_gather(mx.array(np.frombuffer(own, dtype=np.uint8)), group=self._group)
        return np.array(gathered).tobytes()


def _in_words(error: Exception) -> str:
    if isinstance(error, AppError):
        return error.detail
    if isinstance(error, FileNotFoundError):
        return f"There is no {error.filename}."
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}"


ALONE = World()
