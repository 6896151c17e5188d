"""What a chart is given of a run: every loss of a short one, the outline of a long one, nothing void."""

import json
import random
from pathlib import Path

import pytest

from backend.event_log import Event
from backend.training.course import Attempt, BestPoint, TrainLine, ValidationLine, read_course
from backend.training.events import Best, Finished, Paused, Queued, Resumed, Spawned, Started, Train, Validation
from backend.training.store import EVENTS, LogDamaged, SessionStore

STARTED = Started(
    model="tiny",
    model_type="llama",
    device="cpu",
    versions={"mlx": "1"},
    total_parameters=100,
    trainable_parameters=10,
    trainable_percent=10,
    keys=[],
    adapted_modules=1,
    iterations=100,
    train_examples=1,
    validation_examples=1,
)


def train(iteration: int, loss: float, speed: float = 10.0) -> Train:
    return Train(
        iteration=iteration,
        train_loss=loss,
        learning_rate=1e-4,
        iterations_per_second=1,
        tokens_per_second=speed,
        trained_tokens=100 * iteration,
        peak_memory_gb=iteration / 10,
        grad_norm=1,
    )


def spawned() -> Spawned:
    return Spawned(pid=1, process_started=0.0)


def log(*events: Event) -> list[bytes]:
    """Events a second apart, from second 1 on."""
    stamped = (event.model_copy(update={"seq": seq, "time": float(seq)}) for seq, event in enumerate(events, 1))
    return [event.model_dump_json().encode() for event in stamped]


RESUMED_RUN = log(
    Queued(adapter_name="voice", model_name="tiny", data_name="sums", iterations=4),
    spawned(),
    STARTED,
    train(1, 4.0),
    Validation(iteration=1, val_loss=3.5, seconds=1),
    Best(iteration=1, val_loss=3.5),
    train(2, 3.0),
    Validation(iteration=2, val_loss=3.0, seconds=1),
    Best(iteration=2, val_loss=3.0),
    Paused(iteration=1),
    Resumed(iteration=1, iterations=4),
    spawned(),
    STARTED,
    train(2, 2.5, speed=30),
    Finished(outcome="stopped", reason="It was stopped.", iteration=2),
)


def test_a_course_leaves_out_what_a_later_attempt_made_void() -> None:
    course = read_course(RESUMED_RUN, 100)
    assert course.train == TrainLine(
        iterations=[1, 2], losses=[4.0, 2.5], means=[4.0, 2.5], tokens=[100, 200], times=[4.0, 14.0]
    )
    assert course.validation == ValidationLine(iterations=[1], losses=[3.5], times=[5.0])
    assert course.best == BestPoint(iteration=1, loss=3.5)
    assert course.attempts == [Attempt(began_at=2.0, ended_at=10.0), Attempt(began_at=12.0, ended_at=15.0)]
    assert (course.last_seq, course.reports, course.peak_memory_gb) == (15, 2, 0.2)
    assert course.started and course.started.versions == {"mlx": "1"}


def test_the_speed_is_that_of_all_steps_together() -> None:
    course = read_course(RESUMED_RUN, 100)
    assert course.tokens_per_second == pytest.approx(200 / (100 / 10 + 100 / 30))


def test_a_run_that_waits_has_an_empty_course() -> None:
    course = read_course(RESUMED_RUN[:1], 100)
    assert (course.train.losses, course.validation.losses, course.attempts) == ([], [], [])
    assert (course.best, course.started, course.tokens_per_second, course.peak_memory_gb) == (None, None, None, None)


def test_a_course_says_whether_more_may_come() -> None:
    assert [read_course(RESUMED_RUN[:end], 100).at_rest for end in (1, 9, 10, 11, 14, 15)] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_an_attempt_goes_on_while_nothing_ended_it() -> None:
    assert read_course(RESUMED_RUN[:4], 100).attempts == [Attempt(began_at=2.0, ended_at=None)]


def test_a_long_course_keeps_every_spike_both_ends_and_the_mean_of_what_it_leaves_out() -> None:
    noise = random.Random(0)
    losses = [2 + noise.random() for _ in range(10_000)]
    losses[4321], losses[7654] = 99.0, 0.5
    course = read_course(log(*(train(step, loss) for step, loss in enumerate(losses, 1))), 100)
    line = course.train
    assert course.reports == 10_000
    assert len(line.losses) <= 102
    assert (max(line.losses), min(line.losses)) == (99.0, 0.5)
    assert (line.iterations[0], line.iterations[-1]) == (1, 10_000)
    assert line.losses == [losses[step - 1] for step in line.iterations]
    stretches = zip(line.means, [0, *line.iterations], line.iterations, strict=False)
    assert sum(mean * (end - begin) for mean, begin, end in stretches) == pytest.approx(sum(losses))


@pytest.mark.parametrize("damage", [b"\x00\x00{", b'{"seq":7,"type":"train"}', b"[]", b'{"seq":7}'])
def test_a_line_that_cannot_be_read_is_counted_and_hides_no_other(damage: bytes) -> None:
    course = read_course([*RESUMED_RUN[:6], damage, *RESUMED_RUN[7:]], 100)
    assert course.unreadable_lines == 1
    assert course.train.iterations == [1, 2]


def test_a_session_whose_log_tells_nothing_any_more_is_refused_with_the_file(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    folder = tmp_path / "20260101-000000-abcdef"
    folder.mkdir()
    (folder / EVENTS).write_bytes(b"\n".join([json.dumps({"seq": 1}).encode(), *RESUMED_RUN[1:], b""]))
    with pytest.raises(LogDamaged, match=f"{EVENTS} cannot be read as the log of a run"):
        store.get(folder.name)
    assert store.course(folder.name, 100).train.iterations == [1, 2]


def test_a_log_that_has_grown_is_read_again(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    folder = tmp_path / "20260101-000000-abcdef"
    folder.mkdir()
    (folder / EVENTS).write_bytes(b"\n".join([*RESUMED_RUN[:4], b""]))
    assert store.course(folder.name, 100).last_seq == 4
    store.append(folder.name, train(2, 3.0))
    assert store.course(folder.name, 100).last_seq == 5


def test_a_damaged_line_hides_neither_its_session_nor_the_other_events(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    folder = tmp_path / "20260101-000000-abcdef"
    folder.mkdir()
    (folder / EVENTS).write_bytes(b"\n".join([*RESUMED_RUN[:7], b"\x00 half", *RESUMED_RUN[8:], b""]))
    assert store.get(folder.name).state == "stopped"
    assert [event.seq for event in store.events(folder.name)] == [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15]
