"""Settings that were saved under a name: artifacts/settings/NAME.yaml, plain fields of TrainingConfig."""

from pathlib import Path

from backend.errors import AppError, Conflict, NotFound
from backend.names import check_new_name, is_name
from backend.settings import Settings
from backend.training.plan import to_yaml
from backend.training.schemas import ConfigChanges
from backend.training.settings_files.reading import MOST_CHARACTERS, SettingsUnreadable, read_settings
from backend.training.settings_files.schemas import ReadSettings, SavedSettings, SavedSettingsDetail
from backend.whole_files import write_text_whole


class SettingsNotFound(NotFound):
    code = "settings_not_found"


class SettingsExist(Conflict):
    code = "settings_exist"


class SettingsFiles:
    def __init__(self, settings: Settings) -> None:
        self._root = settings.artifacts / "settings"

    def list(self) -> list[SavedSettings]:
        """The newest first. A file that cannot be read says why in `problem`."""
        files = [file for file in self._root.glob("*.yaml") if is_name(file.stem) and file.is_file()]
        return sorted(map(_describe, files), key=lambda saved: saved.saved_at, reverse=True)

    def get(self, name: str) -> SavedSettingsDetail:
        """Raises SettingsNotFound, and SettingsUnreadable for a file that was changed by hand beyond reading."""
        text = _text(self._existing(name))
        read = read_settings(text)
        return SavedSettingsDetail(name=name, yaml=text, settings=read.settings, problems=read.problems)

    def save(self, name: str, settings: ConfigChanges, replace: bool) -> SavedSettings:
        """Raises SettingsExist for a name that is taken, unless it may be replaced."""
        check_new_name(name, "name")
        file = self._file(name)
        if file.exists() and not replace:
            raise SettingsExist(
                f"There are settings named '{name}' already. Replace them, or choose another name.",
                fields=[{"field": "name", "message": "There are settings with this name already."}],
            )
        self._root.mkdir(parents=True, exist_ok=True)
        write_text_whole(file, to_yaml(settings.model_dump(mode="json", exclude_unset=True)))
        return _describe(file)

    def delete(self, name: str) -> None:
        self._existing(name).unlink()

    def _file(self, name: str) -> Path:
        return self._root / f"{name}.yaml"

    def _existing(self, name: str) -> Path:
        if not is_name(name) or not self._file(name).is_file():
            raise SettingsNotFound(f"There are no settings named '{name}'.")
        return self._file(name)


def _describe(file: Path) -> SavedSettings:
    saved = SavedSettings(name=file.stem, saved_at=file.stat().st_mtime)
    try:
        settings = _read(file).settings
    except AppError as error:
        return saved.model_copy(update={"problem": error.detail})
    return saved.model_copy(
        update={"model_path": settings.model_path or None, "train_data_path": settings.train_data_path or None}
    )


def _read(file: Path) -> ReadSettings:
    return read_settings(_text(file))


def _text(file: Path) -> str:
    if file.stat().st_size > 4 * MOST_CHARACTERS:
        raise SettingsUnreadable(f"{file.name} is no settings file: it is too large.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsUnreadable(f"{file.name} is not UTF-8 text.") from error
