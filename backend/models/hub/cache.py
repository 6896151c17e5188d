"""What the cache of Hugging Face's own programs holds of models. Reads, and changes nothing there."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from backend import folders
from backend.models.facts import file_states, read_facts
from backend.models.hub.environment import quiet
from backend.models.hub.schemas import CachedModel
from backend.models.origin import CACHED, repository_of

WEIGHT_ENDINGS = (".safetensors", ".bin", ".gguf", ".pt", ".pth")


def cached_models(name_of: Callable[[Path], str | None], cache: Path | None = None) -> list[CachedModel]:
    """By name. Those of which only a tokenizer or the like was fetched are left out; `problem` tells of all others
    that cannot be used. `name_of` a folder is what the library calls it; `cache` None is where HF_HUB_CACHE says.
    """
    return sorted(_models(name_of, cache), key=lambda model: (model.repo_id.lower(), model.revision))


def _models(name_of: Callable[[Path], str | None], cache: Path | None) -> Iterator[CachedModel]:
    quiet()
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = scan_cache_dir(cache)
    except (CacheNotFound, ValueError, OSError):
        return
    if found.cache_dir is not None:
        yield from _damaged(found.cache_dir, {repo.repo_path for repo in found.repos})
    for repo in found.repos:
        for revision in repo.revisions if repo.repo_type == "model" else ():
            if any(file.file_name.endswith(WEIGHT_ENDINGS) for file in revision.files):
                yield _described(repo.repo_id, revision, name_of)


def _damaged(cache: Path, whole: Collection[Path]) -> Iterator[CachedModel]:
    """Models of which huggingface_hub says nothing, since links of theirs lead nowhere."""
    for link in sorted(cache.glob(f"{CACHED}*/snapshots/*/*")):
        repo, snapshot = link.parents[2], link.parent
        if repo in whole or link.exists() or not link.name.endswith(WEIGHT_ENDINGS):
            continue
        whole = {*whole, repo}
        repo_id = repository_of(snapshot) or repo.name
        yield CachedModel(
            repo_id=repo_id,
            revision=snapshot.name,
            path=folders.shown(snapshot),
            size_bytes=sum(state.bytes for state in file_states(snapshot)),
            model_type=None,
            parameters=None,
            precision=None,
            licence=None,
            problem=f"{repo_id} is damaged in the cache: {link.name} leads nowhere. Download it again.",
        )


def _described(repo_id: str, revision: Any, name_of: Callable[[Path], str | None]) -> CachedModel:
    snapshot = Path(revision.snapshot_path)
    facts = read_facts(snapshot, file_states(snapshot))
    problem = facts.problem
    if problem is not None:  # people know the repository, not the folder of a commit
        problem = problem.replace(str(snapshot), repo_id).replace(snapshot.name, repo_id)
    return CachedModel(
        repo_id=repo_id,
        revision=revision.commit_hash,
        path=folders.shown(snapshot),
        size_bytes=revision.size_on_disk,
        model_type=facts.model_type,
        parameters=facts.parameters,
        precision=facts.precision,
        licence=facts.licence,
        in_library=name_of(snapshot),
        problem=problem,
    )
