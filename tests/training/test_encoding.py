from pathlib import Path

import pytest
from mlx_lm.tokenizer_utils import TokenizerWrapper

from backend.datasets.formats import MessagesRow, PromptCompletionRow, Row, TextRow
from backend.errors import AppError
from backend.workers.base_model import read_tokenizer
from backend.workers.training.data.encoding import Encoded, encode_all

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello?"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "Sure?"},
    {"role": "assistant", "content": "Quite."},
]


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> TokenizerWrapper:
    return read_tokenizer(tiny)


@pytest.fixture(scope="module")
def plain_tokenizer(tiny: Path) -> TokenizerWrapper:
    """The same without a chat template."""
    wrapper = read_tokenizer(tiny)
    wrapper.chat_template = None
    wrapper.has_chat_template = False
    return wrapper


def encode(row: Row, tokenizer: TokenizerWrapper, max_seq_length: int, mask_prompt: bool) -> Encoded:
    return encode_all([row], tokenizer, max_seq_length, mask_prompt)[0]


def text_that_counts(example: Encoded, tokenizer: TokenizerWrapper) -> str:
    return str(tokenizer.decode(example.ids[example.counts].tolist()))


@pytest.mark.parametrize("ending", ["", "<|im_end|>", "<|im_end|><|im_end|>"])
def test_a_text_row_ends_in_exactly_one_eos(tokenizer: TokenizerWrapper, ending: str) -> None:
    example = encode(TextRow("Some text." + ending), tokenizer, 100, mask_prompt=False)
    eos = tokenizer.eos_token_id
    assert example.ids.tolist() == [*tokenizer.encode("Some text."), eos]
    assert example.counts.tolist() == [False] + [True] * (len(example.ids) - 1)


def test_a_chat_is_what_the_template_renders(tokenizer: TokenizerWrapper) -> None:
    example = encode(MessagesRow(CHAT), tokenizer, 1000, mask_prompt=False)
    assert example.ids.tolist() == tokenizer.apply_chat_template(CHAT, return_dict=False)
    assert example.targets == len(example.ids) - 1


def test_masking_leaves_every_turn_of_the_assistant_and_nothing_else(tokenizer: TokenizerWrapper) -> None:
    example = encode(MessagesRow(CHAT), tokenizer, 1000, mask_prompt=True)
    assert text_that_counts(example, tokenizer) == "Yes.<|im_end|>\nQuite.<|im_end|>\n"


def test_a_prompt_and_completion_become_a_chat_where_there_is_a_template(tokenizer: TokenizerWrapper) -> None:
    row = PromptCompletionRow("Hello?", "Yes.")
    example = encode(row, tokenizer, 1000, mask_prompt=True)
    assert text_that_counts(example, tokenizer) == "Yes.<|im_end|>\n"


def test_a_prompt_and_completion_are_joined_where_there_is_none(plain_tokenizer: TokenizerWrapper) -> None:
    example = encode(PromptCompletionRow("Hello?", " Yes."), plain_tokenizer, 1000, mask_prompt=True)
    assert plain_tokenizer.decode(example.ids.tolist()) == "Hello? Yes.<|im_end|>"
    assert text_that_counts(example, plain_tokenizer) == " Yes.<|im_end|>"


def test_chats_without_a_template_are_refused(plain_tokenizer: TokenizerWrapper) -> None:
    with pytest.raises(AppError, match="no chat template"):
        encode(MessagesRow(CHAT), plain_tokenizer, 1000, mask_prompt=False)


def test_a_long_row_is_cut_and_its_length_kept(tokenizer: TokenizerWrapper) -> None:
    whole = encode(MessagesRow(CHAT), tokenizer, 1000, mask_prompt=True)
    cut = encode(MessagesRow(CHAT), tokenizer, 12, mask_prompt=True)
    assert cut.ids.tolist() == whole.ids[:12].tolist()
    assert cut.full_length == len(whole.ids)
    assert cut.targets == 0


def test_a_template_that_refuses_is_quoted(tiny: Path) -> None:
    tokenizer = read_tokenizer(tiny)
    tokenizer.chat_template = "{{ raise_exception('Only users and assistants here') }}"
    with pytest.raises(AppError, match="Only users and assistants here"):
        encode(MessagesRow(CHAT), tokenizer, 1000, mask_prompt=False)


@pytest.mark.parametrize("opening", [[], [{"role": "system", "content": "Be brief."}]])
def test_masking_where_the_template_refuses_what_comes_before_the_first_answer(
    tiny: Path, opening: list[dict[str, str]]
) -> None:
    tokenizer = read_tokenizer(tiny)
    refusal = "{% if messages[-1]['role'] == 'system' or not messages %}{{ raise_exception('no question') }}{% endif %}"
    tokenizer.chat_template = refusal + str(tokenizer.chat_template)
    chat = [*opening, {"role": "assistant", "content": "Welcome."}, *CHAT[1:3]]
    example = encode(MessagesRow(chat), tokenizer, 1000, mask_prompt=True)
    assert text_that_counts(example, tokenizer) == "Welcome.<|im_end|>\nYes.<|im_end|>\n"
