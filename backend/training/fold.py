"""What a session's events add up to. Pure: a plan and events in, a Session out."""

from typing import Any

from backend.training.plan import RunPlan
from backend.training.schemas import ENDED_STATES, Session


def begin(session_id: str, plan: RunPlan) -> Session:
    return Session(
        id=session_id,
        state="queued",
        adapter_name=plan.config.adapter_name,
        model_name=plan.model_name,
        data_name=plan.data_name,
        created_at=plan.created_at,
        iterations=plan.config.iterations,
    )


def advance(session: Session, event: dict[str, Any]) -> None:
    """Apply one event, as parsed from its line, to `session`."""
    session.last_seq = event["seq"]
    match event["type"]:
        case "spawned":
            session.state = "starting"
            session.started_at = event["time"]
        case "started":
            session.state = "running"
            session.trainable_parameters = event["trainable_parameters"]
        case "train":
            session.iteration = event["iteration"]
            session.train_loss = event["train_loss"]
        case "validation" | "checkpoint":
            session.iteration = max(session.iteration, event["iteration"])
        case "best":
            session.best_iteration = event["iteration"]
            session.best_val_loss = event["val_loss"]
        case "finished":
            session.state = event["outcome"]
            session.reason = event["reason"]
            session.iteration = event["iteration"]
            session.finished_at = event["time"]
            if session.started_at is not None:
                session.duration_seconds = event["time"] - session.started_at


def ended(session: Session) -> bool:
    return session.state in ENDED_STATES
