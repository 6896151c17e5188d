"""Shapes of settings that were saved under a name, or read from a text."""

from pydantic import BaseModel, ConfigDict, Field

from backend.training.schemas import ConfigChanges


class SettingsProblem(BaseModel):
    """What of a text could not be taken. `line` counts from 1; `field` is written as it stands there."""

    field: str
    message: str = Field(description="what is wrong and what would be right, in words")
    line: int


class ReadSettings(BaseModel):
    """`settings` has only what the text names and what could be read; the rest is in `problems`, so nothing is lost."""

    settings: ConfigChanges
    problems: list[SettingsProblem]


class SavedSettings(BaseModel):
    """`model_path` and `train_data_path` as they were saved, null where the file does not name them."""

    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)

    name: str
    saved_at: float = Field(description="seconds since the epoch")
    model_path: str | None = None
    train_data_path: str | None = None
    problem: str | None = Field(default=None, description="why the file cannot be read")


class SavedSettingsDetail(ReadSettings):
    name: str
    yaml: str = Field(description="the file as it stands")
