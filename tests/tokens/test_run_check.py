"""What is checked before a run starts, asked of the real worker: a process of its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.errors import AppError
from backend.models.schemas import ConfigWarning
from backend.tokens.messages import RunToCheck
from backend.tokens.schemas import AnsweredTurns, RunCheck
from backend.tokens.worker import TokenWorker
from tests.tiny_models import CHATML, CONFIGS, make_model, make_tokenizer
from tests.tokens.rows import chat, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def check(
    worker: TokenWorker,
    folder: Path,
    train: Path,
    valid: Path | None,
    max_seq_length: int,
    mask_prompt: bool,
    train_on_turns: AnsweredTurns = "all",
    batch_tokens: int | None = None,
) -> RunCheck:
    return await worker.check_run(
        RunToCheck(
            folder=folder,
            train=train,
            valid=valid,
            max_seq_length=max_seq_length,
            mask_prompt=mask_prompt,
            train_on_turns=train_on_turns,
            batch_tokens=batch_tokens,
        )
    )


async def refusal(worker: TokenWorker, *arguments: Any) -> tuple[int, str, list[str]]:
    with pytest.raises(AppError) as refused:
        await check(worker, *arguments)
    return refused.value.status_code, refused.value.detail, [field["field"] for field in refused.value.fields]


def remove(folder: Path, pattern: str) -> None:
    for file in folder.glob(pattern):
        file.unlink()


async def test_every_row_is_read_as_the_run_will_read_it(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, {"text": "abc"}, {"text": "abcdefgh"}, {"text": "abcde"})
    valid = write(tmp_path, {"text": "xyz"}, name="valid.jsonl")

    # Each text ends in one end-of-turn token, and its first token is never predicted.
    assert await check(worker, model, train, valid, 512, False) == RunCheck(
        train_examples=3, validation_examples=1, longest=9, shortest=4, truncated=0, tokens=3 + 8 + 5, warnings=[]
    )


async def test_with_masked_prompts_only_answers_count(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, chat("What?", "That."), chat("Who?", "They are."))

    whole = await check(worker, model, train, None, 512, False)
    masked = await check(worker, model, train, None, 512, True)

    assert whole.tokens > masked.tokens >= len("That.They are.")
    assert (masked.train_examples, masked.longest) == (whole.train_examples, whole.longest)


async def test_long_examples_are_cut_with_a_warning(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, {"text": "a" * 9}, {"text": "a" * 99}, {"text": "a" * 49})

    found = await check(worker, model, train, None, 20, False)

    assert found == RunCheck(
        train_examples=3,
        validation_examples=0,
        longest=100,
        shortest=10,
        truncated=2,
        tokens=9 + 19 + 19,
        warnings=[
            ConfigWarning(
                field="max_seq_length",
                message="2 of 3 examples are longer than 20 tokens and will be cut; the longest has 100.",
            )
        ],
    )


async def test_what_is_only_unusual_is_warned_of(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, chat("a" * 80, "b"), chat("a", "b"), {"messages": chat("c", "d" * 600)["messages"]})
    valid = write(tmp_path, chat("a", "b"), chat("e", "f"), name="valid.jsonl")

    found = await check(worker, model, train, valid, 700, True)
    cut = await check(worker, model, train, valid, 60, True)

    assert [(warning.field, warning.message) for warning in found.warnings] == [
        ("max_seq_length", f"Examples have up to {found.longest} tokens, but the model was made for 512."),
        (
            "val_data_path",
            "1 of 2 validation examples stand in the training data too, so the validation loss flatters the adapter.",
        ),
    ]
    assert (
        "train_data_path",
        "1 of 3 examples carry no loss and are left out, the first in train.jsonl, line 1.",
    ) in [(warning.field, warning.message) for warning in cut.warnings]


async def test_a_length_below_the_shortest_example_is_refused(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, {"text": "abcdefgh"}, {"text": "abcdefghijk"})

    assert await refusal(worker, model, train, None, 8, False) == (
        400,
        "max_seq_length is 8, but the shortest example has 9 tokens, so every one would be cut. "
        "12 keeps them all whole.",
        ["max_seq_length"],
    )
    assert (await check(worker, model, train, None, 9, False)).truncated == 1


async def test_data_without_anything_to_learn_is_refused(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", chat_template="x")

    assert await refusal(worker, model, write(tmp_path, chat("a", "b")), None, 512, False) == (
        400,
        "Nothing in train.jsonl can be learned: no example has a token that carries loss within its first 512 tokens.",
        ["train_data_path"],
    )


async def test_chats_need_a_chat_template(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", chat_template=None)
    train = write(tmp_path, chat("a", "b"))
    pairs = write(tmp_path, {"prompt": "a", "completion": "b"}, name="pairs.jsonl")

    status, detail, fields = await refusal(worker, model, train, None, 512, False)

    assert (status, fields) == (400, ["train_data_path"])
    assert detail.startswith("train.jsonl, line 1: This model has no chat template")
    assert (await check(worker, model, pairs, None, 512, True)).train_examples == 1


async def test_a_template_that_refuses_a_row_is_named_with_its_line(worker: TokenWorker, tmp_path: Path) -> None:
    picky = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + CHATML
    model = make_model(tmp_path / "model", chat_template=picky)
    system = {"messages": [{"role": "system", "content": "s"}, *chat("a", "b")["messages"]]}

    _, detail, fields = await refusal(worker, model, write(tmp_path, chat("a", "b"), system), None, 512, False)

    assert detail.startswith("train.jsonl, line 2: The model's chat template refuses this conversation")
    assert "no system role" in detail
    assert fields == ["train_data_path"]


async def test_a_tokenizer_of_another_model_is_refused(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", {**CONFIGS["qwen2"], "vocab_size": 200})

    assert await refusal(worker, model, write(tmp_path, {"text": "abc"}), None, 512, False) == (
        400,
        "The tokenizer of model has ids up to 258, but the model's embedding ends at 199. "
        "The tokenizer belongs to another model; copy the right one into the folder.",
        ["model_path"],
    )


async def test_positions_are_no_token_ids(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", {**CONFIGS["gpt2"], "vocab_size": 200})

    assert (
        "the model's embedding ends at 199"
        in (await refusal(worker, model, write(tmp_path, {"text": "abc"}), None, 512, False))[1]
    )


async def test_an_added_token_that_no_row_uses_does_no_harm(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", {**CONFIGS["qwen2"], "vocab_size": 258, "eos_token_id": 256})
    settings = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps({**settings, "eos_token": "<|endoftext|>"}))
    harmless = write(tmp_path, {"text": "abc"})
    harmful = write(tmp_path, {"text": "abc<|im_end|>"}, name="harmful.jsonl")

    assert (await check(worker, model, harmless, None, 512, False)).longest == 4
    assert "ids up to 258" in (await refusal(worker, model, harmful, None, 512, False))[1]


async def test_positions_past_the_end_of_their_table_are_refused(worker: TokenWorker, tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", CONFIGS["gpt2"])
    train = write(tmp_path, {"text": "abc"}, {"text": "a" * 600})

    assert await refusal(worker, model, train, None, 32768, False) == (
        400,
        "A gpt2 model has 512 positions, but the longest example has 601 tokens. Set max_seq_length to 512 or less.",
        ["max_seq_length"],
    )
    assert (await check(worker, model, train, None, 512, False)).truncated == 1


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("model*.safetensors", "model has no weights: mlx-lm looks for model*.safetensors in "),
        ("tokenizer*", "model has no tokenizer: add tokenizer.json"),
    ],
)
async def test_a_folder_without_weights_or_tokenizer_is_refused(
    missing: str, sentence: str, worker: TokenWorker, model: Path, tmp_path: Path
) -> None:
    remove(model, missing)

    status, detail, fields = await refusal(worker, model, write(tmp_path, {"text": "abc"}), None, 512, False)

    assert (status, fields) == (400, ["model_path"])
    assert detail.startswith(sentence)


async def test_a_broken_tokenizer_is_refused(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    (model / "tokenizer.json").write_text("{")

    status, detail, fields = await refusal(worker, model, write(tmp_path, {"text": "abc"}), None, 512, False)

    assert (status, fields) == (400, ["model_path"])
    assert detail.startswith(f"The tokenizer in {model} cannot be loaded")


async def test_a_replaced_tokenizer_is_read_anew(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    train = write(tmp_path, chat("a", "b"))
    before = await check(worker, model, train, None, 512, False)
    make_tokenizer(model, chat_template="Chat: " + CHATML)

    assert (await check(worker, model, train, None, 512, False)).longest == before.longest + len("Chat: ")


async def test_bad_data_is_refused_on_the_field_that_names_it(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    good = write(tmp_path, {"text": "abc"})
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a"}\nnonsense\n')

    for train, valid, field in ((bad, good, "train_data_path"), (good, bad, "val_data_path")):
        status, detail, fields = await refusal(worker, model, train, valid, 512, False)
        assert (status, fields) == (400, [field])
        assert detail.startswith("bad.jsonl, line 2: not valid JSON")


async def test_a_validation_set_smaller_than_a_batch_is_fine(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    one = write(tmp_path, {"text": "xyz"}, name="valid.jsonl")

    assert (await check(worker, model, write(tmp_path, {"text": "abc"}), one, 512, False)).validation_examples == 1


async def test_changed_data_is_checked_anew(worker: TokenWorker, model: Path, tmp_path: Path) -> None:
    first = await check(worker, model, write(tmp_path, {"text": "abc"}), None, 512, False)
    again = await check(worker, model, write(tmp_path, {"text": "abcde"}), None, 512, False)
    masked = await check(worker, model, write(tmp_path, {"text": "abcdef"}), None, 512, True)

    assert (first.longest, again.longest, masked.longest) == (4, 6, 7)


async def test_answers_are_counted_as_the_run_will_train_on_them(
    worker: TokenWorker, model: Path, tmp_path: Path
) -> None:
    train = write(
        tmp_path, {"messages": [*chat("Hello?", "Yes.")["messages"], *chat("Sure?", "Quite sure.")["messages"]]}
    )
    both = await check(worker, model, train, None, 512, True, "all")
    last = await check(worker, model, train, None, 512, True, "last")
    ending = 2  # <|im_end|> and a newline
    assert (both.tokens, last.tokens) == (len("Yes.Quite sure.") + 2 * ending, len("Quite sure.") + ending)


async def test_a_batch_too_small_for_the_longest_example_is_told(
    worker: TokenWorker, model: Path, tmp_path: Path
) -> None:
    train = write(tmp_path, {"text": "a" * 60}, {"text": "abc"})
    assert (await check(worker, model, train, None, 512, False, "all", 60)).warnings == []
    assert (await check(worker, model, train, None, 512, False, "all", 59)).warnings == [
        ConfigWarning(
            field="batch_tokens",
            message="The longest example takes 60 tokens of a batch, more than batch_tokens = 59; "
            "such examples make a batch by themselves, which needs more memory.",
        )
    ]
    assert (await check(worker, model, train, None, 40, False, "all", 39)).warnings[1:] == []
