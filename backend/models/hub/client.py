"""Asks the hub what a repository holds, through huggingface_hub. Blocks: call it in a thread.

The token is the one that huggingface_hub finds (HF_TOKEN, or its file), and never leaves this module's calls.
"""

from dataclasses import dataclass
from typing import Any

from backend.errors import AppError
from backend.models.hub.environment import PROGRAM, endpoint, quiet
from backend.models.hub.schemas import HubFile
from backend.models.hub.wanted import obstacle, wanted
from backend.models.licence import licence_name
from backend.settings import VERSION

LOOK_SECONDS = 15.0


@dataclass(frozen=True)
class Repository:
    """What the hub says of a repository at one commit. `problem` is why it cannot be downloaded, in words."""

    repo_id: str
    commit: str
    model_type: str | None
    licence: str | None
    gated: bool
    files: list[HubFile]
    problem: AppError | None

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def look_up(repo_id: str, revision: str | None) -> Repository:
    """Raises HubRefused where there is no such repository, or nobody answers."""
    quiet()
    from huggingface_hub import HfApi

    from backend.models.hub.refusals import in_words, strange_answer

    api = HfApi(endpoint=endpoint(), library_name=PROGRAM, library_version=VERSION)
    try:
        info = api.model_info(repo_id, revision=revision, files_metadata=True, timeout=LOOK_SECONDS)
        denied = _denied(repo_id) if info.gated else None
    except (KeyError, TypeError, AttributeError) as error:
        raise strange_answer() from error
    except Exception as error:
        if (words := in_words(error, repo_id, revision)) is None:
            raise
        raise words from error
    config: dict[str, Any] = info.config or {}
    card = info.card_data
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or []}
    no_model = obstacle(repo_id, list(siblings), config.get("model_type"), config.get("architectures") or [])
    return Repository(
        repo_id=info.id,
        commit=info.sha or "",
        model_type=config.get("model_type"),
        licence=licence_name({name: card.get(name) for name in ("license", "license_name")}) if card else None,
        gated=bool(info.gated),
        files=[_file(siblings[name]) for name in wanted(siblings)],
        problem=denied or (AppError(no_model, code="model_refused") if no_model else None),
    )


def _denied(repo_id: str) -> AppError | None:
    """Why the files of a gated repository are not given to who asks; everybody may see what it holds.

    As `HfApi.auth_check`, which waits for ever.
    """
    from huggingface_hub import get_session, hf_raise_for_status
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # it is among its exports

    from backend.models.hub.refusals import in_words

    headers = build_hf_headers(library_name=PROGRAM, library_version=VERSION)
    try:
        address = f"{endpoint()}/api/models/{repo_id}/auth-check"
        hf_raise_for_status(get_session().get(address, headers=headers, timeout=LOOK_SECONDS))
    except HfHubHTTPError as error:
        return in_words(error, repo_id)
    return None


def _file(sibling: Any) -> HubFile:
    return HubFile(
        name=sibling.rfilename,
        bytes=sibling.size or 0,
        sha256=sibling.lfs.sha256 if sibling.lfs else None,
        blob=None if sibling.lfs else sibling.blob_id,
    )
