"""What a session's events add up to. Pure: events in, a Session out."""

import math
from typing import Any

from backend.training.schemas import ENDED_STATES, Session

POINTS = frozenset({"train", "validation", "checkpoint", "best"})


def valid_events(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the points that a later `resumed` made void: those after the iteration that it goes on after."""
    kept = []
    reached = math.inf
    for event in reversed(events):
        if event["type"] == "resumed":
            reached = min(reached, event["iteration"])
        if event["type"] not in POINTS or event["iteration"] <= reached:
            kept.append(event)
    return kept[::-1]


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
    """Apply a later event to `session`; one that no later `resumed` makes void."""
    session.last_seq = event["seq"]
    match event["type"]:
        case "queued":
            for name in ("adapter_name", "model_name", "data_name", "iterations"):
                setattr(session, name, event[name])
        case "spawned":
            session.state = "starting"
            session.started_at = event["time"]
        case "started":
            session.state = "running"
            session.trainable_parameters = event["trainable_parameters"]
        case "train":
            session.iteration = event["iteration"]
            session.train_loss = event["train_loss"]
        case "validation":
            session.iteration = max(session.iteration, event["iteration"])
        case "checkpoint":
            session.saved_iteration = event["iteration"]
            session.iteration = max(session.iteration, event["iteration"])
        case "best":
            session.best_iteration = event["iteration"]
            session.best_val_loss = event["val_loss"]
        case "paused":
            session.state = "paused"
            session.iteration = event["iteration"]
            session.duration_seconds = _seconds(session, event["time"])
        case "resumed":
            _begin_anew(session, event)
        case "finished":
            session.state = event["outcome"]
            session.reason = event["reason"]
            session.iteration = event["iteration"]
            session.saved_iteration = min(session.saved_iteration, event["iteration"])
            if event["iteration"] == 0:
                session.best_iteration = session.best_val_loss = None
            session.finished_at = event["time"]
            session.duration_seconds = _seconds(session, event["time"])


def ended(session: Session) -> bool:
    return session.state in ENDED_STATES


def begun(session: Session) -> bool:
    """Whether a worker has ever been at it."""
    return session.started_at is not None or session.earlier_seconds > 0


def at_rest(session: Session) -> bool:
    """Neither waits nor trains."""
    return ended(session) or session.state == "paused"


def _begin_anew(session: Session, resumed: dict[str, Any]) -> None:
    session.state = "queued"
    session.iteration = session.resumed_after = resumed["iteration"]
    session.iterations = resumed["iterations"]
    session.earlier_seconds = session.duration_seconds or 0.0
    session.reason = session.started_at = session.finished_at = session.duration_seconds = None


def _seconds(session: Session, until: float) -> float | None:
    """Of all attempts; None for a session that never had a worker."""
    if session.started_at is None:
        return session.earlier_seconds or None
    return session.earlier_seconds + until - session.started_at
