"""What the cache of Hugging Face's own programs holds, and the curated list."""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from backend.lora.count import trainable_parameters
from backend.lora.fit import RANK
from backend.lora.targets import resolve_targets
from backend.models.hub.cache import cached_models
from backend.models.hub.curated import CURATED, Known, curated_models, size_of
from backend.models.library import ModelLibrary
from backend.models.schemas import NewLink
from backend.settings import Settings
from backend.workers.profile import read_profile
from tests.tiny_models import make_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def cache_model(cache: Path, repo_id: str, commit: str = COMMIT) -> Path:
    """A snapshot as huggingface_hub lays it out: links into the blobs. Returns its folder."""
    repo = cache / f"models--{repo_id.replace('/', '--')}"
    made = make_model(cache.parent / "made" / repo_id)
    snapshot = repo / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    for file in made.iterdir():
        blob = file.rename(repo / "blobs" / f"blob-of-{file.name}")
        (snapshot / file.name).symlink_to(Path("..") / ".." / "blobs" / blob.name)
    return snapshot


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    return ModelLibrary(Settings(home=tmp_path / "home"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    folder.mkdir()
    return folder


def test_a_whole_snapshot_is_listed_and_used_by_a_link(library: ModelLibrary, cache: Path) -> None:
    snapshot = cache_model(cache, "org/tiny")
    (cached,) = cached_models(library.name_of, cache)
    assert (cached.repo_id, cached.revision, cached.path) == ("org/tiny", COMMIT, str(snapshot))
    assert (cached.model_type, cached.precision, cached.problem, cached.in_library) == ("qwen2", "float32", None, None)
    assert cached.parameters == read_profile(snapshot).total_parameters
    added = library.link(NewLink(path=cached.path))
    assert (added.name, added.problem, added.size_bytes) == ("org--tiny", None, cached.size_bytes)
    assert [it.in_library for it in cached_models(library.name_of, cache)] == ["org--tiny"]


def test_what_is_not_whole_or_no_model_says_so_and_hides_no_other(library: ModelLibrary, cache: Path) -> None:
    cache_model(cache, "org/good")
    (cache_model(cache, "org/half") / "tokenizer.json").unlink()
    half = cache / "models--org--half" / "snapshots" / COMMIT
    (half / "tokenizer_config.json").unlink()
    (cache_model(cache, "org/other") / "config.json").unlink()
    (cache / "models--org--other" / "snapshots" / COMMIT / "config.json").write_text('{"model_type": "bert"}')
    broken = cache_model(cache, "org/broken")
    (cache / "models--org--broken" / "blobs" / "blob-of-model.safetensors").unlink()
    tokenizer_only = cache / "models--org--tokenizer" / "snapshots" / COMMIT
    tokenizer_only.mkdir(parents=True)
    (tokenizer_only / "tokenizer.json").write_text("{}")
    (cache / "datasets--org--data" / "snapshots").mkdir(parents=True)

    problems = {model.repo_id: model.problem for model in cached_models(library.name_of, cache)}

    assert problems == {
        "org/good": None,
        "org/half": "org/half has no tokenizer: add tokenizer.json and tokenizer_config.json.",
        "org/other": "org/other is no language model that can be fine-tuned here: bert is a text encoder. "
        "Choose a model that generates text, such as a Qwen, Llama, Mistral or Gemma model.",
        "org/broken": "org/broken is damaged in the cache: model.safetensors leads nowhere. Download it again.",
    }
    assert broken.is_dir()


@pytest.mark.parametrize("ref", [b"f" * 40, b"\xff\xfe"], ids=["of a commit that is gone", "that is no text"])
def test_a_damaged_ref_hides_no_model(ref: bytes, library: ModelLibrary, cache: Path) -> None:
    for name in ("good", "moved"):
        cache_model(cache, f"org/{name}")
    (cache / "models--org--moved" / "refs" / "pr").write_bytes(ref)
    found = [(it.repo_id, it.revision, it.problem) for it in cached_models(library.name_of, cache)]
    assert found == [("org/good", COMMIT, None), ("org/moved", COMMIT, None)]


def test_a_repository_that_may_not_be_read_says_so_and_hides_no_other(
    library: ModelLibrary, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "closed"):
        cache_model(cache, f"org/{name}")
    closed = cache / "models--org--closed" / "snapshots"
    read = os.scandir

    def scandir(path: Path | str) -> Any:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    def listdir(path: Path | str) -> list[str]:
        return [entry.name for entry in scandir(path)]

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "listdir", listdir)
    found = [(it.repo_id, it.problem) for it in cached_models(library.name_of, cache)]
    assert found == [
        (
            "org/closed",
            "org/closed cannot be read in the cache: Permission denied. Give yourself the right to read it.",
        ),
        ("org/good", None),
    ]


def test_a_damaged_snapshot_hides_no_other_of_its_repository(library: ModelLibrary, cache: Path) -> None:
    older = cache_model(cache, "org/twice")
    newer = older.with_name("f" * 40)
    newer.mkdir()
    (newer / "model.safetensors").symlink_to("../../blobs/gone")
    found = [(it.revision, it.problem) for it in cached_models(library.name_of, cache)]
    damage = "org/twice is damaged in the cache: model.safetensors leads nowhere. Download it again."
    assert found == [(COMMIT, None), ("f" * 40, damage)]


def test_two_snapshots_of_one_repository_are_both_used(library: ModelLibrary, cache: Path) -> None:
    older = cache_model(cache, "org/twice")
    shutil.copytree(older, older.with_name("f" * 40), symlinks=True)
    added = [library.link(NewLink(path=it.path)).name for it in cached_models(library.name_of, cache)]
    assert added == ["org--twice", "org--twice-ffffffff"]


def test_no_cache_holds_no_models(library: ModelLibrary, tmp_path: Path) -> None:
    assert cached_models(library.name_of, tmp_path / "nothing") == []
    (tmp_path / "file").write_text("")
    assert cached_models(library.name_of, tmp_path / "file") == []


@pytest.mark.parametrize("known", CURATED, ids=lambda known: known.title)
def test_a_curated_model_has_the_parameters_that_its_shape_gives(known: Known, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(known.config()))
    profile = read_profile(tmp_path)
    adapted = trainable_parameters(resolve_targets(profile, "full").modules, RANK)
    assert (known.parameters, size_of(known, 4).adapter_parameters) == (profile.total_parameters, adapted)


def test_the_curated_list_goes_from_small_to_large_and_says_what_is_here() -> None:
    models = curated_models({"Qwen/Qwen3-0.6B": "Qwen--Qwen3-0.6B"}.get)
    needed = [model.fit.needed_bytes for model in models if model.fit.use == "lora"]
    assert needed == sorted(needed) and 8 <= len(models) <= 12
    assert [model.repo_id for model in models if model.in_library] == ["Qwen/Qwen3-0.6B"]
    assert {model.fit.use for model in models} == {"lora", "qlora"}
