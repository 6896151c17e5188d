"""Whether a session can go on, after which iteration and up to which. Knows the session's folder, no processes."""

from pathlib import Path

from backend.errors import Conflict, FieldError
from backend.training import fold
from backend.training.plan import RunPlan
from backend.training.planning.validation import check_values
from backend.training.resume import RESUME_FILE, saved_iteration
from backend.training.schemas import Session


class CannotResume(Conflict):
    code = "cannot_resume"


def resumes_after(session_folder: Path, session: Session) -> int:
    """The iteration that a session at rest goes on after; from the beginning while nothing of it was saved.

    Raises CannotResume when the session waits or trains, or when the state of a run that had saved is gone.
    """
    if not fold.at_rest(session):
        raise CannotResume(f"Session {session.id} waits or trains already.")
    iteration = saved_iteration(session_folder)
    if iteration == 0 and session.saved_iteration > 0:
        raise CannotResume(
            f"The run was saved at step {session.saved_iteration}, but its {RESUME_FILE} is missing or damaged, so "
            "that it cannot go on exactly. Start a new run with 'resume_adapter_file' set to its adapter instead."
        )
    return iteration


def continued(plan: RunPlan, session: Session, after: int, wanted: int | None) -> RunPlan:
    """The plan with the new total that is `wanted`. Raises CannotResume or FieldError where nothing is left to do.

    A run that failed after its last step still has to write its adapter.
    """
    total = session.iterations if wanted is None else wanted
    if total > after or (total == after and session.state == "failed"):
        config = plan.config.model_copy(update={"iterations": total})
        check_values(config, None)
        return plan.model_copy(update={"config": config})
    if wanted is None:
        raise CannotResume(
            f"All {session.iterations} steps of this run are done. Give 'iterations', a new total above {after}, "
            "to train it further.",
            code="iterations_needed",
        )
    raise FieldError(
        "iterations", f"The run has done {after} steps already, so its new total must be above {after}, not {wanted}."
    )


def check_adapter(plan: RunPlan, session: Session, owner: str | None, writer: str | None) -> None:
    """`owner` is the session that made the adapter of this name, `writer` the one that waits or trains to make it.

    Raises CannotResume where going on would overwrite the work of another. What the run is to replace may still be
    there until it has reported a save: its resume file is written before its adapter.
    """
    name = plan.adapter_folder.name
    if writer is not None:
        raise CannotResume(f"The adapter name '{name}' is reserved by session {writer}, which waits or trains.")
    nothing_saved = session.saved_iteration == 0 and session.best_iteration is None
    is_to_replace = nothing_saved and plan.config.on_existing == "replace"
    if plan.adapter_folder.exists() and owner != session.id and not is_to_replace:
        raise CannotResume(
            f"The adapter '{name}' is not of this run any more: {owner or 'somebody else'} made it. "
            "Move or delete that adapter, and the run writes its own again."
        )


def advice(session_folder: Path) -> str:
    """What to add to the reason of a run that ended badly; nothing where there is no state to go on from."""
    iteration = saved_iteration(session_folder)
    return f" Resume it to go on from step {iteration}." if iteration else ""
