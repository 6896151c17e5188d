"""Models added by path, and deleted: a link loses only the link, and nothing is deleted that is in use."""

import os
import shutil
from pathlib import Path

import pytest

from backend.errors import AppError
from backend.models.library import ModelInUse, ModelLibrary
from backend.models.schemas import NewLink
from backend.settings import Settings
from tests.tiny_models import make_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def library(settings: Settings) -> ModelLibrary:
    return ModelLibrary(settings)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return make_model(tmp_path / "disk" / "my model")


def test_a_folder_of_any_place_is_shown_and_nothing_is_copied(
    settings: Settings, library: ModelLibrary, elsewhere: Path
) -> None:
    added = library.link(NewLink(path=str(elsewhere), name="mine"))
    assert (added.name, added.origin, added.linked_to, added.problem) == ("mine", "link", str(elsewhere), None)
    assert library.list() == [added]
    assert (settings.base_models / "mine").is_symlink()
    assert library.resolve("mine") == settings.base_models / "mine"


def test_a_snapshot_of_the_hubs_cache_is_called_after_its_repository(library: ModelLibrary, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = make_model(tmp_path / "hub" / "models--org--tiny" / "snapshots" / commit)
    added = library.link(NewLink(path=str(snapshot)))
    assert (added.name, added.repo_id) == ("org--tiny", "org/tiny")


@pytest.mark.parametrize(
    ("path", "name", "status", "field", "words"),
    [
        (
            "{disk}/nothing",
            None,
            400,
            "path",
            "There is no model '{disk}/nothing': neither in the library nor a folder",
        ),
        ("{disk}", None, 400, "path", "{disk} is not a model folder: it has no config.json."),
        ("{disk}/half", None, 400, "path", "half has no weights: mlx-lm looks for model*.safetensors in the folder."),
        ("{disk}/lost", None, 400, "path", "There is no model '{disk}/lost'"),
        ("{disk}/my model", None, 400, "path", "'my model' is no usable name"),
        ("{disk}/my model", "../up", 400, "name", "'../up' is no usable name"),
        ("{disk}/my model", "here", 409, "name", "There is a model named here already; choose another name"),
        ("{disk}/my model", "gone", 409, "name", "There is a model named gone already; choose another name"),
        ("here", None, 409, "path", "This folder is in the library already, as here."),
        ("{disk}/linked", "again", 409, "path", "This folder is in the library already, as linked."),
        ("", None, 400, "path", "There is no model ''"),
    ],
)
def test_what_cannot_be_added_is_told_in_words(
    path: str, name: str | None, status: int, field: str, words: str,
    settings: Settings, library: ModelLibrary, elsewhere: Path,
) -> None:  # fmt: skip
    disk = elsewhere.parent
    make_model(settings.base_models / "here")
    (settings.base_models / "gone").symlink_to(disk / "nothing")
    make_model(disk / "half").joinpath("model.safetensors").unlink()
    (disk / "lost").symlink_to(disk / "nothing")
    (settings.base_models / "linked").symlink_to(make_model(disk / "linked"))
    before = library.list()

    with pytest.raises(AppError) as refused:
        library.link(NewLink(path=path.format(disk=disk), name=name))

    assert (refused.value.status_code, [it["field"] for it in refused.value.fields]) == (status, [field])
    assert refused.value.detail.startswith(words.format(disk=disk))
    assert library.list() == before


def test_deleting_a_link_leaves_what_it_leads_to(settings: Settings, library: ModelLibrary, elsewhere: Path) -> None:
    library.link(NewLink(path=str(elsewhere), name="mine"))
    whole = sorted(path.name for path in elsewhere.iterdir())
    library.delete("mine")
    assert list(settings.base_models.iterdir()) == []
    assert sorted(path.name for path in elsewhere.iterdir()) == whole


def test_a_link_that_leads_nowhere_can_be_deleted(settings: Settings, library: ModelLibrary, elsewhere: Path) -> None:
    library.link(NewLink(path=str(elsewhere), name="mine"))
    shutil.rmtree(elsewhere)
    (lost,) = library.list()
    assert lost.problem is not None and "leads nowhere" in lost.problem
    library.delete("mine")
    assert list(settings.base_models.iterdir()) == []


def test_a_deleted_folder_is_gone_with_all_in_it(settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / "tiny")
    library.delete("tiny")
    assert list(settings.base_models.iterdir()) == []


@pytest.mark.parametrize("name", ["my model", "caf\u00e9", "x" * 250])
def test_a_listed_folder_is_deleted_whatever_it_is_called(name: str, settings: Settings, library: ModelLibrary) -> None:
    (settings.base_models / name).mkdir(parents=True)
    (listed,) = library.list()
    library.delete(listed.name)
    assert list(settings.base_models.iterdir()) == []


def test_of_two_folders_that_are_shown_alike_none_is_deleted(settings: Settings, library: ModelLibrary) -> None:
    for name in (b"caf\xe9", b"caf\xe8"):
        (settings.base_models / os.fsdecode(name)).mkdir(parents=True)
    with pytest.raises(AppError, match="There is no model"):
        library.delete("caf?")


def test_what_is_in_use_is_not_deleted(settings: Settings) -> None:
    folder = make_model(settings.base_models / "tiny")
    (settings.base_models / "same").symlink_to(folder)
    library = ModelLibrary(settings, lambda: {folder: "session 7 trains on it"})
    with pytest.raises(ModelInUse) as refused:
        library.delete("tiny")
    assert (refused.value.status_code, refused.value.detail) == (
        409,
        "The model tiny cannot be deleted now: session 7 trains on it.",
    )
    assert folder.is_dir()
    assert [model.in_use for model in library.list()] == ["session 7 trains on it"] * 2


@pytest.mark.parametrize("name", ["nothing", "..", "../tiny", ".hidden", "a/b"])
def test_only_models_of_the_library_are_deleted(name: str, settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / "tiny")
    with pytest.raises(AppError) as refused:
        library.delete(name)
    assert refused.value.status_code == 404
    assert [model.name for model in library.list()] == ["tiny"]


def test_what_an_interrupted_deletion_left_goes_with_the_next_start(settings: Settings, library: ModelLibrary) -> None:
    make_model(settings.base_models / ".deleted-tiny-0a1b2c3d")
    make_model(settings.base_models / "kept")
    library.sweep()
    assert [path.name for path in settings.base_models.iterdir()] == ["kept"]
