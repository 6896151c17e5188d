"""Where things lie and where the server listens: environment variables DROID_HOME, DROID_HOST, DROID_PORT, DROID_TOKEN."""

from pathlib import Path

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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
