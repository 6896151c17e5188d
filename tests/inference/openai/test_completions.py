"""Completions as OpenAI's own client asks for them: texts continued as they stand."""

from typing import Any

import pytest
from openai import OpenAI
from openai.types import Completion

pytestmark = pytest.mark.xdist_group("openai")

PROMPTS = ["Hello there", "Once upon a time", "1 2 3"]


def ask(client: OpenAI, prompt: str | list[str], model: str = "tiny", **settings: Any) -> Completion:
    answer: Completion = client.completions.create(model=model, prompt=prompt, **{"temperature": 0, **settings})
    return answer


def texts(answer: Completion) -> list[str]:
    return [choice.text for choice in answer.choices]


def test_a_text_is_continued_without_a_chat_template(client: OpenAI) -> None:
    answer = ask(client, "Hello there")
    chat = client.chat.completions.create(
        model="tiny", messages=[{"role": "user", "content": "Hello there"}], temperature=0, max_tokens=16
    )
    assert answer.usage is not None
    assert (answer.object, answer.usage.prompt_tokens) == ("text_completion", len("Hello there"))
    assert (answer.usage.completion_tokens, answer.choices[0].finish_reason) == (16, "length")
    assert answer.choices[0].text != chat.choices[0].message.content


def test_several_prompts_are_answered_as_each_alone(client: OpenAI) -> None:
    alone = [ask(client, prompt, "tiny:one") for prompt in PROMPTS]
    together = ask(client, PROMPTS, "tiny:one")
    assert texts(together) == [texts(answer)[0] for answer in alone]
    assert len(set(texts(together))) == 3
    assert [choice.index for choice in together.choices] == [0, 1, 2]
    assert together.usage is not None
    assert together.usage.prompt_tokens == sum(len(prompt) for prompt in PROMPTS)


def test_answers_to_one_prompt_follow_one_another(client: OpenAI) -> None:
    settings: dict[str, Any] = {"n": 2, "seed": 4, "temperature": 1}
    together = ask(client, PROMPTS[:2], **settings)
    alone = [text for prompt in PROMPTS[:2] for text in texts(ask(client, prompt, **settings))]
    assert texts(together) == alone
    assert len(set(alone)) == 4
    assert together.usage is not None
    assert together.usage.prompt_tokens == sum(len(prompt) for prompt in PROMPTS[:2])


def test_answers_stand_in_the_order_of_the_prompts_whichever_ends_first(client: OpenAI) -> None:
    first, second = (texts(ask(client, prompt, "tiny:one"))[0] for prompt in PROMPTS[:2])
    stop = next(part for part in (second[at : at + 3] for at in range(10)) if part not in first)
    together = ask(client, PROMPTS[:2], "tiny:one", stop=stop)
    assert texts(together) == [first, second.partition(stop)[0]]
    assert [choice.finish_reason for choice in together.choices] == ["length", "stop"]


@pytest.mark.parametrize("stream", [False, True])
def test_echo_begins_with_the_prompt(client: OpenAI, stream: bool) -> None:
    said = [f"{prompt}{text}" for prompt in PROMPTS[:2] for text in texts(ask(client, prompt))]
    if stream:
        told = ["", ""]
        for piece in client.completions.create(model="tiny", prompt=PROMPTS[:2], temperature=0, echo=True, stream=True):
            for choice in piece.choices:
                told[choice.index] += choice.text
        assert told == said
    else:
        assert texts(ask(client, PROMPTS[:2], echo=True)) == said


def test_pieces_join_to_the_whole_and_the_last_counts(client: OpenAI) -> None:
    whole = ask(client, "Hello there")
    pieces = list(
        client.completions.create(
            model="tiny", prompt="Hello there", temperature=0, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(choice.text for piece in pieces for choice in piece.choices) == texts(whole)[0]
    assert [choice.finish_reason for piece in pieces for choice in piece.choices if choice.finish_reason] == ["length"]
    assert [piece.usage is None for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert pieces[-1].usage is not None and whole.usage is not None
    assert pieces[-1].usage.total_tokens == whole.usage.total_tokens
