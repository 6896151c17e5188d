"""What a session's events add up to. Pure: events in, a Session out."""

from typing import Any

from backend.training.schemas import ENDED_STATES, Session


def begin(session_id: str, queued: dict[str, Any]) -> Session:
    """A session from its first event, as parsed from its line."""
    return Session(
        id=session_id,
        state="queued",
        adapter_name=queued["adapter_name"],
        model_name=queued["model_name"],
        data_name=queued["data_name"],
        created_at=queued["time"],
        iterations=queued["iterations"],
        last_seq=queued["seq"],
    )


def advance(session: Session, event: dict[str, Any]) -> None:
    """Apply a later event to `session`."""
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
