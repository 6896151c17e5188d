"""Who is answered when: in one batch where it can be, first come first served where not, and nobody starves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest
from pydantic import BaseModel

from backend.inference.messages import Answer, Answered, Loaded, RowStarted
from backend.workers.inference.adapter_files import AdapterCache
from backend.workers.inference.base import Residence
from backend.workers.inference.batch import MOST_ROWS
from backend.workers.inference.scheduler import Scheduler
from tests.inference.worker_process import answer_params
from tests.tiny_adapters import make_adapter
from tests.tiny_models import CONFIGS, make_model

Asked = dict[str, Any]


class Collected:
    """What was replied to each, and in which order rows began and ended."""

    def __init__(self) -> None:
        self.started: list[int] = []
        self.answers: dict[int, Answered] = {}
        self.others: dict[int, Any] = {}
        self.errors: dict[int, str] = {}
        self.present: set[int] = set()
        self.together: dict[int, set[int]] = {}

    def event(self, identifier: int, event: BaseModel) -> None:
        if isinstance(event, RowStarted):
            self.started.append(identifier)
            self.present.add(identifier)
            for row in self.present:
                self.together[row] = self.together.get(row, set()) | self.present

    def result(self, identifier: int, result: BaseModel) -> None:
        self.present.discard(identifier)
        if isinstance(result, Answered):
            self.answers[identifier] = result
        else:
            self.others[identifier] = result

    def error(self, identifier: int, error: Exception) -> None:
        self.present.discard(identifier)
        self.errors[identifier] = str(error)


class Office:
    """A scheduler, asked by number."""

    def __init__(self, adapters: AdapterCache | None = None) -> None:
        self.replies = Collected()
        self.scheduler = Scheduler(self.replies, Residence(adapters))
        self._asked = 0

    def ask(self, *asked: Asked) -> None:
        for params in asked:
            self.scheduler.ask(self._asked, Answer.model_validate(params))
            self._asked += 1

    def step(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.scheduler.step()

    def run(self) -> Collected:
        while not self.scheduler.is_idle:
            self.scheduler.step()
        return self.replies


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    base = make_model(home / "base")
    make_model(home / "other", seed=4)
    make_model(home / "unbatchable", CONFIGS["llama4"])
    for seed in range(9):
        make_adapter(home / f"lora{seed}", base, seed=seed)
    for seed in range(2):
        make_adapter(home / f"dora{seed}", base, seed=seed, method="dora")
    return home


@pytest.fixture
def asking(home: Path) -> Callable[..., Asked]:
    def asking(adapter: str | None = None, base: str = "base", **settings: Any) -> Asked:
        return answer_params(home / base, home / adapter if adapter else None, **{"max_tokens": 6, **settings})

    return asking


Asking = Callable[..., Asked]


def test_base_and_adapters_are_answered_together(asking: Asking) -> None:
    office = Office()
    office.ask(asking(), *[asking(f"lora{number}") for number in range(7)])
    replies = office.run()
    assert replies.together == {row: set(range(8)) for row in range(8)}


def test_a_ninth_weight_waits_for_a_slot_and_later_rows_wait_behind_it(asking: Asking) -> None:
    office = Office()
    lengths = [30, 4, *[30] * 5]
    office.ask(*[asking(f"lora{number}", max_tokens=length) for number, length in enumerate(lengths)])
    office.ask(asking("lora7"), asking())
    office.step()
    assert office.replies.started == [0, 1, 2, 3, 4, 5, 6]
    replies = office.run()
    assert replies.started == list(range(9))
    assert replies.together[7] == {0, 2, 3, 4, 5, 6, 7, 8}


def test_who_needs_the_model_alone_waits_for_those_before_and_holds_up_those_after(asking: Asking) -> None:
    office = Office()
    office.ask(asking(), asking("lora0"), asking("dora0"), asking("dora0"), asking("dora1"), asking(), asking("lora0"))
    replies = office.run()
    phases = [{0, 1}, {2, 3}, {4}, {5, 6}]
    assert replies.together == {row: phase for phase in phases for row in phase}
    assert replies.started == list(range(7))


def test_who_keeps_asking_does_not_starve_another_base(asking: Asking) -> None:
    office = Office()
    office.ask(asking(max_tokens=20), asking(base="other"))
    for _ in range(30):
        office.ask(asking())
        office.step()
    assert 1 in office.replies.answers
    office.run()
    assert office.replies.started == list(range(32))
    assert len(office.replies.answers) == 32


def test_a_model_that_cannot_be_batched_answers_one_row_at_a_time_and_says_so(asking: Asking) -> None:
    office = Office()
    office.ask(*[asking(base="unbatchable", prompt=prompt) for prompt in ("Hello", "x" * 40, "Why?")])
    replies = office.run()
    assert replies.together == {0: {0}, 1: {1}, 2: {2}}
    assert {answer.notes[0].partition(":")[0] for answer in replies.answers.values()} == {
        "This model answers one request after another"
    }


def test_more_rows_than_fit_wait_their_turn(asking: Asking) -> None:
    office = Office()
    office.ask(*[asking(prompt=str(number), max_tokens=12) for number in range(MOST_ROWS + 3)])
    office.step()
    assert (office.scheduler.resident().rows, office.scheduler.resident().waiting) == (MOST_ROWS, 3)
    assert len(office.run().answers) == MOST_ROWS + 3


def test_a_row_given_up_makes_room(asking: Asking) -> None:
    office = Office()
    office.ask(asking(max_tokens=400), asking("dora0"))
    office.step(5)
    assert office.replies.started == [0]
    office.scheduler.cancel(0)
    office.step()
    assert (office.replies.answers[0].finish_reason, office.replies.started) == ("cancelled", [0, 1])
    office.run()
    assert office.scheduler.resident().rows == 0


def test_a_task_runs_between_answers_on_the_bare_base(asking: Asking, home: Path) -> None:
    office = Office()
    office.ask(asking("lora0", max_tokens=20))
    seen: list[bool] = []

    def look(residence: Residence) -> Loaded:
        base = residence.load(home / "base")
        seen.append(any("lora" in name for name, _ in base.adapted.model.named_modules()))
        seen.append(bool(office.replies.present))
        return base.loaded

    office.scheduler.ask(100, look)
    office.ask(asking("lora0"))
    replies = office.run()
    assert (seen, replies.started, list(replies.others)) == ([False, False], [0, 1], [100])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("[broadcast_shapes] cannot be broadcast"), "[broadcast_shapes] cannot be broadcast"),
        (
            RuntimeError("[metal::malloc] Attempting to allocate 99 bytes"),
            "Memory ran out while this was answered. Ask with a shorter prompt, fewer columns or fewer tokens.",
        ),
    ],
)
def test_a_failing_step_fails_every_row_of_the_batch_and_the_next_request_is_answered(
    error: Exception, sentence: str, asking: Asking, home: Path
) -> None:
    office = Office()
    office.ask(asking("lora0", max_tokens=30), asking("lora1", max_tokens=30))
    office.step(3)
    base = office.scheduler._residence.resident(home / "base")
    assert base is not None
    norm, base.adapted.model.model.norm = base.adapted.model.model.norm, failing_with(error)
    office.step()
    base.adapted.model.model.norm = norm
    assert office.replies.errors == {0: sentence, 1: sentence}
    office.ask(asking("lora0"))
    alone = Office()
    alone.ask(asking("lora0"))
    assert office.run().answers[2].text == alone.run().answers[0].text


def failing_with(error: Exception) -> Callable[[mx.array], mx.array]:
    def fail(_: mx.array) -> mx.array:
        raise error

    return fail


def test_switching_whole_weights_holds_the_memory_of_one_adapter_beside_the_base(tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", {**CONFIGS["qwen2"], "hidden_size": 512, "intermediate_size": 2048})
    folders = [make_adapter(tmp_path / str(seed), base, method="full", seed=seed) for seed in (1, 2)]
    size_bytes = (folders[0] / "adapters.safetensors").stat().st_size
    office = Office(AdapterCache(limit_bytes=size_bytes))

    def answer(folder: Path | None) -> str:
        office.ask(answer_params(base, folder, scale=None, max_tokens=4))
        return office.run().answers[office._asked - 1].text

    text = answer(None)
    alone = mx.get_active_memory()
    mx.reset_peak_memory()
    texts = [answer(folder) for folder in [*folders, None, *folders]]
    assert (len({text, *texts}), texts[:2], texts[2]) == (3, texts[3:], text)
    assert mx.get_active_memory() < alone + 1.1 * size_bytes
    assert mx.get_peak_memory() < alone + 1.6 * size_bytes
