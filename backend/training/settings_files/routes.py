"""Saved settings over REST."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from backend.training.schemas import ConfigChanges
from backend.training.settings_files.library import SettingsFiles
from backend.training.settings_files.reading import read_settings
from backend.training.settings_files.schemas import ReadSettings, SavedSettings, SavedSettingsDetail

router = APIRouter(tags=["settings"])


def settings_files(request: Request) -> SettingsFiles:
    files: SettingsFiles = request.app.state.settings_files
    return files


Files = Annotated[SettingsFiles, Depends(settings_files)]


@router.get("/training/settings")
def list_saved_settings(files: Files) -> list[SavedSettings]:
    """The newest first."""
    return files.list()


@router.post("/training/settings/read", response_model_exclude_unset=True)
def read_settings_text(text: Annotated[str, Body(media_type="application/yaml")]) -> ReadSettings:
    """What a text in YAML sets, and what of it cannot be taken. A run's own config.yaml is read too."""
    return read_settings(text)


@router.get("/training/settings/{name}", response_model_exclude_unset=True)
def get_saved_settings(name: str, files: Files) -> SavedSettingsDetail:
    return files.get(name)


@router.put("/training/settings/{name}")
def save_settings(name: str, settings: ConfigChanges, files: Files, replace: bool = False) -> SavedSettings:
    """Any of a run's settings, kept as YAML. A name that is taken is replaced only where that is said."""
    return files.save(name, settings, replace)


@router.delete("/training/settings/{name}", status_code=204)
def delete_saved_settings(name: str, files: Files) -> None:
    files.delete(name)
