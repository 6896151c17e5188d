"""The resident inference worker: `python -m backend.workers.infer`, one Generate a line in, one Generated a line out.

SIGUSR1 interrupts the answer in progress, when nobody waits for it any more.
"""

import signal
from typing import Any

from backend.inference.messages import Generate
from backend.workers.inference.generation import Generator
from backend.workers.resident import serve


def main() -> None:
    generator = Generator()

    def generate(params: dict[str, Any]) -> dict[str, Any]:
        return generator.generate(Generate.model_validate(params)).model_dump(mode="json")

    def interrupt(*_: object) -> None:
        generator.interrupted = True

    signal.signal(signal.SIGUSR1, interrupt)
    serve({"generate": generate})


if __name__ == "__main__":
    main()
