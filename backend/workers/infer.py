"""The resident inference worker: `python -m backend.workers.infer`, one message a line in, one answer a line out.

`load` makes a base ready and `generate` answers a prompt. SIGUSR1 after `load` interrupts the answer that is in
progress or comes next, until the next `load`: nobody waits for it any more.
"""

import signal
from typing import Any

from backend.inference.messages import Generate, Load
from backend.workers.inference.generation import Generator
from backend.workers.resident import serve


def main() -> None:
    generator = Generator()

    def load(params: dict[str, Any]) -> dict[str, Any]:
        generator.interrupted = False
        generator.load(Load.model_validate(params).model_folder)
        return {}

    def generate(params: dict[str, Any]) -> dict[str, Any]:
        return generator.generate(Generate.model_validate(params)).model_dump(mode="json")

    def interrupt(*_: object) -> None:
        generator.interrupted = True

    signal.signal(signal.SIGUSR1, interrupt)
    serve({"load": load, "generate": generate})


if __name__ == "__main__":
    main()
