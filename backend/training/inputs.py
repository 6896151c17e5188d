"""What a run is made from, and whether that is still the same: its base model and its data files."""

import hashlib
from pathlib import Path

from backend.errors import AppError, Conflict
from backend.models.fingerprint import fingerprint
from backend.training.plan import RunPlan


class InputsChanged(Conflict):
    """A run that goes on would no longer be the run that began."""

    code = "inputs_changed"


def data_sha256(train_file: Path, valid_file: Path | None) -> dict[str, str]:
    """By part: "train", and "valid" where there is one. Raises OSError for a file that cannot be read."""
    files = {"train": train_file, "valid": valid_file}
    return {part: _sha256(file) for part, file in files.items() if file is not None}


def check_unchanged(plan: RunPlan) -> None:
    """Raises InputsChanged with the name of what was changed or is gone."""
    try:
        same_base = fingerprint(plan.model_folder) == plan.base_fingerprint
    except (AppError, OSError) as error:
        raise InputsChanged(f"The base model in {plan.model_folder} cannot be read any more: {error}") from error
    if not same_base:
        raise InputsChanged(
            f"The base model in {plan.model_folder} is not the one that the run began with; put that one back, "
            "or start a new run."
        )
    try:
        now = data_sha256(plan.train_file, plan.valid_file)
    except OSError as error:
        raise InputsChanged(f"The data file {error.filename} cannot be read any more: {error.strerror}.") from error
    for part, file in (("train", plan.train_file), ("valid", plan.valid_file)):
        if now.get(part) != plan.data_sha256.get(part):
            raise InputsChanged(
                f"The data file {file} was changed since the run began; put the earlier file back, or start a new run."
            )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
