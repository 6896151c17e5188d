"""Base models over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.models.config import read_config
from backend.models.fingerprint import fingerprint
from backend.models.fits import fits
from backend.models.inspector import Inspector
from backend.models.library import ModelLibrary
from backend.models.schemas import Model, ModelDetail, NewLink

router = APIRouter(tags=["models"])


def model_library(request: Request) -> ModelLibrary:
    library: ModelLibrary = request.app.state.models
    return library


def model_inspector(request: Request) -> Inspector:
    inspector: Inspector = request.app.state.inspector
    return inspector


Library = Annotated[ModelLibrary, Depends(model_library)]


@router.get("/models")
def list_models(library: Library) -> list[Model]:
    """Every folder in the library; `problem` says why one cannot be used."""
    return library.list()


@router.get("/models/{name}")
async def get_model(
    name: str, library: Library, inspector: Annotated[Inspector, Depends(model_inspector)]
) -> ModelDetail:
    """A model with everything in it that LoRA can adapt."""
    folder = library.get(name)
    profile = await inspector.profile(folder)
    return ModelDetail(
        **library.describe(folder).model_dump(),
        profile=profile,
        fingerprint=fingerprint(folder),
        fits=fits(folder, read_config(folder), profile),
    )


@router.post("/models/add", status_code=201)
def add_model(body: NewLink, library: Library) -> Model:
    """Shows a folder of any place in the library, by a link: nothing is copied."""
    return library.link(body)


@router.delete("/models/{name}", status_code=204)
def delete_model(name: str, library: Library) -> None:
    """Deletes the folder; of a linked one only the link. Refused while something uses it."""
    library.delete(name)
