"""Statistics of data against the batches that a run really makes."""

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backend.datasets.formats import DataProblem, read_rows
from backend.errors import AppError
from backend.tokens.messages import Measure
from backend.tokens.schemas import DataStatistics, LengthRange
from backend.workers.base_model import read_tokenizer
from backend.workers.taking_turns import WAITING, Steps
from backend.workers.token_reader import Reader
from backend.workers.tokens import lengths as lengths_module
from backend.workers.tokens.lengths import Lengths, chosen_rows
from backend.workers.tokens.row_places import RowPlaces, find_rows
from backend.workers.tokens.statistics import statistics_of
from backend.workers.training.data.batching import TrainingBatches
from backend.workers.training.data.encoding import encode_all
from tests.tiny_models import make_model
from tests.tokens.rows import chat, write

ROWS = [chat(*(f"{'What is this? ' * (number % 9)}{number}", "It is. " * (number % 23 + 1)) * (number % 3 + 1))
        for number in range(90)]  # fmt: skip


def finished(task: Steps[Any]) -> Any:
    while True:
        try:
            next(task)
        except StopIteration as end:
            return end.value


def statistics(reader: Reader, asked: Measure) -> DataStatistics:
    answer = finished(reader.statistics(asked.model_dump(mode="json")))
    assert isinstance(answer, DataStatistics)
    return answer


def places_of(file: Path) -> RowPlaces:
    places = finished(find_rows(file))
    assert isinstance(places, RowPlaces)
    return places


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("data"), *ROWS)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def measure(model: Path, train: Path, **changes: Any) -> Measure:
    usual: dict[str, Any] = {
        "max_seq_length": 512,
        "batch_size": 4,
        "batch_tokens": None,
        "grad_accumulation_steps": 1,
        "files": {"train": train},
    }
    return Measure(folder=model, **(usual | changes))


@pytest.mark.parametrize("sizes", [(1, None), (4, None), (7, None), (1, 700)], ids=str)
@pytest.mark.parametrize(
    "encoding",
    [
        {},
        {"mask_prompt": True},
        {"mask_prompt": True, "train_on_turns": "last", "max_seq_length": 150},
        {"mask_prompt": True, "max_seq_length": 60},
        {"max_seq_length": 100},
    ],
    ids=str,
)
def test_an_epoch_is_that_of_the_batches_that_a_run_makes(
    reader: Reader, model: Path, train: Path, sizes: tuple[int, int | None], encoding: dict[str, Any]
) -> None:
    asked = measure(model, train, batch_size=sizes[0], batch_tokens=sizes[1], **encoding)
    found = statistics(reader, asked)
    examples = encode_all(
        read_rows(train), read_tokenizer(model), asked.max_seq_length, asked.mask_prompt, asked.train_on_turns
    )
    learned = [example for example in examples if example.targets]
    batches = TrainingBatches(learned, *sizes, seed=5)
    epoch = [batches.at(index) for index in range(batches.batches_per_epoch)]
    computed = sum(batch.inputs.size for batch in epoch)
    fed = sum(len(example.ids) - 1 for example in learned)
    assert (found.batches_per_epoch, found.tokens_per_epoch) == (len(epoch), fed)
    assert found.loss_tokens_per_epoch == sum(batch.tokens for batch in epoch)
    assert found.padding_percent == pytest.approx(100 * (1 - fed / computed))
    split = found.splits["train"]
    full = sorted(example.full_length for example in examples)
    assert (split.rows, split.tokens, split.shortest, split.longest) == (90, sum(full), full[0], full[-1])
    assert (split.median, split.p95, split.p99) == (full[44], full[85], full[89])
    assert split.loss_tokens == sum(example.targets for example in examples)
    assert split.without_loss == len(examples) - len(learned)
    assert split.truncated == sum(length > asked.max_seq_length for length in full)
    assert not found.sampled


@pytest.mark.parametrize(("epochs", "accumulated"), [(1, 1), (2, 3), (3, 4), (1, 5)])
def test_n_epochs_in_iterations_are_what_a_run_steps_through(
    reader: Reader, model: Path, tmp_path: Path, epochs: int, accumulated: int
) -> None:
    file = write(tmp_path, *({"text": chr(33 + number) + "a" * (number * 7 % 40 + 1)} for number in range(90)))
    found = statistics(reader, measure(model, file, grad_accumulation_steps=accumulated))
    iterations = math.ceil(epochs * found.batches_per_epoch / accumulated)
    examples = encode_all(read_rows(file), read_tokenizer(model), 512, False)
    batches = TrainingBatches(examples, 4, None, seed=0).starting_at(0)
    seen: Counter[int] = Counter()
    for _ in range(iterations * accumulated):
        seen.update(np.array(next(batches).inputs)[:, 0].tolist())
    assert found.iterations_per_epoch == found.batches_per_epoch / accumulated
    assert len(seen) == 90
    assert min(seen.values()) >= epochs
    assert seen.total() < epochs * 90 + accumulated * 4


def test_the_histogram_holds_every_row_once(reader: Reader, model: Path, tmp_path: Path) -> None:
    texts = [{"text": "a" * length} for length in (3, 3, 9, 10, 19, 99)]
    one = write(tmp_path, *texts)
    other = write(tmp_path, {"text": "a" * 39}, name="valid.jsonl")
    found = statistics(reader, measure(model, one, files={"train": one, "valid": other}))
    ranges = found.splits["train"].histogram
    assert [(it.from_tokens, it.to_tokens) for it in ranges] == [(low, low + 4) for low in range(0, 100, 5)] + [
        (100, 100)
    ]
    assert {it.from_tokens: it.rows for it in ranges if it.rows} == {0: 2, 10: 2, 20: 1, 100: 1}
    assert [it for it in found.splits["valid"].histogram if it.rows] == [
        LengthRange(from_tokens=40, to_tokens=44, rows=1)
    ]


@hypothesis_settings(deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=300), st.integers(2, 3000))
def test_ranges_join_and_count_every_row(full: list[int], max_seq_length: int) -> None:
    spans = np.array([(row, 1, length) for row, length in enumerate(full)])
    lengths = Lengths(np.array(full), spans, len(full))
    ranges = (
        statistics_of({"train": lengths}, measure(Path(), Path(), max_seq_length=max_seq_length))
        .splits["train"]
        .histogram
    )
    assert 1 <= len(ranges) <= 26
    assert all(one.to_tokens + 1 == other.from_tokens for one, other in pairwise(ranges))
    assert ranges[0].from_tokens == 0
    assert ranges[-1].to_tokens >= max(full)
    counted = [sum(it.from_tokens <= length <= it.to_tokens for length in full) for it in ranges]
    assert [it.rows for it in ranges] == counted


def test_data_of_which_nothing_carries_loss_has_no_batches(reader: Reader, model: Path, train: Path) -> None:
    found = statistics(reader, measure(model, train, mask_prompt=True, max_seq_length=2))
    assert (found.batches_per_epoch, found.padding_percent, found.tokens_per_epoch) == (0, 0, 0)
    assert found.splits["train"].without_loss == 90


def test_a_large_file_is_sampled_evenly_and_says_so(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lengths_module, "EXACT_ROWS", 5000)
    monkeypatch.setattr(lengths_module, "SAMPLED_ROWS", 400)
    lengths = np.random.default_rng(1).integers(1, 60, 6000) + np.arange(6000) // 60
    file = write(tmp_path, *({"text": "a" * int(length)} for length in lengths))
    exact = TrainingBatches(encode_all(read_rows(file), read_tokenizer(model), 100, False), 8, None, seed=0)
    found = statistics(Reader(), measure(model, file, batch_size=8, max_seq_length=100))
    again = statistics(Reader(), measure(model, file, batch_size=8, max_seq_length=100))
    split = found.splits["train"]
    assert (found.sampled, found.sampled_rows, split.rows) == (True, {"train": 400}, 6000)
    assert found == again
    assert found.batches_per_epoch == exact.batches_per_epoch == 750
    assert split.tokens == pytest.approx(lengths.sum() + 6000, rel=0.02)
    assert split.truncated == pytest.approx((lengths + 1 > 100).sum(), rel=0.1)
    assert sum(it.rows for it in split.histogram) == pytest.approx(6000, abs=len(split.histogram))
    assert found.padding_percent == pytest.approx(100 * (1 - exact.useful_share), abs=1)


def test_sampled_rows_are_spread_evenly_and_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lengths_module, "EXACT_ROWS", 999)
    monkeypatch.setattr(lengths_module, "SAMPLED_ROWS", 50)
    places = places_of(write(tmp_path, *({"text": str(number)} for number in range(1000))))
    chosen = chosen_rows(places)
    assert (chosen // 20 == np.arange(50)).all()
    assert (chosen == chosen_rows(places)).all()
    assert (chosen != chosen_rows(places, seed=1)).any()


def test_few_but_huge_rows_are_sampled_by_their_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lengths_module, "MOST_BYTES", 100_000)
    monkeypatch.setattr(lengths_module, "FEWEST_SAMPLED", 5)
    places = places_of(write(tmp_path, *({"text": "a" * 10_000} for _ in range(40))))
    assert len(chosen_rows(places)) == 9


def test_lengths_are_kept_until_file_tokenizer_or_mask_change(model: Path, tmp_path: Path) -> None:
    reader = Reader()
    file = write(tmp_path, {"text": "abc"})
    first = statistics(reader, measure(model, file))
    kept = dict(reader.lengths._values)
    assert statistics(reader, measure(model, file, max_seq_length=3, batch_size=9)).splits["train"].truncated == 1
    assert dict(reader.lengths._values) == kept
    assert statistics(reader, measure(model, file, mask_prompt=True)) == first
    assert len(reader.lengths._values) == 2
    write(tmp_path, {"text": "abcdef"})
    assert statistics(reader, measure(model, file)).splits["train"].longest == 7


def test_the_same_lengths_asked_for_twice_at_once_are_measured_once(model: Path, train: Path) -> None:
    reader = Reader()
    asked = measure(model, train).model_dump(mode="json")
    first, second = reader.statistics(asked), reader.statistics(asked)
    steps = [next(first), next(second), next(first), next(second)]
    assert steps == [None, WAITING, None, WAITING]
    assert finished(first) == finished(second)


def test_what_waits_for_lengths_measures_them_where_that_is_given_up(model: Path, train: Path) -> None:
    reader = Reader()
    asked = measure(model, train)
    given_up, waiting = (reader.statistics(asked.model_dump(mode="json")) for _ in range(2))
    assert (next(given_up), next(waiting)) == (None, WAITING)
    given_up.close()
    assert finished(waiting) == statistics(Reader(), asked)


def test_places_are_those_of_the_rows_that_training_reads(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    lines = [
        "\ufeff",
        ' {"text": "one"}',
        "",
        " \t\u00a0\u2003",
        '{"text": "zwei ö"}\r',
        '\t{"text": "x"}',
        '{"text": "end"}',
    ]
    file.write_text("\n".join(lines), newline="")
    places = places_of(file)
    assert [number for number, _ in places.read(range(len(places)))] == [2, 5, 6, 7]
    assert [row for _, row in places.read(range(len(places)))] == read_rows(file)
    assert [row for _, row in places.read([2, 0])] == [read_rows(file)[2], read_rows(file)[0]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n \n", "train.jsonl is empty; it needs one JSON object on each line."),
        (b'{"text": "a"}\nnonsense\n', "train.jsonl, line 2: not valid JSON"),
        (
            b'{"text": "a"}\n\n{"text": "\xff"}\n',
            "train.jsonl, line 3: this is not UTF-8 text. Save the file as UTF-8.",
        ),
        (b'{"chosen": "a", "rejected": "b"}\n', "train.jsonl, line 1: This is preference data (chosen and rejected)"),
    ],
)
def test_rows_that_cannot_be_read_are_named_as_training_names_them(
    reader: Reader, model: Path, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(content)
    with pytest.raises(DataProblem) as refused:
        statistics(reader, measure(model, file))
    assert refused.value.detail.startswith(sentence)
    with pytest.raises(DataProblem) as training:
        read_rows(file)
    assert training.value.detail == refused.value.detail


def test_a_row_that_the_template_refuses_is_named_with_its_line(reader: Reader, tmp_path: Path) -> None:
    picky = "{% if messages | length > 2 %}{{ raise_exception('too long') }}{% endif %}x"
    model = make_model(tmp_path / "model", chat_template=picky)
    with pytest.raises(AppError) as refused:
        statistics(reader, measure(model, write(tmp_path, chat("a", "b"), chat("a", "b", "c", "d"))))
    assert refused.value.detail.startswith("train.jsonl, line 2: The model's chat template refuses this conversation")
