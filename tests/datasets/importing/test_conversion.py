"""Rows of every shape, what is written of them, and what is wrong with them."""

import json
from typing import Any

import pytest

from backend.datasets.importing.conversion import Converter
from backend.datasets.importing.findings import complete
from backend.datasets.importing.schemas import Choice, FindingKind, Mapping, Shape, TextRule
from backend.errors import FieldError
from tests.datasets.importing.sources import convert

USER, ASSISTANT = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}
SYSTEM = {"role": "system", "content": "Be kind."}
TURNS = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
FUNCTION = {"name": "look", "parameters": {"type": "object"}}
CALL = {"name": "look", "arguments": {"at": "sea"}}
NO_CALLS: list[Any] = [True, "look(sea)", {"function": CALL}, ["look"], [{"function": {"arguments": {}}}]]


def answer(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def called(call: dict[str, Any] = CALL) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]}


@pytest.mark.parametrize(
    ("shape", "value", "row"),
    [
        ("text", {"text": " as it stands\n"}, {"text": " as it stands\n"}),
        ("completion", {"prompt": "", "completion": "a"}, {"prompt": "", "completion": "a"}),
        (
            "instruction",
            {"instruction": "Add", "input": "1 2", "output": "3"},
            {"prompt": "Add\n\n1 2", "completion": "3"},
        ),
        ("instruction", {"instruction": "Add", "input": "", "output": "3"}, {"prompt": "Add", "completion": "3"}),
        ("instruction", {"instruction": "", "input": "1 2", "output": "3"}, {"prompt": "1 2", "completion": "3"}),
        (
            "instruction",
            {"instruction": "Hi", "output": "Hello", "system": "Be kind."},
            {"messages": [SYSTEM, USER, ASSISTANT]},
        ),
        ("instruction", {"instruction": "Hi", "output": "Hello", "system": None}, {"messages": [USER, ASSISTANT]}),
        ("conversation", {"messages": [SYSTEM, USER, ASSISTANT]}, {"messages": [SYSTEM, USER, ASSISTANT]}),
        ("conversation", {"messages": json.dumps(TURNS)}, {"messages": [USER, ASSISTANT]}),
        ("conversation", {"messages": TURNS, "system": "Be kind."}, {"messages": [SYSTEM, USER, ASSISTANT]}),
        (
            "conversation",
            {"messages": [{**SYSTEM, "content": "Own."}, USER, ASSISTANT], "system": "Be kind."},
            {"messages": [{**SYSTEM, "content": "Be kind.\n\nOwn."}, USER, ASSISTANT]},
        ),
        (
            "conversation",
            {"messages": [USER, {**ASSISTANT, "reasoning_content": "hm", "name": None}], "tools": []},
            {"messages": [USER, {**ASSISTANT, "reasoning_content": "hm"}]},
        ),
        (
            "conversation",
            {
                "messages": [
                    {"from": "human", "value": "Hi"},
                    {"from": "function_call", "value": json.dumps(CALL)},
                    {"from": "observation", "value": "wet"},
                    {"from": "gpt", "value": "Hello"},
                ],
                "tools": json.dumps([FUNCTION]),
            },
            {
                "messages": [USER, called(), {"role": "tool", "content": "wet"}, ASSISTANT],
                "tools": [{"type": "function", "function": FUNCTION}],
            },
        ),
        (
            "conversation",
            {
                "messages": [
                    USER,
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            {"type": "function", "function": {"name": "look", "arguments": '{"at": "sea"}'}}
                        ],
                    },
                ],
                "tools": [{"type": "function", "function": FUNCTION}],
            },
            {"messages": [USER, called()], "tools": [{"type": "function", "function": FUNCTION}]},
        ),
        (
            "preference",
            {"prompt": "Hi", "chosen": "Hello", "rejected": "No", "system": ""},
            {"prompt": "Hi", "chosen": "Hello", "rejected": "No"},
        ),
        ("preference", {"chosen": "Hello", "rejected": "No"}, {"chosen": "Hello", "rejected": "No"}),
        (
            "preference",
            {"prompt": TURNS[:1], "chosen": TURNS[1], "rejected": {"from": "gpt", "value": "No"}, "system": "Be kind."},
            {"prompt": [SYSTEM, USER], "chosen": [ASSISTANT], "rejected": [answer("No")]},
        ),
        (
            "preference",
            {"prompt": "Hi", "chosen": [USER, ASSISTANT], "rejected": [USER, answer("No")]},
            {"prompt": [USER], "chosen": [ASSISTANT], "rejected": [answer("No")]},
        ),
        (
            "preference",
            {"chosen": [USER, ASSISTANT, USER, ASSISTANT], "rejected": [USER, ASSISTANT, USER, answer("No")]},
            {"prompt": [USER, ASSISTANT, USER], "chosen": [ASSISTANT], "rejected": [answer("No")]},
        ),
        ("grpo", {"prompt": "1+1", "answer": "2", "system": ""}, {"prompt": "1+1", "answer": "2"}),
        (
            "grpo",
            {"prompt": "1+1", "answer": "2", "system": "Be kind."},
            {"prompt": "1+1", "answer": "2", "system": "Be kind."},
        ),
    ],
)
def test_a_row_is_written_as_training_reads_it(shape: Shape, value: dict[str, Any], row: dict[str, Any]) -> None:
    made = convert(shape, value)

    assert (made.row, made.flaws) == (row, [])


@pytest.mark.parametrize(
    ("shape", "value", "kind", "sentence"),
    [
        ("text", ["a"], "not_an_object", "This is a list; an object with named fields is needed."),
        ("text", {"body": "a"}, "missing_field", "text is missing."),
        ("text", {"text": None}, "missing_field", "text is null."),
        ("text", {"text": " \n"}, "empty_field", "text is empty."),
        ("text", {"text": {"a": 1}}, "not_text", "Text is an object; text is needed."),
        ("instruction", {"instruction": " ", "output": "a"}, "empty_field", "instruction is empty."),
        ("instruction", {"instruction": "a", "output": ""}, "empty_field", "output is empty."),
        ("conversation", {"messages": "text"}, "not_text", "messages is text; a list of messages is needed."),
        ("conversation", {"messages": []}, "empty_field", "messages has no messages."),
        (
            "conversation",
            {"messages": [{**USER, "role": "robot"}]},
            "wrong_role",
            "Message 1 of messages has the role 'robot'.",
        ),
        ("conversation", {"messages": [{**USER, "role": 5}]}, "wrong_role", "Message 1 of messages has the role '5'."),
        ("conversation", {"messages": [USER]}, "no_answer", "messages has no message of the assistant."),
        (
            "conversation",
            {"messages": [USER, answer("")]},
            "empty_field",
            "Message 2 of messages, the assistant's, is empty.",
        ),
        (
            "conversation",
            {"messages": [USER, {"role": "assistant", "content": None}]},
            "missing_field",
            "The content of message 2 is missing.",
        ),
        (
            "conversation",
            {"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}, ASSISTANT]},
            "not_text",
            "The content of message 1 is a list; text is needed.",
        ),
        (
            "conversation",
            {"messages": [TURNS[0], {"from": "function_call", "value": "look(sea)"}]},
            "bad_tool_call",
            "Message 2 of messages calls a function, but is no JSON with its name.",
        ),
        ("conversation", {"messages": TURNS, "tools": "{"}, "bad_tool_call", "tools is no list of functions."),
        ("preference", {"prompt": "a", "chosen": "b"}, "missing_field", "rejected is missing."),
        (
            "preference",
            {"chosen": [USER], "rejected": [ASSISTANT]},
            "no_answer",
            "chosen has no message of the assistant.",
        ),
        ("preference", {"chosen": [USER, ASSISTANT], "rejected": ""}, "empty_field", "rejected is empty."),
        ("preference", {"chosen": "", "rejected": [USER, ASSISTANT]}, "empty_field", "chosen is empty."),
        *(
            (
                "conversation",
                {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": calls}]},
                "bad_tool_call",
                "Message 2 of messages has tool calls, but they are no list of functions with their names.",
            )
            for calls in NO_CALLS
        ),
        ("grpo", {"prompt": "a", "answer": ["1"], "x": 1}, "content_parts", "Answer is a list of 1 parts."),
    ],
)
def test_what_is_wrong_with_a_row_is_said(shape: Shape, value: Any, kind: str, sentence: str) -> None:
    columns = {
        "text": {"text": "text"},
        "instruction": {"instruction": "instruction", "output": "output"},
        "conversation": {"messages": "messages", "tools": "tools"},
        "preference": {"chosen": "chosen", "rejected": "rejected"},
        "grpo": {"prompt": "prompt", "answer": "answer"},
    }
    made = convert(shape, value, columns[shape])

    assert [(flaw.kind, flaw.sentence) for flaw in made.flaws] == [(kind, sentence)]


@pytest.mark.parametrize(
    ("shape", "value", "kind", "row"),
    [
        ("grpo", {"prompt": "a", "answer": 72}, "number_for_text", {"prompt": "a", "answer": "72"}),
        ("text", {"text": True}, "number_for_text", {"text": "true"}),
        ("text", {"text": "a\0b\x9fc\td\n"}, "control_characters", {"text": "abc\td\n"}),
        (
            "conversation",
            {"messages": [{"role": "Human", "content": "Hi"}, {"role": "bot", "content": "Hello"}]},
            "role_name",
            {"messages": [USER, ASSISTANT]},
        ),
        (
            "conversation",
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "H"}, "i"]}, ASSISTANT]},
            "content_parts",
            {"messages": [USER, ASSISTANT]},
        ),
        (
            "conversation",
            {"messages": [SYSTEM, ASSISTANT, USER, USER, ASSISTANT, ASSISTANT, USER]},
            "unpaired_turns",
            {"messages": [SYSTEM, {**USER, "content": "Hi\n\nHi"}, answer("Hello\n\nHello")]},
        ),
    ],
)
def test_what_can_be_mended_is_mended_as_its_words_say(
    shape: Shape, value: dict[str, Any], kind: FindingKind, row: dict[str, Any]
) -> None:
    made = convert(shape, value, choices={kind: "fix"})

    assert made.row == row
    assert {flaw.kind for flaw in made.flaws} == {kind}


@pytest.mark.parametrize("choice", ["keep", "stop"])
def test_what_is_not_to_be_mended_stays(choice: Choice) -> None:
    messages = [USER, USER, ASSISTANT]

    assert convert("text", {"text": "a\0b"}, choices={"control_characters": choice}).row == {"text": "a\0b"}
    assert convert("conversation", {"messages": messages}, choices={"unpaired_turns": choice}).row == {
        "messages": messages
    }


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([USER, ASSISTANT, USER, ASSISTANT], None),
        ([SYSTEM, USER, called(), {"role": "tool", "content": "a"}, {"role": "tool", "content": "b"}, ASSISTANT], None),
        ([USER, ASSISTANT, called()], "message 3 is the assistant's, and so is the one before"),
        ([ASSISTANT, USER, ASSISTANT], "it begins with an answer"),
        ([USER, ASSISTANT, SYSTEM, USER, ASSISTANT], "message 3 is a system prompt in the middle"),
        ([USER, {"role": "tool", "content": "a"}, ASSISTANT], "message 2 is a tool's, which nobody called"),
        ([USER, ASSISTANT, USER], "it ends without an answer"),
    ],
)
def test_turns_that_do_not_alternate_are_told(messages: list[dict[str, Any]], why: str | None) -> None:
    made = convert("conversation", {"messages": messages})

    assert [flaw.sentence for flaw in made.flaws] == ([f"messages: {why}."] if why else [])


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([USER, ASSISTANT, SYSTEM, USER, ASSISTANT], "message 3 is a system prompt in the middle"),
        ([USER, USER, {"role": "tool", "content": "a"}, ASSISTANT], "message 2 is a tool's, which nobody called"),
        ([USER, ASSISTANT, called()], "message 3 is the assistant's, and so is the one before"),
    ],
)
def test_turns_that_joining_does_not_mend_are_told(messages: list[dict[str, Any]], why: str) -> None:
    made = convert("conversation", {"messages": messages}, choices={"unpaired_turns": "fix"})

    assert [(flaw.kind, flaw.sentence) for flaw in made.flaws[1:]] == [
        ("wrong_role", f"messages cannot be mended: with turns joined, {why}.")
    ]


def test_tool_calls_may_be_written_as_json() -> None:
    call = {"role": "assistant", "content": "", "tool_calls": json.dumps(called()["tool_calls"])}
    made = convert("conversation", {"messages": [USER, call]})

    assert (made.row, made.flaws) == ({"messages": [USER, called()]}, [])


def test_nothing_left_to_answer_is_no_row() -> None:
    made = convert("conversation", {"messages": [ASSISTANT, USER]}, choices={"unpaired_turns": "fix"})

    assert (made.row, [flaw.kind for flaw in made.flaws]) == (None, ["unpaired_turns", "no_answer"])


def test_rules_change_every_text_of_a_row_and_nothing_else() -> None:
    rules = [
        TextRule(kind="strip"),
        TextRule(kind="nfc"),
        TextRule(kind="collapse_blank_lines"),
        TextRule(kind="replace", find="Acme", replace="We"),
        TextRule(kind="replace", find=r"(\d+) euros?", replace=r"EUR \1", regex=True),
        TextRule(kind="replace", find="nowhere", replace=""),
    ]
    messages = [
        {"role": "user", "content": "  Acme?\n\n \n\nyes"},
        {"role": "assistant", "content": "5 euros, cafe\u0301", "tool_calls": [{"function": {"name": " Acme "}}]},
    ]
    made = convert("conversation", {"messages": messages, "tools": [{"type": " Acme "}]}, None, rules)

    assert made.row == {
        "messages": [
            {"role": "user", "content": "We?\n\nyes"},
            {"role": "assistant", "content": "EUR 5, caf\u00e9", "tool_calls": [{"function": {"name": " Acme "}}]},
        ],
        "tools": [{"type": " Acme "}],
    }
    assert made.changed == [0, 1, 2, 3, 4]


def test_a_text_that_rules_or_mending_leave_empty_is_a_finding() -> None:
    by_rule = convert("text", {"text": "Acme"}, rules=[TextRule(kind="replace", find="Acme")])
    by_mending = convert("text", {"text": "\0"}, choices={"control_characters": "fix"})

    assert [flaw.sentence for flaw in by_rule.flaws] == ["Nothing is left of text after the rules."]
    assert by_mending.flaws[-1].sentence == "Nothing is left of text without its control characters."


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (Mapping(shape="text", columns={}), "'Text' needs a column for text."),
        (Mapping(shape="text", columns={"text": ""}), "'Text' needs a column for text."),
        (
            Mapping(shape="completion", columns={"prompt": "a", "answer": "b"}),
            "'Prompt and completion' has no field answer",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_its_shape_is_refused(mapping: Mapping, sentence: str) -> None:
    with pytest.raises(FieldError, match=sentence):
        Converter(mapping, complete({}))


def test_a_choice_that_there_is_not_is_refused() -> None:
    with pytest.raises(FieldError, match="Rows with 'Not valid JSON' cannot be given 'fix': stop, skip can"):
        complete({"bad_json": "fix"})


@pytest.mark.parametrize("find", ["(", "a{99999999999}", ""])
def test_a_rule_that_cannot_be_followed_is_refused(find: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|what to find"):
        TextRule(kind="replace", find=find, regex=True)
    with pytest.raises(ValueError, match="its replacement does not fit"):
        TextRule(kind="replace", find="a", replace=r"\1", regex=True)
