"""A token view holds the arrays that training uses, to the byte, whatever the template, the mask and the cut."""

from pathlib import Path
from typing import Any

import pytest
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import MessagesRow, PromptCompletionRow, Row, TextRow
from backend.tokens.schemas import AnsweredTurns, Encoding, TokenView
from backend.workers.base_model import read_tokenizer
from backend.workers.tokens.view import SHOWN_BEYOND_THE_CUT, view_of
from backend.workers.training.data.batching import TrainingBatches, collate
from backend.workers.training.data.encoding import Encoded, encode_all
from tests.tiny_models import make_model
from tests.tokens.batches import encoded, same
from tests.training.chat_templates import (
    BEGINS_THINKING,
    CALLS_TOOLS,
    CHATML,
    DROPS_THINKING,
    ENDS_CALLS_DIFFERENTLY,
    ENDS_DIFFERENTLY,
    GEMMA,
    LLAMA_3,
    MARKED,
    MISTRAL,
)

TEMPLATES = {
    "chatml": CHATML,
    "llama 3": LLAMA_3,
    "mistral": MISTRAL,
    "gemma": GEMMA,
    "drops thinking": DROPS_THINKING,
    "begins thinking": BEGINS_THINKING,
    "ends differently": ENDS_DIFFERENTLY,
    "marked": MARKED,
}
TOOL_TEMPLATES = {"calls tools": CALLS_TOOLS, "ends calls differently": ENDS_CALLS_DIFFERENTLY}
SYSTEM = {"role": "system", "content": "Be brief."}
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
CALL = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look", "arguments": {"q": "x"}}}]}


def chat(*contents: str) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": content} for index, content in enumerate(contents)]


CHATS: list[Row] = [
    MessagesRow(chat("Hello?", "Yes.")),
    MessagesRow(chat("Hello?", "Yes.", "Sure?", "Quite.", " And\n", "\n 好 👋🏽 ça va ")),
    MessagesRow(chat("Think", "<think>\nhm\n</think>\n\nYes.", "Sure?", "<think>\nwell\n</think>\n\nQuite.")),
    MessagesRow([*chat("Hello?", "Yes."), {"role": "assistant", "content": "More."}]),
    PromptCompletionRow("Hello?", "Yes."),
    PromptCompletionRow("Hello?", "A long answer. " * 12),
]
CALLING: list[Row] = [
    MessagesRow([*chat("Look"), CALL, {"role": "tool", "content": "4"}, *chat("", "Four.")[1:]], TOOLS),
    MessagesRow([*chat("Look"), CALL, {"role": "tool", "content": "4"}, *chat("", "Four.", "Ta.", "Bye.")[1:]], TOOLS),
]
TEXTS: list[Row] = [TextRow("Some text."), TextRow("👋 好" * 30), TextRow("Some text.<|im_end|>")]

MASKS: list[tuple[bool, AnsweredTurns]] = [(False, "all"), (True, "all"), (True, "last")]
SETTINGS = [
    Encoding(max_seq_length=length, mask_prompt=mask, train_on_turns=turns)
    for length in (512, 40, 9)
    for mask, turns in MASKS
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TokenizerWrapper:
    return read_tokenizer(make_model(tmp_path_factory.mktemp("models") / "model"))


@pytest.fixture
def templated(tokenizer: TokenizerWrapper, request: pytest.FixtureRequest) -> TokenizerWrapper:
    tokenizer.chat_template = request.param
    return tokenizer


def trained(rows: list[Row], tokenizer: TokenizerWrapper, settings: Encoding) -> list[Encoded]:
    return encode_all(rows, tokenizer, settings.max_seq_length, settings.mask_prompt, settings.train_on_turns)


def views(rows: list[Row], tokenizer: TokenizerWrapper, settings: Encoding) -> list[TokenView]:
    return [view_of(row, tokenizer, settings) for row in rows]


def check_equal(rows: list[Row], tokenizer: TokenizerWrapper, settings: Encoding) -> None:
    """What the views show makes the very batches that the run steps on."""
    shown = [encoded(view) for view in views(rows, tokenizer, settings)]
    used = trained(rows, tokenizer, settings)
    assert all(same(collate([one]), collate([other])) for one, other in zip(shown, used, strict=True))
    assert same(collate(shown), collate(used))
    if learned := [index for index, example in enumerate(used) if example.targets]:
        seen, fed = (TrainingBatches([these[i] for i in learned], 2, None, seed=3) for these in (shown, used))
        assert all(same(seen.at(index), fed.at(index)) for index in range(2 * fed.batches_per_epoch))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("templated", TEMPLATES.values(), ids=TEMPLATES.keys(), indirect=True)
def test_a_view_of_a_chat_equals_what_the_batcher_feeds(templated: TokenizerWrapper, settings: Encoding) -> None:
    check_equal(CHATS, templated, settings)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("templated", TOOL_TEMPLATES.values(), ids=TOOL_TEMPLATES.keys(), indirect=True)
def test_a_view_of_calls_of_tools_equals_what_the_batcher_feeds(
    templated: TokenizerWrapper, settings: Encoding
) -> None:
    check_equal(CALLING, templated, settings)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_view_of_text_equals_what_the_batcher_feeds(tokenizer: TokenizerWrapper, settings: Encoding) -> None:
    check_equal(TEXTS, tokenizer, settings)


@pytest.mark.parametrize("templated", [CHATML], ids=["chatml"], indirect=True)
def test_the_texts_join_to_what_the_model_sees_and_loss_is_on_the_answers(templated: TokenizerWrapper) -> None:
    row = MessagesRow([SYSTEM, *chat("Hello?", "Yes.", "Sure?", "Quite 👋.")])
    view = view_of(row, templated, Encoding(mask_prompt=True))
    rendered = templated.apply_chat_template(row.messages, tokenize=False)
    assert "".join(token.text for token in view.tokens) == rendered
    assert "".join(token.text for token in view.tokens if token.loss) == "Yes.<|im_end|>\nQuite 👋.<|im_end|>\n"
    assert [token.text for token in view.tokens if token.special] == ["<|im_start|>", "<|im_end|>"] * 5
    assert (view.full_length, view.shown, view.cut_at, view.note) == (len(view.tokens), len(view.tokens), None, None)
    assert view.loss_tokens == sum(token.loss for token in view.tokens)


@pytest.mark.parametrize("templated", [CHATML], ids=["chatml"], indirect=True)
def test_a_cut_is_marked_and_what_follows_it_is_shown_without_loss(templated: TokenizerWrapper) -> None:
    row = MessagesRow(chat("Hello?", "Yes. " * 100))
    whole = view_of(row, templated, Encoding(mask_prompt=True))
    cut = view_of(row, templated, Encoding(mask_prompt=True, max_seq_length=60))
    assert (cut.cut_at, cut.shown, cut.full_length) == (60, 60 + SHOWN_BEYOND_THE_CUT, whole.full_length)
    assert cut.tokens[:60] == whole.tokens[:60]
    assert [token.text for token in cut.tokens] == [token.text for token in whole.tokens[: cut.shown]]
    assert not any(token.loss for token in cut.tokens[60:])
    assert cut.note == (
        f"The cut takes {whole.loss_tokens - cut.loss_tokens} of the {whole.loss_tokens} tokens that would carry loss."
    )


@pytest.mark.parametrize("templated", [CHATML], ids=["chatml"], indirect=True)
def test_a_row_that_is_left_out_says_so(templated: TokenizerWrapper) -> None:
    view = view_of(MessagesRow(chat("Hello?", "Yes.")), templated, Encoding(mask_prompt=True, max_seq_length=10))
    assert view.note == "Nothing in this row carries loss within its first 10 tokens, so training leaves it out."
    assert view.loss_tokens == 0


def test_a_text_has_no_template_and_no_prompt_and_ends_in_one_eos(tokenizer: TokenizerWrapper) -> None:
    view = view_of(TextRow("Hi.<|im_end|><|im_end|>"), tokenizer, Encoding(mask_prompt=True))
    assert [(token.text, token.loss, token.special) for token in view.tokens] == [
        ("H", False, False),
        ("i", True, False),
        (".", True, False),
        ("<|im_end|>", True, True),
    ]
    assert (view.template, view.note) == (
        "None: the text as it stands.",
        "Text has no prompt, so all of it carries loss.",
    )


PAIR = PromptCompletionRow("a", "b")
NAMED = {"default": CHATML, "tool_use": CALLS_TOOLS}


@pytest.mark.parametrize(
    ("template", "row", "sentence"),
    [
        (CHATML, CHATS[0], "The model's chat template."),
        (CHATML, PAIR, "The model's chat template."),
        (
            None,
            PromptCompletionRow("a", "b"),
            "None: the model has no chat template, so prompt and completion are joined.",
        ),
        (NAMED, CHATS[0], "The model's chat template 'default'."),
        (NAMED, CALLING[0], "The model's chat template 'tool_use'."),
    ],
)
def test_the_template_is_named(tmp_path: Path, template: str | dict[str, str] | None, row: Row, sentence: str) -> None:
    tokenizer = read_tokenizer(make_model(tmp_path / "model", chat_template=None))
    tokenizer.chat_template = template
    tokenizer.has_chat_template = template is not None
    assert view_of(row, tokenizer, Encoding()).template == sentence
