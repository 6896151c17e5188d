"""The base models on disk: folders under artifacts/base_model, links included. Knows files, not MLX."""

import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from backend import folders
from backend.errors import AppError, Conflict, FieldError
from backend.models.config import read_config
from backend.models.facts import file_states, read_facts
from backend.models.files import missing_part
from backend.models.fits import fits_of_files
from backend.models.origin import repository_of, revision_of, with_revision
from backend.models.schemas import Model, NewLink
from backend.names import check_new_name, is_name
from backend.settings import Settings

DELETED = ".deleted-"
"""Before a model's name: a folder that somebody deletes."""
LONGEST_KEPT = 50
"""Letters of its name, of four bytes each at the most: it has to stay a name that a disk takes."""


class ModelNotFound(FieldError):
    """No model has this name or path."""

    code = "model_not_found"


class ModelInUse(Conflict):
    code = "model_in_use"


class NameTaken(FieldError):
    code = "name_taken"


def _nobody() -> Mapping[Path, str]:
    return {}


class ModelLibrary:
    """`in_use` gives the folders of models that something uses, and who in words: "session x trains on it"."""

    def __init__(self, settings: Settings, in_use: Callable[[], Mapping[Path, str]] = _nobody) -> None:
        self._settings = settings
        self.in_use = in_use

    def list(self) -> "list[Model]":
        """Every folder of the library, by name. What cannot be used is there too, and says why."""
        users = self._users()
        return [self._described(folder, users) for folder in folders.folders(self._settings.base_models)]

    def get(self, name: str) -> Path:
        """The folder of the model with this name in the library. Raises ModelNotFound with status 404."""
        folder = self._settings.base_models / name
        if not is_name(name) or not folder.is_dir():
            raise ModelNotFound("name", self._unknown(name), status_code=404)
        return folder

    def resolve(self, name_or_path: str, field: str = "model_path", missing_status: int = 400) -> Path:
        """A folder with a model's config.json, from a library name, a hub id (`org/model`) or a path.

        Relative paths start at the home folder. Raises FieldError on `field`: ModelNotFound with `missing_status`,
        or why the folder is no model.
        """
        try:
            folder = self._find(name_or_path)
            if folder is None:
                raise ModelNotFound(field, self._unknown(name_or_path), status_code=missing_status)
            read_config(folder)
        except FieldError:
            raise
        except AppError as error:
            raise FieldError(field, error.detail, status_code=error.status_code, code=error.code) from error
        return folder

    def describe(self, folder: Path) -> Model:
        """What is known of a model without MLX. `problem` says why the folder cannot be used."""
        return self._described(folder, self._users())

    def link(self, wanted: NewLink) -> Model:
        """Show a folder of any place by a link. Raises FieldError for what is no model, and for a taken name."""
        target = self.resolve(wanted.path, "path")
        if missing := missing_part(target):
            raise FieldError("path", missing, code="model_refused")
        if known := self.name_of(target):
            raise NameTaken("path", f"This folder is in the library already, as {known}.", status_code=409)
        library = self._settings.base_models
        name = self.free_name(wanted.name or self._usable_name(target), "name" if wanted.name else "path")
        library.mkdir(parents=True, exist_ok=True)
        try:
            (library / name).symlink_to(folders.real(target), target_is_directory=True)
        except FileExistsError as error:
            raise self._taken(name, "name") from error
        return self.describe(library / name)

    def delete(self, name: str) -> None:
        """A linked folder itself stays. Raises ModelNotFound, or ModelInUse with what uses the model."""
        folder = self._listed(name)
        if folder is None:
            raise ModelNotFound("name", self._unknown(name), status_code=404)
        if user := self._users().get(folders.real(folder)):
            raise ModelInUse(f"The model {name} cannot be deleted now: {user}.")
        if folder.is_symlink():
            folder.unlink()
            return
        # Renaming first makes it gone at once, also where removing many files is interrupted.
        doomed = folder.rename(folder.with_name(f"{DELETED}{folder.name[:LONGEST_KEPT]}-{uuid.uuid4().hex[:8]}"))
        shutil.rmtree(doomed, ignore_errors=True)

    def name_of(self, folder: Path) -> str | None:
        """Under which name the library has a folder of any place."""
        real = folders.real(folder)
        return next((it.name for it in folders.folders(self._settings.base_models) if folders.real(it) == real), None)

    def name_of_repository(self, repo_id: str) -> str | None:
        """Under which name the library has a model of the hub."""
        return next(iter(self.copies_of(repo_id)), None)

    def copies_of(self, repo_id: str) -> dict[str, str | None]:
        """The names of its copies in the library, each with its commit, None where nothing says that."""
        found = [it for it in folders.folders(self._settings.base_models) if repository_of(it) == repo_id]
        return {folders.shown(it.name): revision_of(it) for it in found}

    def free_name(self, name: str, field: str) -> str:
        """`name`, once it is sure that a new folder may have it. Raises FieldError on `field`."""
        check_new_name(name, field)
        if self.has(name):
            raise self._taken(name, field)
        return name

    def has(self, name: str) -> bool:
        """Whether anything is there under this name, a model or not."""
        folder = self._settings.base_models / name
        return folder.exists() or folder.is_symlink()

    def sweep(self) -> None:
        """Remove what was half deleted when a server ended."""
        for folder in self._settings.base_models.glob(f"{DELETED}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _listed(self, name: str) -> Path | None:
        """The one folder that the list shows under this name, which need not be one that a new folder may have."""
        found = [it for it in folders.folders(self._settings.base_models) if folders.shown(it.name) == name]
        return found[0] if len(found) == 1 else None

    def _usable_name(self, folder: Path) -> str:
        """With the commit behind it where another revision has the usual name."""
        usual, revision = usable_name(folder), revision_of(folder)
        return with_revision(usual, revision) if revision and self.has(usual) else usual

    def _described(self, folder: Path, users: Mapping[Path, str]) -> Model:
        states = file_states(folder)
        facts = read_facts(folder, states)._asdict()
        problem = folders.unusable_name(folder) or facts["problem"]
        return Model(
            **{**facts, "problem": problem},
            name=folders.shown(folder.name),
            path=folders.shown(folder),
            size_bytes=sum(state.bytes for state in states),
            origin="link" if folder.is_symlink() else "library",
            linked_to=folders.shown(folder.readlink()) if folder.is_symlink() else None,
            repo_id=repository_of(folder),
            in_use=users.get(folders.real(folder)),
            fits=[] if problem else fits_of_files(folder, states),
        )

    def _users(self) -> Mapping[Path, str]:
        return {folders.real(folder): user for folder, user in self.in_use().items()}

    def _taken(self, name: str, field: str) -> NameTaken:
        return NameTaken(
            field, f"There is a model named {name} already; choose another name, or delete that one.", status_code=409
        )

    def _find(self, name_or_path: str) -> Path | None:
        library = self._settings.base_models
        hub_folder = name_or_path.replace("/", "--")
        if is_name(hub_folder) and not is_name(name_or_path) and (library / hub_folder).is_dir():
            return library / hub_folder
        return folders.find(library, self._settings.home, name_or_path)

    def _unknown(self, name: str) -> str:
        there = folders.what_is_there(self._settings.base_models)
        return f"There is no model '{name}': neither in the library nor a folder of that path. {there}"


def usable_name(folder: Path) -> str:
    """What a folder is called in the library: org--model for one in the hub's cache, else its own name."""
    repository = repository_of(folder)
    return repository.replace("/", "--") if repository else folders.real(folder).name
