"""What weights are called where people read of them."""

from backend.inference.schemas import AdapterDetails


def called(details: AdapterDetails) -> str:
    """ "base model", "radio best", "radio at step 60"."""
    if details.name is None:
        return "base model"
    return (
        f"{details.name} at step {details.step}" if details.type == "checkpoint" else f"{details.name} {details.type}"
    )
