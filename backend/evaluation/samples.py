"""Finds the text on which the cost of a conversion is measured. Knows files, no models."""

from backend.adapters.identity import content_hash
from backend.datasets.formats import read_numbered
from backend.datasets.library import DataNotFound, DatasetLibrary
from backend.datasets.schemas import SPLIT_NAMES
from backend.evaluation.general import GENERAL_TEXT
from backend.evaluation.schemas import HeldOutSplit
from backend.models.conversion.schemas import Sample


def find_sample(datasets: DatasetLibrary, data: str | None) -> Sample:
    """The test split of a data set, else its validation split; None takes the general text.

    Reads every row, so call it in a thread. Raises DataNotFound, or DataProblem, which names the line.
    """
    if data is None:
        return Sample(
            part="general", title="the general text", file=GENERAL_TEXT, content_hash=content_hash(GENERAL_TEXT)
        )
    try:
        files = datasets.resolve(data, None)
    except DataNotFound as error:
        raise DataNotFound("measure_on", error.detail, status_code=404) from error
    split: HeldOutSplit = "test" if files.test else "valid"
    file = files.test or files.valid
    if file is None:
        raise DataNotFound(
            "measure_on",
            f"{files.name} has neither a test nor a validation split, so there are no held-out rows to measure on.",
        )
    read_numbered(file)
    title = f"{files.name}, {SPLIT_NAMES[split]} split"
    return Sample(part="data", title=title, file=file, content_hash=content_hash(file))
