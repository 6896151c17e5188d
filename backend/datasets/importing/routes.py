"""Bringing data in over REST: a draft, a look at its first rows, a check of every row, and the data set."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.requests import ClientDisconnect

from backend.datasets.importing.manager import ImportManager
from backend.datasets.importing.schemas import (
    ImportDraft,
    ImportLook,
    ImportPlan,
    ImportReport,
    LookRequest,
    NewImport,
    WriteRequest,
)
from backend.datasets.placing import OnExisting
from backend.errors import AppError
from backend.jobs.schemas import Job

UPLOAD_CHUNK_BYTES = 1 << 20

router = APIRouter(tags=["imports"])


def import_manager(request: Request) -> ImportManager:
    manager: ImportManager = request.app.state.imports
    return manager


Manager = Annotated[ImportManager, Depends(import_manager)]


@router.post("/imports", status_code=201)
def begin_import(body: NewImport, manager: Manager) -> ImportDraft:
    """From a path on this machine, from text, or empty for files to be uploaded into it."""
    return manager.begin(body)


@router.put("/imports/{draft_id}/files/{name:path}", openapi_extra={"requestBody": {"content": {"*/*": {}}}})
async def upload_import_file(draft_id: str, name: str, request: Request, manager: Manager) -> ImportDraft:
    """The body is the file; `name` may have folders in it. A file of that name is replaced, and the last check goes."""
    try:
        return await manager.upload(draft_id, name, request.stream())
    except ClientDisconnect as error:
        raise AppError("The upload was broken off, and nothing of it is kept.", code="broken_off") from error


@router.get("/imports")
def list_imports(manager: Manager) -> list[ImportDraft]:
    """The newest first."""
    return manager.list()


@router.get("/imports/{draft_id}")
def get_import(draft_id: str, manager: Manager) -> ImportDraft:
    return manager.get(draft_id)


@router.delete("/imports/{draft_id}", status_code=204)
def delete_import(draft_id: str, manager: Manager) -> None:
    """Deletes what was uploaded or pasted; what is read in place stays. Refused while a job works on it."""
    manager.delete(draft_id)


@router.post("/imports/{draft_id}/look")
def look_at_import(draft_id: str, body: LookRequest, manager: Manager) -> ImportLook:
    """The first rows only, as the mapping makes them, or as what is detected makes them."""
    return manager.look(draft_id, body)


@router.post("/imports/{draft_id}/check", status_code=201)
def check_import(draft_id: str, body: ImportPlan, manager: Manager) -> Job:
    """Reads every row, as a job; its report is at `/imports/{draft_id}/report`."""
    return manager.check(draft_id, body)


@router.get("/imports/{draft_id}/report")
def get_import_report(draft_id: str, manager: Manager) -> ImportReport:
    """Of the last check."""
    return manager.report(draft_id)


@router.post("/imports/{draft_id}/write", status_code=201)
def write_import(draft_id: str, body: WriteRequest, manager: Manager) -> Job:
    """Writes the data set, as a job. It appears whole or not at all; the draft goes when it is there."""
    return manager.write(draft_id, body)


@router.post("/datasets", status_code=201)
async def import_dataset(
    manager: Manager,
    files: Annotated[list[UploadFile], File()],
    name: Annotated[str, Form()],
    plan: Annotated[str | None, Form(description="an ImportPlan as JSON; what is left out is detected")] = None,
    on_existing: Annotated[OnExisting, Form()] = "refuse",
) -> Job:
    """Upload and write in one request. Whatever is doubtful stops the job in words, and the draft is kept."""
    named = [(file.filename or "", _chunks(file)) for file in files]
    return await manager.import_at_once(named, name, plan, on_existing)


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(UPLOAD_CHUNK_BYTES):
        yield chunk
