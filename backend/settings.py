"""Where things lie and where the server listens: DROID_HOME, DROID_HOST, DROID_PORT, DROID_TOKEN; one server a home."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import Conflict

VERSION = "0.1.0"
REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """`home` holds artifacts/ and sessions/; `port` None means 8000 or the next free one."""

    model_config = SettingsConfigDict(env_prefix="DROID_")

    home: Path = REPOSITORY
    host: str = "127.0.0.1"
    port: int | None = None
    token: str | None = None

    @field_validator("home")
    @classmethod
    def absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @property
    def sessions(self) -> Path:
        return self.home / "sessions"

    @property
    def artifacts(self) -> Path:
        return self.home / "artifacts"

    @property
    def base_models(self) -> Path:
        return self.artifacts / "base_model"

    @property
    def adapters(self) -> Path:
        return self.artifacts / "lora_adapters"

    @property
    def datasets(self) -> Path:
        return self.artifacts / "datasets"

    @property
    def logs(self) -> Path:
        return self.artifacts / ".logs"


class HomeTaken(Conflict):
    """Another server or script manages this home."""

    code = "home_taken"


_held: dict[Path, IO[str]] = {}


def claim_home(settings: Settings, address: str | None = None) -> None:
    """Become the one manager of this home until the process ends; `address` is where others are sent instead.

    Claiming again in the same process only updates the address. Raises HomeTaken.
    """
    path = settings.artifacts / ".lock"
    file = _held.get(path)
    if file is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read()
            file.close()
            raise HomeTaken(_taken(settings.home, owner)) from None
        _held[path] = file
    file.seek(0)
    file.truncate()
    json.dump({"pid": os.getpid(), "address": address}, file)
    file.flush()


def release_home(settings: Settings) -> None:
    file = _held.pop(settings.artifacts / ".lock", None)
    if file is not None:
        file.close()


def _taken(home: Path, owner: str) -> str:
    try:
        facts = json.loads(owner)
        pid, address = facts["pid"], facts["address"]
    except (ValueError, KeyError, TypeError):
        return f"Another program already manages {home}. Use that one, or choose another home with --home."
    if address is None:
        return f"A script (process {pid}) already trains in {home}. Wait for it, or choose another home with --home."
    return f"A server for {home} already runs at {address}. Use it there, or choose another home with --home."
