"""What a log adds up to when a run pauses, goes on, and changes before it begins."""

from pathlib import Path

from backend.event_log import Event
from backend.training.events import (
    Best,
    Checkpoint,
    Finished,
    Paused,
    Queued,
    Resumed,
    Spawned,
    Started,
    Train,
    Validation,
)
from backend.training.fold import valid_events
from backend.training.schemas import Session
from backend.training.store import EVENTS, SessionStore

ID = "20260101-000000-abcdef"
QUEUED = Queued(adapter_name="voice", model_name="tiny", data_name="sums", iterations=100)
STARTED = Started(
    model="tiny",
    model_type="llama",
    device="cpu",
    versions={},
    total_parameters=100,
    trainable_parameters=10,
    trainable_percent=10,
    keys=[],
    adapted_modules=1,
    iterations=100,
    train_examples=1,
    validation_examples=1,
)


def train(iteration: int) -> Train:
    return Train(
        iteration=iteration,
        train_loss=1 / iteration,
        learning_rate=1e-4,
        iterations_per_second=1,
        tokens_per_second=1,
        trained_tokens=iteration,
        peak_memory_gb=1,
        grad_norm=1,
    )


def attempt(*points: Event) -> list[Event]:
    return [Spawned(pid=1, process_started=0.0), STARTED, *points]


FIRST = attempt(
    train(10),
    Validation(iteration=10, val_loss=3.0, seconds=1),
    Best(iteration=10, val_loss=3.0),
    Checkpoint(iteration=10, file="0000010_adapters.safetensors"),
    train(20),
    Validation(iteration=20, val_loss=2.0, seconds=1),
    Best(iteration=20, val_loss=2.0),
    Finished(outcome="failed", reason="Killed.", iteration=10),
)


def written(root: Path, events: list[Event]) -> SessionStore:
    """A session whose `n`th event happened `n` seconds after the epoch."""
    folder = root / ID
    folder.mkdir(parents=True)
    lines = [
        event.model_copy(update={"seq": number, "time": float(number)}).model_dump_json() + "\n"
        for number, event in enumerate(events, 1)
    ]
    (folder / EVENTS).write_text("".join(lines))
    return SessionStore(root)


def test_points_after_the_iteration_resumed_from_are_void_and_all_else_stays() -> None:
    events = [
        {"seq": seq, "type": kind, "iteration": iteration}
        for seq, (kind, iteration) in enumerate(
            [("train", 10), ("best", 20), ("finished", 20), ("resumed", 15), ("train", 20), ("train", 30),
             ("warning", 30), ("paused", 30), ("resumed", 10), ("train", 11)]
        )
    ]  # fmt: skip
    assert [event["seq"] for event in valid_events(events)] == [0, 2, 3, 6, 7, 8, 9]


def test_a_resumed_session_waits_as_it_was_at_the_iteration_it_goes_on_after(tmp_path: Path) -> None:
    store = written(tmp_path, [QUEUED, *FIRST, Resumed(iteration=10, iterations=200)])
    assert store.get(ID) == Session(
        id=ID,
        state="queued",
        adapter_name="voice",
        model_name="tiny",
        data_name="sums",
        created_at=1.0,
        iteration=10,
        iterations=200,
        saved_iteration=10,
        resumed_after=10,
        earlier_seconds=9.0,
        train_loss=0.1,
        best_iteration=10,
        best_val_loss=3.0,
        trainable_parameters=10,
        last_seq=12,
    )


def test_durations_of_attempts_add_up_without_the_time_between(tmp_path: Path) -> None:
    events = [QUEUED, *attempt(Paused(iteration=5)), Resumed(iteration=5, iterations=100)]
    events += attempt(Finished(outcome="completed", reason="Done.", iteration=100))
    session = written(tmp_path, events).get(ID)
    assert (session.state, session.started_at, session.duration_seconds) == ("completed", 6.0, 4.0)


def test_what_was_folded_before_a_resume_is_folded_anew(tmp_path: Path) -> None:
    store = written(tmp_path, [QUEUED, *FIRST])
    assert store.get(ID).best_iteration == 20
    store.append(ID, Resumed(iteration=10, iterations=100))
    store.append(ID, train(12))
    assert store.get(ID).best_iteration == 10
    assert store.get(ID) == SessionStore(tmp_path).get(ID)


def test_a_second_queued_event_replaces_the_first(tmp_path: Path) -> None:
    other = Queued(adapter_name="other", model_name="large", data_name="rows", iterations=7)
    session = written(tmp_path, [QUEUED, other]).get(ID)
    assert session == Session(
        id=ID,
        state="queued",
        adapter_name="other",
        model_name="large",
        data_name="rows",
        created_at=1.0,
        iterations=7,
        last_seq=2,
    )


def test_a_session_whose_last_word_is_an_end_or_a_pause_is_at_rest(tmp_path: Path) -> None:
    logs: dict[str, list[Event]] = {
        "ended": [QUEUED, *FIRST],
        "paused": [QUEUED, *attempt(Paused(iteration=5))],
        "waits": [QUEUED],
        "resumed": [QUEUED, *FIRST, Resumed(iteration=10, iterations=100)],
        "trains": [QUEUED, *FIRST, Resumed(iteration=10, iterations=100), *attempt(train(12))],
    }
    for name, events in logs.items():
        written(tmp_path, events)
        (tmp_path / ID).rename(tmp_path / name)
    assert {session.id for session in SessionStore(tmp_path).unfinished()} == {"waits", "resumed", "trains"}


async def test_following_goes_on_behind_an_end_that_was_not_the_last(tmp_path: Path) -> None:
    second = [Resumed(iteration=10, iterations=100), *attempt(train(12), Paused(iteration=12))]
    store = written(tmp_path, [QUEUED, *FIRST, *second])
    lines = [line async for line in store.follow(ID)]
    assert lines == [event.model_dump_json() for event in store.events(ID)]
