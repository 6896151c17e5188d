from collections.abc import AsyncIterator
from fastapi import UploadFile
from backend.datasets.importing.schemas import *
from backend.jobs.schemas import Job

class ImportManager:
    def begin(self, body: NewImport) -> ImportDraft: raise NotImplementedError
