"""What the cache of Hugging Face's own programs holds of models. Reads, and changes nothing there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from backend import folders
from backend.models.facts import file_states, read_facts
from backend.models.hub.environment import quiet
from backend.models.hub.schemas import CachedModel
from backend.models.origin import BETWEEN, CACHED

WEIGHT_ENDINGS = (".safetensors", ".bin", ".gguf", ".pt", ".pth")


def cached_models(name_of: Callable[[Path], str | None], cache: Path | None = None) -> list[CachedModel]:
    """By name. Those of which only a tokenizer or the like was fetched are left out; `problem` tells of all others
    that cannot be used. `name_of` a folder is what the library calls it; `cache` None is where HF_HUB_CACHE says.
    """
    return sorted(_models(name_of, cache), key=lambda model: (model.repo_id.lower(), model.revision))


def _models(name_of: Callable[[Path], str | None], cache: Path | None) -> Iterator[CachedModel]:
    """Folder by folder: huggingface_hub's own scan gives up a repository for one odd file, or the whole cache."""
    for repo in folders.real(cache or _usual_cache()).glob(f"{CACHED}*/"):
        try:
            yield from [_described(snapshot, name_of) for snapshot in _snapshots(repo)]
        except OSError as error:
            why = f"cannot be read in the cache: {error.strerror}. Give yourself the right to read it."
            yield _without_facts(repo, repo, why)


def _usual_cache() -> Path:
    quiet()
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE).expanduser()


def _snapshots(repo: Path) -> Iterator[Path]:
    """Those with weights, whole or not."""
    try:
        entries = list((repo / "snapshots").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for snapshot in entries:
        if any(name.endswith(WEIGHT_ENDINGS) for _, _, names in os.walk(snapshot) for name in names):
            yield snapshot


def _described(snapshot: Path, name_of: Callable[[Path], str | None]) -> CachedModel:
    repo = snapshot.parents[1]
    if gone := [it.name for it in sorted(snapshot.iterdir()) if it.name.endswith(WEIGHT_ENDINGS) and not it.exists()]:
        return _without_facts(repo, snapshot, f"is damaged in the cache: {gone[0]} leads nowhere. Download it again.")
    states = file_states(snapshot)
    facts = read_facts(snapshot, states)
    repo_id = _repo_id(repo)
    problem = facts.problem
    if problem is not None:  # people know the repository, not the folder of a commit
        problem = problem.replace(str(snapshot), repo_id).replace(snapshot.name, repo_id)
    return CachedModel(
        repo_id=repo_id,
        revision=folders.shown(snapshot.name),
        path=folders.shown(snapshot),
        size_bytes=sum(state.bytes for state in states),
        model_type=facts.model_type,
        parameters=facts.parameters,
        precision=facts.precision,
        licence=facts.licence,
        in_library=name_of(snapshot),
        problem=problem,
    )


def _without_facts(repo: Path, folder: Path, why: str) -> CachedModel:
    return CachedModel(
        repo_id=_repo_id(repo),
        revision="" if folder == repo else folders.shown(folder.name),
        path=folders.shown(folder),
        size_bytes=sum(state.bytes for state in file_states(folder)),
        model_type=None,
        parameters=None,
        precision=None,
        licence=None,
        problem=f"{_repo_id(repo)} {why}",
    )


def _repo_id(repo: Path) -> str:
    return folders.shown(repo.name.removeprefix(CACHED).replace(BETWEEN, "/", 1))
