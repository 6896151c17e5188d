"""Data sets over REST."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from backend.datasets.library import DatasetLibrary
from backend.datasets.schemas import Dataset, DatasetPreview, Split

router = APIRouter(tags=["datasets"])


def dataset_library(request: Request) -> DatasetLibrary:
    library: DatasetLibrary = request.app.state.datasets
    return library


Library = Annotated[DatasetLibrary, Depends(dataset_library)]


@router.get("/datasets")
def list_datasets(library: Library) -> list[Dataset]:
    """Every folder in the library; `problem` says why one cannot be used."""
    return library.list()


@router.get("/datasets/{name}")
def get_dataset(name: str, library: Library) -> Dataset:
    return library.get(name)


@router.delete("/datasets/{name}", status_code=204)
def delete_dataset(name: str, library: Library) -> None:
    """Deletes the folder; a link loses only the link. Refused while a session that waits or trains needs it."""
    library.delete(name)


@router.get("/datasets/{name}/preview")
def preview_dataset(
    name: str,
    library: Library,
    split: Split = "train",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> DatasetPreview:
    """Rows as they stand in the file, with question and answer taken apart."""
    return library.preview(name, split, offset, limit)
