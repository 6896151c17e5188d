"""Conversations become the tokens that the chat template writes, or a sentence that says why not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.errors import AppError, FieldError
from backend.inference.messages import Answer
from backend.inference.schemas import Message, Sampling
from backend.workers.base_model import read_tokenizer
from backend.workers.inference import prompts
from backend.workers.inference.prompts import EncodedPrompt, end_of_turn
from tests.tiny_models import CHATML, make_model

TURNS = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Who are you?")]
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role') }}{% endif %}"
ALTERNATING = "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
ALTERNATING += "{{ raise_exception('Turns must alternate') }}{% endif %}{% endfor %}"
DROPS_SYSTEM = CHATML.replace("for message in messages", "for message in messages if message['role'] != 'system'")


def encode_prompt(tokenizer: TokenizerWrapper, asked: Answer) -> EncodedPrompt:
    return prompts.encode_prompt(tokenizer, asked, context_length=512)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Callable[[str | None], TokenizerWrapper]:
    return lambda chat_template: read_tokenizer(make_model(tmp_path / "model", chat_template=chat_template))


def question(*turns: tuple[str, str], plain: str | None = None, kwargs: dict[str, Any] | None = None) -> Answer:
    messages = [Message.model_validate({"role": role, "content": content}) for role, content in turns]
    sampling = Sampling(chat_template_kwargs=kwargs or {})
    return Answer(model_folder=Path(), adapter=None, messages=messages, plain=plain, sampling=sampling)


Tokenizers = Callable[[str | None], TokenizerWrapper]


def refusal(tokenizer: TokenizerWrapper, asked: Answer) -> tuple[str, str]:
    with pytest.raises(FieldError) as raised:
        encode_prompt(tokenizer, asked)
    return raised.value.fields[0]["field"], raised.value.detail


def test_all_turns_go_through_the_template(tokenizer: Tokenizers) -> None:
    chatml = tokenizer(CHATML)
    encoded = encode_prompt(chatml, question(*TURNS))
    expected = "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in TURNS)
    assert chatml.decode(encoded.ids) == expected + "<|im_start|>assistant\n"
    assert (encoded.chat_template_used, encoded.opens_thinking, encoded.notes) == (True, False, [])


def test_a_plain_text_goes_past_the_template(tokenizer: Tokenizers) -> None:
    chatml = tokenizer(CHATML)
    encoded = encode_prompt(chatml, question(plain="Once upon"))
    assert (chatml.decode(encoded.ids), encoded.chat_template_used, encoded.notes) == ("Once upon", False, [])


def test_without_a_template_the_prompt_is_plain_and_a_note_says_so(tokenizer: Tokenizers) -> None:
    plain = tokenizer(None)
    one = encode_prompt(plain, question(("user", "Once upon")))
    several = encode_prompt(plain, question(*TURNS[1:]))
    assert (plain.decode(one.ids), one.chat_template_used) == ("Once upon", False)
    assert plain.decode(several.ids) == "Hi\n\nHello.\n\nWho are you?"
    assert [note.partition(":")[0] for note in (*one.notes, *several.notes)] == ["This model has no chat template"] * 2


def test_without_a_template_a_system_prompt_is_refused(tokenizer: Tokenizers) -> None:
    field, sentence = refusal(tokenizer(None), question(*TURNS))
    assert (field, "no chat template" in sentence) == ("system_prompt", True)


def test_a_template_that_refuses_the_system_role_is_told_from_one_that_refuses_the_turns(tokenizer: Tokenizers) -> None:
    assert refusal(tokenizer(NO_SYSTEM + CHATML), question(*TURNS)) == (
        "system_prompt",
        "This model's chat template takes no system prompt (No system role). "
        "Leave it empty and write the instruction at the beginning of the prompt.",
    )
    twice = [("user", "Hi"), ("user", "Hi again")]
    assert refusal(tokenizer(ALTERNATING + CHATML), question(*twice)) == (
        "history",
        "The model's chat template refuses this order of turns: Turns must alternate",
    )
    assert refusal(tokenizer("{{ raise_exception('Tools only') }}"), question(("user", "Hi"))) == (
        "prompt",
        "The model's chat template refuses this prompt: Tools only",
    )


def test_a_system_prompt_that_the_template_leaves_out_is_noted(tokenizer: Tokenizers) -> None:
    assert "leaves the system prompt out" in encode_prompt(tokenizer(DROPS_SYSTEM), question(*TURNS)).notes[0]


def test_settings_reach_the_template(tokenizer: Tokenizers) -> None:
    chatml = tokenizer(CHATML + "{{ mood }}")
    assert chatml.decode(encode_prompt(chatml, question(TURNS[1], kwargs={"mood": "calm"})).ids).endswith(
        "assistant\ncalm"
    )


def test_settings_that_the_template_does_not_know_are_noted(tokenizer: Tokenizers) -> None:
    encoded = encode_prompt(tokenizer(CHATML), question(TURNS[1], kwargs={"mood": "calm"}))
    assert encoded.notes == ["The model's chat template knows no mood, so it changes nothing."]


def test_settings_that_break_the_template_are_refused(tokenizer: Tokenizers) -> None:
    template = CHATML + "{% if level is defined %}{{ level + 1 }}{% endif %}"
    field, sentence = refusal(tokenizer(template), question(TURNS[1], kwargs={"level": "high"}))
    assert (field, sentence.startswith("The model's chat template fails with these settings")) == (
        "chat_template_kwargs",
        True,
    )


@pytest.mark.parametrize("name", ["tokenize", "chat_template", "add_generation_prompt", "conversation"])
def test_what_the_template_has_no_say_in_is_refused(name: str, tokenizer: Tokenizers) -> None:
    field, sentence = refusal(tokenizer(CHATML), question(TURNS[1], kwargs={name: True}))
    assert (field, sentence.startswith(f"{name} is not for the chat template to choose")) == (
        "chat_template_kwargs",
        True,
    )


def test_a_template_that_opens_the_thinking_is_recognised(tokenizer: Tokenizers) -> None:
    opening = CHATML.replace("assistant\n'", "assistant\n<think>\n'")
    closed = CHATML.replace("assistant\n'", "assistant\n<think>\n\n</think>\n\n'")
    assert [
        encode_prompt(tokenizer(template), question(TURNS[1])).opens_thinking for template in (opening, closed)
    ] == [
        True,
        False,
    ]


def test_every_refusal_is_one_that_the_web_process_can_pass_on(tokenizer: Tokenizers) -> None:
    with pytest.raises(AppError) as raised:
        encode_prompt(tokenizer(None), question(*TURNS))
    assert AppError.from_message(raised.value.message()).body() == raised.value.body()


def test_a_template_that_needs_tools_is_given_none_and_a_note_says_so(tokenizer: Tokenizers) -> None:
    needs_tools = "{% for tool in tools %}{{ tool }}{% endfor %}" + CHATML
    encoded = encode_prompt(tokenizer(needs_tools), question(*TURNS))
    assert encoded.ids == encode_prompt(tokenizer(CHATML), question(*TURNS)).ids
    assert encoded.notes == [
        "This model's chat template is made for tools, which are not offered here: it was given an empty list of them, "
        "and may still ask the model to call some."
    ]
    assert end_of_turn(tokenizer(needs_tools)) == end_of_turn(tokenizer(CHATML)) != set()
    assert refusal(tokenizer(needs_tools + NO_SYSTEM), question(*TURNS))[0] == "system_prompt"
