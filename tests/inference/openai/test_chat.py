"""Chat completions as OpenAI's own client asks for them and reads them."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from tests.inference.openai.conftest import STEP, Studio

pytestmark = pytest.mark.xdist_group("openai")

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello there"}]


def ask(client: OpenAI, model: str = "tiny", **settings: Any) -> ChatCompletion:
    defaults: dict[str, Any] = {"messages": HELLO, "max_tokens": 24, "temperature": 0}
    answer: ChatCompletion = client.chat.completions.create(model=model, **{**defaults, **settings})
    return answer


def text(client: OpenAI, model: str = "tiny", **settings: Any) -> str:
    content = ask(client, model, **settings).choices[0].message.content
    assert content is not None
    return content


def test_models_are_the_bases_and_the_adapters_made_for_them(client: OpenAI) -> None:
    assert {(model.id, getattr(model, "parent", None)) for model in client.models.list()} == {
        ("tiny", None),
        ("other", None),
        ("endless", None),
        ("thinker", None),
        ("plain", None),
        ("tiny:one", "tiny"),
        ("tiny:two", "tiny"),
    }


@pytest.mark.parametrize("name", ["tiny", "tiny:one", f"tiny:one@{STEP}", "tiny:one@latest"])
def test_a_model_is_found_by_every_name_that_can_be_asked(client: OpenAI, name: str) -> None:
    model = client.models.retrieve(name)
    assert (model.id, model.object, model.created > 1_700_000_000) == (name, "model", True)


def test_an_answer_is_that_of_the_studio_with_its_counts(client: OpenAI, studio: Studio) -> None:
    own, answer = studio.answer(), ask(client)
    assert [choice.message.content for choice in answer.choices] == [own["response"]]
    assert (answer.object, answer.model, answer.choices[0].message.role) == ("chat.completion", "tiny", "assistant")
    assert answer.choices[0].finish_reason == own["finish_reason"] == "length"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == own["prompt_tokens"]
    assert answer.usage.completion_tokens == own["generated_tokens"] == 24
    assert answer.usage.total_tokens == own["prompt_tokens"] + 24
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens is not None


def test_an_adapter_is_named_behind_a_colon_and_a_checkpoint_behind_an_at_sign(client: OpenAI, studio: Studio) -> None:
    told = [text(client, name) for name in ("tiny", "tiny:one", "tiny:one@latest", f"tiny:one@{STEP}", "tiny:two")]
    own = [studio.text(), studio.text("one"), studio.text("one", adapter_file=STEP), studio.text("two")]
    assert told == [own[0], own[1], own[1], own[2], own[3]]
    assert len(set(own)) == 4


def test_the_fingerprint_says_which_weights_answered(client: OpenAI, studio: Studio) -> None:
    details = studio.answer("one")["adapter_details"]
    base, adapter = details["base_fingerprint"][:12], details["content_hash"][:12]
    assert ask(client).system_fingerprint == base
    assert ask(client, "tiny:one").system_fingerprint == f"{base}-{adapter}"


def test_pieces_join_to_the_whole_and_the_last_counts(client: OpenAI) -> None:
    whole = ask(client, "tiny:one")
    pieces = list(
        client.chat.completions.create(
            model="tiny:one",
            messages=HELLO,
            max_tokens=24,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    choices = [choice for piece in pieces for choice in piece.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == whole.choices[0].message.content
    assert choices[0].delta.role == "assistant"
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["length"]
    assert {(piece.id, piece.created, piece.system_fingerprint) for piece in pieces} == {
        (pieces[0].id, pieces[0].created, whole.system_fingerprint)
    }
    assert [piece.usage for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
    assert pieces[-1].choices == []
    assert pieces[-1].usage is not None and whole.usage is not None
    assert pieces[-1].usage.total_tokens == whole.usage.total_tokens
    assert len(pieces) > 3  # a slow reader gets several tokens in a piece


def test_without_asking_pieces_carry_no_usage(client: OpenAI) -> None:
    pieces = list(client.chat.completions.create(model="tiny", messages=HELLO, max_tokens=3, stream=True))
    assert all(len(piece.choices) == 1 and "usage" not in piece.model_fields_set for piece in pieces)


def test_n_answers_differ_and_a_seed_brings_them_again(client: OpenAI) -> None:
    first, again = (ask(client, n=3, seed=7, temperature=1) for _ in range(2))
    told = [choice.message.content for choice in first.choices]
    assert [choice.index for choice in first.choices] == [0, 1, 2]
    assert len(set(told)) == 3
    assert [choice.message.content for choice in again.choices] == told
    assert text(client, seed=7, temperature=1) == told[0]
    assert first.usage is not None
    single = ask(client)
    assert single.usage is not None
    assert first.usage.prompt_tokens == single.usage.prompt_tokens


def test_streamed_answers_keep_apart_by_their_index(client: OpenAI) -> None:
    whole = ask(client, n=3, seed=7, temperature=1)
    told = {0: "", 1: "", 2: ""}
    for piece in client.chat.completions.create(
        model="tiny", messages=HELLO, max_tokens=24, n=3, seed=7, temperature=1, stream=True
    ):
        for choice in piece.choices:
            told[choice.index] += choice.delta.content or ""
    assert list(told.values()) == [choice.message.content for choice in whole.choices]


def test_sampling_is_openais_where_nothing_is_said(client: OpenAI, studio: Studio) -> None:
    said = client.chat.completions.create(model="tiny", messages=HELLO, max_tokens=24, seed=3)
    openai: dict[str, Any] = {"temperature": 1, "top_p": 1, "top_k": 0, "min_p": 0}
    assert said.choices[0].message.content == studio.text(seed=3, **openai)
    assert said.choices[0].message.content != studio.text(seed=3, temperature=1)


def test_additions_to_openais_sampling_count(client: OpenAI) -> None:
    assert text(client, temperature=1, extra_body={"top_k": 1}) == text(client)
    assert text(client, extra_body={"repetition_penalty": 3}) != text(client)


@pytest.mark.parametrize("as_list", [False, True])
def test_a_stop_string_ends_the_answer_and_is_no_part_of_it(client: OpenAI, as_list: bool) -> None:
    whole = text(client)
    stop = whole[8:10]
    answer = ask(client, stop=[stop, "never said"] if as_list else stop)
    assert answer.choices[0].message.content == whole[: whole.index(stop)]
    assert answer.choices[0].finish_reason == "stop"


def test_max_completion_tokens_is_max_tokens(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="tiny", messages=HELLO, temperature=0, max_completion_tokens=5)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 5


def test_an_answer_without_a_limit_may_fill_the_context(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="tiny", messages=HELLO, temperature=0)
    assert answer.usage is not None
    assert answer.choices[0].finish_reason == "stop" or answer.usage.completion_tokens > 100


def test_a_conversation_is_read_in_whole(client: OpenAI, studio: Studio) -> None:
    turns: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Hello there"},
    ]
    own = studio.answer(system_prompt="Be brief.", history=turns[1:3])
    assert own["response"] != studio.text()
    developer = {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]}
    for messages in (turns, [developer, *turns[1:]]):
        answer = ask(client, messages=messages)
        assert answer.choices[0].message.content == own["response"]
        assert answer.usage is not None
        assert answer.usage.prompt_tokens == own["prompt_tokens"]


def test_an_answer_can_be_sent_back_as_a_turn(client: OpenAI) -> None:
    turn: Any = ask(client, "thinker").choices[0].message.model_dump()
    assert text(client, messages=[*HELLO, turn, *HELLO]) == text(
        client, messages=[*HELLO, {"role": "assistant", "content": turn["content"]}, *HELLO]
    )


def test_thinking_is_apart_from_the_answer(client: OpenAI, studio: Studio) -> None:
    own = studio.answer(model_name="thinker")
    message: Any = ask(client, "thinker").choices[0].message
    assert own["thinking"]
    assert (message.content, message.reasoning_content) == (own["response"], own["thinking"])
    pieces: Any = client.chat.completions.create(
        model="thinker", messages=HELLO, max_tokens=24, temperature=0, stream=True
    )
    deltas = [choice.delta for piece in pieces for choice in piece.choices]
    assert "".join(getattr(delta, "reasoning_content", "") for delta in deltas) == own["thinking"]


def test_what_changes_no_answer_may_be_said(client: OpenAI) -> None:
    assert text(
        client, user="me", metadata={"a": "b"}, store=False, logprobs=False, tools=[], tool_choice="none", seed=None,
        response_format={"type": "text"}, presence_penalty=0, frequency_penalty=0, logit_bias={}, service_tier="auto",
    ) == text(client)  # fmt: skip


def test_what_is_out_of_the_ordinary_is_noted(client: OpenAI, studio: Studio) -> None:
    notes = studio.answer(model_name="plain")["notes"]
    assert "no chat template" in notes[0]
    assert getattr(ask(client, "plain"), "notes", None) == notes
    pieces: Any = client.chat.completions.create(model="plain", messages=HELLO, max_tokens=3, stream=True)
    assert [piece.notes for piece in pieces if hasattr(piece, "notes")] == [notes]
    assert getattr(ask(client), "notes", None) == []


def test_on_the_wire_pieces_are_server_sent_events_up_to_done(studio: Studio) -> None:
    body = {"model": "tiny", "messages": HELLO, "max_tokens": 2, "stream": True}
    request = Request(
        f"{studio.address}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        *events, done, rest = answer.read().decode().split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    first = json.loads(events[0].removeprefix("data: "))
    assert first["object"] == "chat.completion.chunk"
    assert first["choices"] == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None, "logprobs": None}
    ]
    assert set(first) == {"id", "object", "created", "model", "system_fingerprint", "choices"}
