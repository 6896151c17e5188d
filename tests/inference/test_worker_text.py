"""Stop strings, thinking, and the ends of answers, with models whose every token is known."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import mlx.core as mx
import pytest
from mlx_lm.tokenizer_utils import TokenizerWrapper
from tokenizers import AddedToken, Tokenizer

from backend.inference.messages import Answer
from backend.inference.schemas import Sampling
from backend.workers.base_model import read_tokenizer
from backend.workers.inference.answer_text import AnswerText, ThinkingMarkers
from backend.workers.inference.prompts import EncodedPrompt
from backend.workers.inference.row import Row, RowPlan
from tests.inference.worker_process import Worker
from tests.tiny_adapters import read_weights
from tests.tiny_models import CHATML, CONFIGS, VOCABULARY, make_model, make_tokenizer

OPENS_THINKING = CHATML.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'")
THINKS_UNLESS_TOLD = CHATML.replace(
    "'<|im_start|>assistant\n'",
    "'<|im_start|>assistant\n' + ('<think>\n\n</think>\n\n' if enable_thinking is false else '<think>\n')",
)
END = 258
LINE_BREAK = 198
"""The token with which every prompt of these templates ends."""


def model_that_says(folder: Path, pieces: Sequence[str | int], chat_template: str | None = CHATML) -> Path:
    """Its answer is these pieces, each one token: a text of its own, or the number of a token of the tokenizer.

    The layers add nothing to the stream, so that the head sees only the last token, and knows what follows it.
    """
    config = {**CONFIGS["qwen2"], "hidden_size": VOCABULARY, "tie_word_embeddings": False}
    make_model(folder, config, chat_template=chat_template)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in pieces if isinstance(piece, str)])
    tokenizer.save(str(folder / "tokenizer.json"))
    chain = [LINE_BREAK, *(tokenizer.token_to_id(piece) if isinstance(piece, str) else piece for piece in pieces), END]
    assert tokenizer.encode("\n").ids == [LINE_BREAK] and len(set(chain)) == len(chain)
    head = mx.zeros((VOCABULARY, VOCABULARY))
    for token, following in pairwise(chain):
        head[following, token] = 100
    file = folder / "model.safetensors"
    changed = {name: array * 0 for name, array in read_weights(file).items() if "o_proj" in name or "down_proj" in name}
    ones = {"model.norm.weight": mx.ones(VOCABULARY)}
    exact = {"model.embed_tokens.weight": mx.eye(VOCABULARY), "lm_head.weight": head}
    mx.save_safetensors(str(file), read_weights(file) | changed | ones | exact, {"format": "mlx"})
    return folder


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def say(worker: Worker, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The answer of a model that says these pieces, with its `streamed` events."""

    def say(*pieces: str | int, template: str | None = CHATML, **settings: Any) -> dict[str, Any]:
        call = worker.ask(model_that_says(tmp_path / "model", pieces, template), **settings)
        answer = call.result()
        streamed = [(event["text"], event["thinking"]) for event in call.events[1:]]
        assert "".join(text for text, _ in streamed) == answer["text"]
        assert "".join(thinking for _, thinking in streamed) == answer["thinking"]
        return {**answer, "streamed": streamed}

    return say


Say = Callable[..., dict[str, Any]]
Ended = Literal["stop", "length", "cancelled"]


def said(tokenizer: TokenizerWrapper, tokens: list[int], end: Ended) -> str:
    """The text of a row of these tokens that ends after them."""
    request = Answer(model_folder=Path(), adapter=None, plain="", sampling=Sampling())
    row = Row(request, RowPlan(EncodedPrompt([], chat_template_used=False), 100, 0, []), tokenizer)
    *before, last = [*tokens, END] if end == "stop" else tokens
    for token in before:
        row.take(token, None)
    row.take(last, None if end == "cancelled" else end)
    if end == "cancelled":
        row.finish("cancelled")
    return row.answered.text


def test_the_end_of_turn_ends_the_answer_and_is_not_shown(say: Say) -> None:
    answer = say("Hel", "lo")
    assert (answer["text"], answer["finish_reason"], answer["generated_tokens"]) == ("Hello", "stop", 3)


def test_a_stop_string_across_tokens_is_cut_out_and_nothing_after_it_is_sent(say: Say) -> None:
    answer = say("Say it", " EN", "D and", " more", stop=["END"], max_tokens=20)
    assert (answer["text"], answer["finish_reason"], answer["generated_tokens"]) == ("Say it ", "stop", 3)
    assert answer["streamed"] == [("Say it", ""), (" ", "")]


def test_what_only_began_like_a_stop_string_is_sent(say: Say) -> None:
    assert say("Say it", " EN", "tirely", stop=["END"])["text"] == "Say it ENtirely"
    assert say("Say it", " EN", stop=["END"])["text"] == "Say it EN"
    assert say("Say it", " EN", "D", stop=["END"], max_tokens=2)["text"] == "Say it EN"


def test_characters_are_sent_whole(say: Say, tmp_path: Path) -> None:
    """The Euro sign has three bytes, each a token."""
    make_tokenizer(tmp_path)
    euro = Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode("€").ids
    assert len(euro) == 3
    assert say("It costs 5", *euro, ".")["streamed"] == [("It costs 5", ""), ("€", ""), (".", "")]


@pytest.mark.parametrize(("end", "ending"), [("stop", "\ufffd"), ("length", "\ufffd"), ("cancelled", "")])
def test_half_a_character_at_the_end_is_what_mlx_lm_shows_unless_cancelled(
    end: Ended, ending: str, tmp_path: Path
) -> None:
    """A space at the end is kept, however the answer ends."""
    make_model(tmp_path)
    letters = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    half, space = letters.encode("€").ids[:2], letters.encode(" ").ids
    assert [said(read_tokenizer(tmp_path), [65, *tokens], end) for tokens in (half, space)] == ["b" + ending, "b "]


@pytest.mark.parametrize("template", [CHATML, OPENS_THINKING, THINKS_UNLESS_TOLD])
def test_thinking_is_apart_from_the_answer(template: str, say: Say) -> None:
    opening = ["<thi", "nk>\n"] if template == CHATML else []
    settings = {"chat_template_kwargs": {"enable_thinking": True}} if template == THINKS_UNLESS_TOLD else {}
    answer = say(*opening, "Hm", "m.", "\n</th", "ink>", "\n\n", "Yes", ".", template=template, **settings)
    assert (answer["thinking"], answer["text"]) == ("Hmm.\n", "Yes.")
    assert answer["streamed"][0][1] in ("Hm", "Hmm.")


def test_without_thinking_on_request_all_is_answer(say: Say) -> None:
    answer = say("Yes", ".", template=THINKS_UNLESS_TOLD, chat_template_kwargs={"enable_thinking": False})
    assert (answer["thinking"], answer["text"], answer["notes"]) == ("", "Yes.", [])


def test_a_stop_string_in_the_thinking_does_not_end_the_answer(say: Say) -> None:
    answer = say("<think>", "One. Two.", "</think>", "Three. Four.", stop=["."])
    assert (answer["thinking"], answer["text"]) == ("One. Two.", "Three")


def test_a_plain_text_is_continued_without_thinking(say: Say) -> None:
    answer = say("<think>", "Hm", plain="Once\n")
    assert (answer["thinking"], answer["text"], answer["chat_template_used"]) == ("", "<think>Hm", False)
    assert answer["prompt_tokens"] == 5


def test_line_breaks_without_end_are_sent_as_they_come() -> None:
    pieces = AnswerText([], ThinkingMarkers("<think>", "</think>"))
    assert "".join(pieces.feed("\n").text for _ in range(40)) == "\n" * 40
