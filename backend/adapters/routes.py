"""Adapters over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from backend.adapters.library import AdapterLibrary
from backend.adapters.schemas import Adapter

router = APIRouter(tags=["adapters"])


def adapter_library(request: Request) -> AdapterLibrary:
    library: AdapterLibrary = request.app.state.adapters
    return library


Library = Annotated[AdapterLibrary, Depends(adapter_library)]


@router.get("/adapters")
def list_adapters(library: Library) -> list[Adapter]:
    return library.list()


@router.get("/adapters/{name}")
def get_adapter(name: str, library: Library) -> Adapter:
    return library.get(name)


@router.delete("/adapters/{name}", status_code=204)
def delete_adapter(name: str, library: Library) -> None:
    """Deletes the folder with its checkpoints; refused while a session writes to it."""
    library.delete(name)
