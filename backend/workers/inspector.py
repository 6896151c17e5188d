"""Answers questions about models for as long as the server runs: python -m backend.workers.inspector

Their profiles; loads no weights.
"""

from pathlib import Path
from typing import Any

from backend.workers.profile import read_profile
from backend.workers.resident import serve


def profile(params: dict[str, Any]) -> dict[str, Any]:
    return read_profile(Path(params["folder"])).model_dump()


def main() -> None:
    serve({"profile": profile})


if __name__ == "__main__":
    main()
