"""Shapes of what the model hub has, and of downloads from it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.models.schemas import Fit


class Shown(BaseModel):
    model_config = ConfigDict(protected_namespaces=(), json_schema_serialization_defaults_required=True)


class HubFile(Shown):
    """A file of a repository. `sha256` is that of its content where it is large, else `blob` is git's name for it."""

    name: str
    bytes: int
    sha256: str | None = None
    blob: str | None = None


class HubModel(Shown):
    """A repository as it is now, at one commit. `files` are those that a model needs, and nothing else is downloaded.

    `already_bytes` of them are here, from a download that was interrupted; `problem` says why it cannot be downloaded.
    `in_library` is the name of this revision there, `other_revision` that of another, where this one is not.
    """

    repo_id: str
    revision: Annotated[str, Field(description="the commit")]
    name: Annotated[str, Field(description="of the folder that a download makes")]
    model_type: str | None
    licence: str | None
    gated: bool
    files: list[HubFile]
    download_bytes: int
    free_bytes: int
    already_bytes: int = 0
    in_library: str | None = None
    other_revision: str | None = None
    problem: str | None = None


class CachedModel(Shown):
    """A snapshot that the cache of Hugging Face's own programs holds. Its `path` can be added; nothing is copied."""

    repo_id: str
    revision: str
    path: str
    size_bytes: int
    model_type: str | None
    parameters: int | None
    precision: str | None
    licence: str | None
    in_library: Annotated[str | None, Field(description="its name in the library, where it is there already")] = None
    problem: str | None = None


class CuratedModel(Shown):
    """One of a few well-known open models. `fit` is for training it with LoRA on this machine."""

    repo_id: str
    title: str
    parameters: int
    download_bytes: int
    context_length: int
    licence: str
    good_for: str
    gated: bool = False
    in_library: str | None = None
    fit: Fit


class DownloadRequest(BaseModel):
    """`revision` None is the newest; `name` None takes org--model."""

    model_config = ConfigDict(extra="forbid")

    repo_id: str
    revision: str | None = None
    name: str | None = None


class DownloadPlan(BaseModel):
    """What a download job does: these files at this commit, and then a folder `name` appears in the library.

    `pauses_seconds` are those after one, two ... attempts in a row that brought nothing; after the last it gives up.
    """

    repo_id: str
    revision: str | None
    commit: str
    name: str
    library: str
    files: list[HubFile]
    pauses_seconds: list[float]
