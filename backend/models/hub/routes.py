"""The model hub over REST: what it has, what its cache here holds, downloads."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.jobs.schemas import Job
from backend.models.hub.downloads import Downloads
from backend.models.hub.schemas import CachedModel, CuratedModel, DownloadRequest, HubModel

router = APIRouter(tags=["hub"])


def model_downloads(request: Request) -> Downloads:
    downloads: Downloads = request.app.state.downloads
    return downloads


Hub = Annotated[Downloads, Depends(model_downloads)]


@router.get("/hub/cached")
def list_cached_models(hub: Hub) -> list[CachedModel]:
    """Whole snapshots in the cache of Hugging Face's own programs, by name. One is added by its path."""
    return hub.cached()


@router.get("/hub/curated")
def list_curated_models(hub: Hub) -> list[CuratedModel]:
    """A few well-known open models, the smallest first."""
    return hub.curated()


@router.get("/hub/look")
async def look_at_hub_model(hub: Hub, repo_id: str, revision: str | None = None) -> HubModel:
    """Asks the hub for a repository, and says whether it can be downloaded."""
    return await hub.look(repo_id, revision)


@router.post("/models/download", status_code=201)
async def download_model(body: DownloadRequest, hub: Hub) -> Job:
    """Checks that it can be done, then downloads as a job. One that was paused or failed goes on where it was."""
    return await hub.start(body)
