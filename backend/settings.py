"""What the environment sets: DROID_HOME, DROID_HOST, DROID_PORT, DROID_TOKEN, DROID_IDLE_UNLOAD; one server a home."""

import fcntl
import ipaddress
import json
import os
from pathlib import Path
from typing import IO, Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import AppError, Conflict

VERSION = "0.1.0"
REPOSITORY = Path(__file__).resolve().parent.parent


class OpenToAll(AppError):
    """The server would listen to other machines and ask nobody for a token."""

    code = "open_to_all"


class Settings(BaseSettings):
    """`home` holds artifacts/ and sessions/; `port` None means 8000 or the next free one.

    `token` None asks for none. `idle_unload` is after how many minutes without a request the model that answers gives
    its memory back; 0 means never. Raises OpenToAll for a host that other machines reach, without a token.
    """

    model_config = SettingsConfigDict(env_prefix="DROID_")

    home: Path = REPOSITORY
    host: str = "127.0.0.1"
    port: int | None = None
    token: str | None = None
    idle_unload: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10.0

    @field_validator("home")
    @classmethod
    def absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @field_validator("token")
    @classmethod
    def none_where_empty(cls, token: str | None) -> str | None:
        return token or None

    @model_validator(mode="after")
    def not_open_to_all(self) -> Self:
        if self.token is None and not is_loopback(self.host):
            raise OpenToAll(
                f"With DROID_HOST={self.host} other machines can use this server, and it would ask nobody for a "
                "token. Set DROID_TOKEN to a secret word too, or leave DROID_HOST out."
            )
        return self

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


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address. A name other than localhost may mean any machine."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class HomeTaken(Conflict):
    """Another server or script manages this home."""

    code = "home_taken"


_held: dict[Path, IO[str]] = {}


def claim_home(settings: Settings, address: str | None = None) -> None:
    """Become the one manager of this home until the process ends; `address` is where others are sent instead.

    Claiming again in the same process tells the address, if there is one. Raises HomeTaken.
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
    elif address is None:
        return
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
