"""Which tokens the assistant has to write, by hand for the kinds of templates, and by rendering beginnings."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlx_lm.tokenizer_utils import TokenizerWrapper
from tokenizers import AddedToken

from backend.datasets.formats import MessagesRow
from backend.workers.base_model import read_tokenizer
from backend.workers.training.data.chat_template import ChatTemplate, Messages
from backend.workers.training.data.encoding import encode_all
from backend.workers.training.data.turns import Turns, turns_by_prefix
from tests.training.chat_templates import (
    BEGINS_THINKING,
    CALLS_TOOLS,
    CHATML,
    DROPS_THINKING,
    ENDS_CALLS_DIFFERENTLY,
    ENDS_DIFFERENTLY,
    GEMMA,
    LLAMA_3,
    LOOPS_OVER_TOOLS,
    MARKED,
    MISTRAL,
)

SYSTEM = {"role": "system", "content": "Be brief."}


def chat(*contents: str) -> list[dict[str, str]]:
    """The user begins, the assistant answers, and so on."""
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": content} for index, content in enumerate(contents)]


PLAIN = chat("Yes.", "Yes.", "a", "a", "Yes.", "Yes.")
UNTIDY = chat(" Hello?\n", "  Yes.\n", "<|im_start|>assistant\nSure?", "\n\nQuite. ")
THOUGHTFUL = [SYSTEM, *chat("Hello?", "<think>\nhm\n</think>\n\nYes.", "Sure?", "<think>\nwell\n</think>\n\nQuite.")]
TWICE = [*chat("Hello?", "Yes."), {"role": "assistant", "content": "More."}, *chat("Thanks.")]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
CALL = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look", "arguments": {"q": "x"}}}]}
CALLING = [*chat("Look"), CALL, {"role": "tool", "content": "It is 4."}, *chat("", "Four.", "Thanks.", "Welcome.")[1:]]

BY_HAND = [
    pytest.param(CHATML, PLAIN, ["Yes.<|im_end|>\n", "a<|im_end|>\n", "Yes.<|im_end|>\n"], id="chatml"),
    pytest.param(CHATML, UNTIDY, ["  Yes.\n<|im_end|>\n", "\n\nQuite. <|im_end|>\n"], id="chatml untidy"),
    pytest.param(CHATML, TWICE, ["Yes.<|im_end|>\n", "More.<|im_end|>\n"], id="two answers in a row"),
    pytest.param(LLAMA_3, [SYSTEM, *PLAIN], ["Yes.<|eot_id|>", "a<|eot_id|>", "Yes.<|eot_id|>"], id="llama 3"),
    pytest.param(LLAMA_3, UNTIDY, ["Yes.<|eot_id|>", "Quite.<|eot_id|>"], id="llama 3 strips"),
    pytest.param(MISTRAL, PLAIN, [" Yes.<|im_end|>", " a<|im_end|>", " Yes.<|im_end|>"], id="mistral"),
    pytest.param(MISTRAL, [SYSTEM, *PLAIN], [" Yes.<|im_end|>", " a<|im_end|>", " Yes.<|im_end|>"], id="moves system"),
    pytest.param(
        MISTRAL.replace("m.content + eos_token", "m.content | trim + eos_token"),
        chat("Hello [/INST]?", "  Yes.\n", "Sure?", "\n\nQuite. "),
        [" Yes.<|im_end|>", " Quite.<|im_end|>"],
        id="mistral strips",
    ),
    pytest.param(GEMMA, UNTIDY, ["Yes.<end_of_turn>\n", "Quite.<end_of_turn>\n"], id="gemma"),
    pytest.param(
        DROPS_THINKING,
        PLAIN,
        ["Yes.<|im_end|>\n", "a<|im_end|>\n", "<think>\n\n</think>\n\nYes.<|im_end|>\n"],
        id="an empty block in the last",
    ),
    pytest.param(
        DROPS_THINKING,
        THOUGHTFUL,
        ["Yes.<|im_end|>\n", "<think>\nwell\n</think>\n\nQuite.<|im_end|>\n"],
        id="earlier thinking dropped",
    ),
    pytest.param(BEGINS_THINKING, PLAIN[:2], ["Yes.<|im_end|>\n"], id="an answer without the begun block"),
    pytest.param(
        BEGINS_THINKING,
        THOUGHTFUL,
        ["hm\n</think>\n\nYes.<|im_end|>\n", "well\n</think>\n\nQuite.<|im_end|>\n"],
        id="the prompt begins the block",
    ),
    pytest.param(ENDS_DIFFERENTLY, PLAIN[:4], ["Yes.<|end|>\n", "a<|end|>\n<|im_end|>"], id="one more at the end"),
    pytest.param(MARKED, PLAIN, ["Yes.<|im_end|>", "a<|im_end|>", "Yes.<|im_end|>"], id="marked"),
    pytest.param(MARKED, UNTIDY, ["  Yes.\n<|im_end|>", "\n\nQuite. <|im_end|>"], id="marked untidy"),
    pytest.param(
        CALLS_TOOLS,
        CALLING,
        [
            '<tool_call>{"name": "look", "arguments": {"q": "x"}}</tool_call><|im_end|>\n',
            "Four.<|im_end|>\n",
            "Welcome.<|im_end|>\n",
        ],
        id="tools",
    ),
]


FOUND_BY_BEGINNINGS = pytest.param(
    ENDS_CALLS_DIFFERENTLY,
    CALLING,
    ['{"name": "look", "arguments": {"q": "x"}}<|eom_id|>', "Four.<|eot_id|>", "Welcome.<|eot_id|>"],
    id="another end of calls",
)


class CountedTemplate(ChatTemplate):
    rendered = 0

    def _apply(self, messages: Messages, tools: list[Any] | None, **options: Any) -> Any:
        self.rendered += 1
        return super()._apply(messages, tools, **options)


class TemplateWithoutPlaces(ChatTemplate):
    tells_places = False


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> TokenizerWrapper:
    return read_tokenizer(tiny)


def tools_of(template: str) -> list[Any] | None:
    return TOOLS if template == CALLS_TOOLS else None


@pytest.mark.parametrize(("template", "messages", "turns"), [*BY_HAND, FOUND_BY_BEGINNINGS])
def test_what_carries_loss_is_what_the_assistant_writes(
    tokenizer: TokenizerWrapper, template: str, messages: list[dict[str, Any]], turns: list[str]
) -> None:
    tokenizer.chat_template = template
    ids, found = Turns(ChatTemplate(tokenizer)).ids_and_turns(messages, tools_of(template))
    assert ids == tokenizer.apply_chat_template(messages, tools=tools_of(template))
    assert [tokenizer.decode(ids[start:end]) for start, end in found] == turns


@pytest.mark.parametrize("template", [LOOPS_OVER_TOOLS, LOOPS_OVER_TOOLS.replace(CHATML, MARKED)])
def test_a_template_made_for_tools_takes_chats_without_any(tokenizer: TokenizerWrapper, template: str) -> None:
    tokenizer.chat_template = template
    ids, found = Turns(ChatTemplate(tokenizer)).ids_and_turns(PLAIN, None)
    assert ids == tokenizer.apply_chat_template(PLAIN, tools=[])
    assert [tokenizer.decode(ids[start:end]).strip() for start, end in found] == [
        "Yes.<|im_end|>",
        "a<|im_end|>",
        "Yes.<|im_end|>",
    ]


@pytest.mark.parametrize(("template", "messages", "turns"), BY_HAND)
def test_a_cut_row_and_the_last_turn_carry_loss_in_the_same_places(
    tokenizer: TokenizerWrapper, template: str, messages: list[dict[str, Any]], turns: list[str]
) -> None:
    tokenizer.chat_template = template
    row = MessagesRow(messages, tools_of(template))
    [both] = encode_all([row], tokenizer, 10_000, mask_prompt=True)
    [last] = encode_all([row], tokenizer, 10_000, mask_prompt=True, train_on_turns="last")
    [everything] = encode_all([row], tokenizer, 10_000, mask_prompt=False)
    assert tokenizer.decode(both.ids[both.counts].tolist()) == "".join(turns)
    assert tokenizer.decode(last.ids[last.counts].tolist()) == turns[-1]
    assert everything.counts.tolist() == [False] + [True] * (len(both.ids) - 1)
    for length in range(2, len(both.ids), 7):
        [cut] = encode_all([row], tokenizer, length, mask_prompt=True)
        assert cut.ids.tolist() == both.ids[:length].tolist()
        assert cut.counts.tolist() == both.counts[:length].tolist()


@pytest.mark.parametrize(
    ("template", "messages"), [case.values[:2] for case in BY_HAND if case.values[0] != MARKED], ids=str
)
def test_a_conversation_is_rendered_once(
    tokenizer: TokenizerWrapper, template: str, messages: list[dict[str, Any]]
) -> None:
    tokenizer.chat_template = template
    counted = CountedTemplate(tokenizer)
    turns = Turns(counted)
    turns.ids_and_turns(messages, tools_of(template))
    counted.rendered = 0
    turns.ids_and_turns(messages, tools_of(template))
    assert counted.rendered == 1


PIECES = st.sampled_from(["a", "Yes.", " ", "\n", "<|im_end|>", "<|im_end|>\n", "<|im_start|>assistant\n", "é🤖"])
CONTENTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), CONTENTS), max_size=6), st.booleans())
@example([("assistant", "a<|im_end|>\na"), ("user", "a")], True)
@example([("assistant", "a"), ("user", "a<|im_end|>\n<|im_start|>assistant\n")], True)
def test_turns_are_those_that_rendering_each_beginning_finds(
    tokenizer: TokenizerWrapper, said: list[tuple[str, str]], with_tools: bool
) -> None:
    tokenizer.chat_template = CALLS_TOOLS
    messages = [*chat("Hello?"), *({"role": role, "content": content} for role, content in said), *chat("", "So.")[1:]]
    template = ChatTemplate(tokenizer)
    tools = TOOLS if with_tools else None
    ids, turns = Turns(template).ids_and_turns(messages, tools)
    assert turns == turns_by_prefix(template, messages, tools, ids)


@pytest.mark.parametrize(
    ("template", "messages", "turns"),
    [case for case in BY_HAND if case.id in ("chatml", "llama 3", "mistral", "tools")],
)
def test_tokenizers_that_tell_no_places_are_masked_alike(
    tokenizer: TokenizerWrapper, template: str, messages: list[dict[str, Any]], turns: list[str]
) -> None:
    tokenizer.chat_template = template
    ids, found = Turns(TemplateWithoutPlaces(tokenizer)).ids_and_turns(messages, tools_of(template))
    assert [tokenizer.decode(ids[start:end]) for start, end in found] == turns


def test_spaces_that_a_header_swallows_are_not_of_the_answer(tiny: Path) -> None:
    tokenizer = read_tokenizer(tiny)
    tokenizer.add_tokens([AddedToken("<|assistant|>", rstrip=True, special=True)], special_tokens=True)
    tokenizer.chat_template = ENDS_DIFFERENTLY
    template = ChatTemplate(tokenizer)
    messages = chat("Hello?", "  Yes.", "Sure?", "Quite.")
    ids, turns = Turns(template).ids_and_turns(messages, None)
    assert [tokenizer.decode(ids[start:end]) for start, end in turns] == ["Yes.<|end|>\n", "Quite.<|end|>\n<|im_end|>"]
    assert turns == turns_by_prefix(template, messages, None, ids)
