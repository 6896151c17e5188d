"""Talks to a real inference worker process, as the web process does: `with Worker() as worker: worker.ask(...)`."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

from backend.adapters.identity import content_hash
from backend.process import worker_environment

PATIENCE_SECONDS = 120


class Call:
    """One call to the worker, whose events come as they are read."""

    def __init__(self, identifier: int) -> None:
        self.id = identifier
        self.lines: Queue[dict[str, Any]] = Queue()
        self.events: list[dict[str, Any]] = []

    def next_event(self) -> dict[str, Any]:
        line = self.lines.get(timeout=PATIENCE_SECONDS)
        assert "event" in line, line
        self.events.append(line["event"])
        return self.events[-1]

    def end(self) -> dict[str, Any]:
        """The last line, once all events before it are in `events`."""
        while "event" in (line := self.lines.get(timeout=PATIENCE_SECONDS)):
            self.events.append(line["event"])
        return line

    def result(self) -> dict[str, Any]:
        line = self.end()
        assert "result" in line, line
        result: dict[str, Any] = line["result"]
        return result

    def error(self) -> dict[str, Any]:
        line = self.end()
        assert "error" in line, line
        error: dict[str, Any] = line["error"]
        return error


class Worker:
    """Greedy unless told otherwise."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backend.workers.infer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=worker_environment(),
        )
        self._calls: dict[int, Call] = {}
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)

    def call(self, method: str, **params: Any) -> Call:
        call = self._calls[len(self._calls)] = Call(len(self._calls))
        self.send({"id": call.id, "method": method, "params": params})
        return call

    def send(self, *messages: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
        self.process.stdin.flush()

    def cancel(self, call: Call) -> None:
        self.send({"cancel": call.id})

    def ask(self, base: Path, adapter: Path | None = None, prompt: str = "Hello there", **settings: Any) -> Call:
        return self.call("answer", **answer_params(base, adapter, prompt, **settings))

    def ask_together(self, *asked: dict[str, Any]) -> list[Call]:
        """All in one write, so that they join in one step."""
        calls = [Call(len(self._calls) + number) for number in range(len(asked))]
        self._calls |= {call.id: call for call in calls}
        self.send(
            *({"id": call.id, "method": "answer", "params": params} for call, params in zip(calls, asked, strict=True))
        )
        return calls

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            self._calls[message["id"]].lines.put(message)
        for call in list(self._calls.values()):
            call.lines.put({"died": self.process.wait()})


def answer_params(
    base: Path,
    adapter: Path | None = None,
    prompt: str = "Hello there",
    *,
    scale: float | None = 1.0,
    messages: list[dict[str, str]] | None = None,
    plain: str | None = None,
    **sampling: Any,
) -> dict[str, Any]:
    """`adapter` is a folder; `scale` None says that it holds whole weights."""
    file = adapter / "adapters.safetensors" if adapter else None
    weights = {"file": str(file), "scale": scale, "content_hash": content_hash(file)} if file else None
    return {
        "model_folder": str(base),
        "adapter": weights,
        "messages": [] if plain is not None else messages or [{"role": "user", "content": prompt}],
        "plain": plain,
        "sampling": {"temperature": 0, "max_tokens": 24, **sampling},
    }
