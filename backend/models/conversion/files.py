"""The files and folders of a conversion: in its job's folder, in the model that it makes, and while it makes it."""

from pathlib import Path

RESULT = "result.json"
"""In the folder of the job."""
RECORD = "conversion.json"
"""In the folder of the new model."""


def workshop(folder: Path, job_id: str) -> Path:
    """Beside the model `folder` that is to appear, so that a whole one only has to be renamed; libraries hide it."""
    return folder.with_name(f".converting-{job_id}")
