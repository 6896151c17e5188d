"""What is refused reaches OpenAI's client as its own exceptions, with sentences; and what others read on the wire."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openai
import pytest
from openai import OpenAI

from tests.inference.openai.conftest import Studio, serve

pytestmark = pytest.mark.xdist_group("openai")

HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]


def refusal(client: OpenAI, model: str = "tiny", messages: Any = HELLO, **settings: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model=model, messages=messages, **{"max_tokens": 4, **settings})
    return raised.value


@pytest.mark.parametrize(
    ("model", "code", "words"),
    [
        ("tinny", "model_not_found", "There is no model 'tinny'"),
        ("tiny:won", "adapter_not_found", "There is no adapter named 'won'"),
        ("tiny:one@best", "not_found", "has no best weights"),
        ("tiny:one@11", "not_found", "11"),
        ("tiny:", "model_not_found", "'tiny:' names no model: it is BASE or BASE:ADAPTER"),
        ("tiny:one@", "model_not_found", "names no model"),
        ("tiny:one@last", "model_not_found", "names no model"),
        (":one", "model_not_found", "names no model"),
        ("../base_model/nothing", "model_not_found", "There is no model"),
    ],
)
def test_a_model_that_is_not_there_is_not_found(client: OpenAI, model: str, code: str, words: str) -> None:
    for error in (refusal(client, model), refusal(client, model, stream=True)):
        assert isinstance(error, openai.NotFoundError)
        assert (error.code, error.param, error.type) == (code, "model", "invalid_request_error")
        assert words in error.message
    with pytest.raises(openai.NotFoundError, match=words):
        client.models.retrieve(model)


def test_an_adapter_of_another_base_is_refused_with_both_names(client: OpenAI) -> None:
    error = refusal(client, "other:one")
    assert isinstance(error, openai.BadRequestError)
    assert (error.code, error.param) == ("other_base", "model")
    assert "tiny" in error.message and "other" in error.message


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
        ("tool_choice", "required"),
        ("functions", [{"name": "f"}]),
        ("function_call", {"name": "f"}),
        ("response_format", {"type": "json_object"}),
        ("logprobs", True),
        ("top_logprobs", 2),
        ("frequency_penalty", 0.5),
        ("presence_penalty", -1),
        ("logit_bias", {"50": 1}),
        ("modalities", ["text", "audio"]),
        ("reasoning_effort", "low"),
        ("verbosity", "low"),
        ("web_search_options", {}),
    ],
)
def test_what_would_change_the_answer_and_is_not_offered_is_refused(client: OpenAI, param: str, value: Any) -> None:
    error = refusal(client, **{param: value})
    assert isinstance(error, openai.BadRequestError)
    assert (error.code, error.param) == ("unsupported_parameter", param)
    assert error.message.endswith(f"; leave '{param}' out.")


@pytest.mark.parametrize(
    ("param", "value"), [("suffix", "end"), ("best_of", 3), ("logprobs", 0), ("chat_template_kwargs", {"a": 1})]
)
def test_what_completions_do_not_offer_is_refused(client: OpenAI, param: str, value: Any) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.completions.create(model="tiny", prompt="Hello", extra_body={param: value})
    assert (raised.value.code, raised.value.param) == ("unsupported_parameter", param)


@pytest.mark.parametrize("prompt", [[1, 2, 3], [[1, 2], [3]]])
def test_lists_of_tokens_are_refused_in_words(client: OpenAI, prompt: Any) -> None:
    with pytest.raises(openai.BadRequestError, match="prompts are given as text here") as raised:
        client.completions.create(model="tiny", prompt=prompt)
    assert raised.value.param == "prompt"


@pytest.mark.parametrize(
    ("settings", "param", "words"),
    [
        ({"temperature": 9}, "temperature", "less than or equal to 5"),
        ({"n": 9}, "n", "less than or equal to 8"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"max_tokens": 4, "max_completion_tokens": 5}, "max_tokens", "give one of them"),
        ({"extra_body": {"temprature": 1}}, "temprature", "did you mean 'temperature'?"),
        ({"extra_body": {"adapter_scale": 2}}, "model", "name the adapter"),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [{"role": "tool", "tool_call_id": "1", "content": "x"}]}, None, "'system', 'developer', 'user'"),
        ({"messages": [{"role": "user", "content": "x", "name": "me"}]}, "name", "give participants no names"),
        ({"messages": [*HELLO, {"role": "assistant", "content": "Hel"}]}, "messages", "must be the user's"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages.0.content",
            "parts of the type text alone",
        ),
        ({"messages": [{"role": "user", "content": "many words " * 200}]}, "messages", "too long for this model"),
    ],
)
def test_a_wrong_value_is_a_bad_request_in_words(
    client: OpenAI, settings: dict[str, Any], param: str | None, words: str
) -> None:
    error = refusal(client, **settings)
    assert isinstance(error, openai.BadRequestError)
    assert (error.param, error.type) == (param, "invalid_request_error")
    assert words in error.message


@pytest.mark.parametrize("stream", [False, True])
def test_one_prompt_of_several_that_cannot_be_answered_fails_the_request(client: OpenAI, stream: bool) -> None:
    prompts = ["Hello", "many words " * 200]
    with pytest.raises(openai.APIError, match="too long for this model") as raised:
        answer: Any = client.completions.create(model="tiny", prompt=prompts, stream=stream)
        for _ in answer:
            pass
    assert (raised.value.param, raised.value.type) == ("prompt", "invalid_request_error")


def test_an_address_that_is_not_there_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is nothing at /v1/embeddings"):
        client.embeddings.create(model="tiny", input="Hello")


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "error"),
    [
        ("/v1/chat/completions", {}, None, 405, ("http", None)),
        ("/v1/nothing", {}, None, 404, ("http", None)),
        ("/v1/chat/completions", {}, b"{", 400, ("invalid_json", None)),
        ("/v1/chat/completions", {}, b"[]", 400, ("invalid_body", None)),
        ("/v1/chat/completions", {}, b"{}", 400, ("invalid_body", None)),
        ("/v1/chat/completions", {"Content-Type": "text/plain"}, b"{}", 400, ("invalid_body", None)),
        ("/v1/models", {"Host": "evil.example"}, None, 403, ("forbidden", None)),
        ("/v1/models", {"Origin": "https://evil.example"}, None, 403, ("forbidden", None)),
    ],
)
def test_every_error_has_openais_form(
    studio: Studio,
    path: str,
    headers: dict[str, str],
    body: bytes | None,
    status: int,
    error: tuple[str, str | None],
) -> None:
    request = Request(studio.address + path, body, {"Content-Type": "application/json", **headers})
    with pytest.raises(HTTPError) as raised:
        urlopen(request, timeout=20)
    told = json.load(raised.value)
    assert raised.value.code == status
    assert list(told) == ["error"]
    assert set(told["error"]) == {"message", "type", "param", "code"}
    assert (told["error"]["code"], told["error"]["param"]) == error


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("guarded")
    server = serve(folder / "home", folder / "server.log", DROID_TOKEN="secret")
    yield Studio(server)
    server.end()


def test_the_token_is_the_clients_api_key(guarded: Studio) -> None:
    wrong, right = guarded.client("wrong"), guarded.client("secret")
    with pytest.raises(openai.AuthenticationError, match="the api_key of OpenAI's clients") as raised:
        wrong.models.list()
    assert (raised.value.code, raised.value.type) == ("unauthorized", "authentication_error")
    assert [model.id for model in right.models.list()] == ["droid-starter"]


def test_the_token_in_the_address_opens_pages_alone(guarded: Studio) -> None:
    connection = HTTPConnection(guarded.address.removeprefix("http://"), timeout=20)
    connection.request("GET", "/v1/models?token=secret")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Set-Cookie")) == (401, None)
    connection.close()
