"""Stock mlx_lm.generate, greedily, in a process of its own that is started once: `python -m tests.stock` serves Stock.

It runs the command line's own `main` on the folders as they are, and nothing of this project.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from backend.process import worker_environment


class Stock:
    """What `mlx_lm.generate --temp 0` prints; use it as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stock"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=worker_environment(),
        )

    def __enter__(self) -> "Stock":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def generate(self, model: Path, adapter: Path | None, prompt: str = "Hello there", max_tokens: int = 24) -> str:
        adapted = ["--adapter-path", str(adapter)] if adapter else []
        length = ["--max-tokens", str(max_tokens), "--verbose", "False"]
        arguments = ["--model", str(model), *adapted, "--prompt", prompt, "--temp", "0", *length]
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        printed: str = json.loads(self._process.stdout.readline())
        return printed.removesuffix("\n")


def serve() -> None:
    from mlx_lm.generate import main

    for line in sys.stdin:
        sys.argv = ["mlx_lm.generate", *json.loads(line)]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            main()
        print(json.dumps(printed.getvalue()), flush=True)


if __name__ == "__main__":
    serve()
