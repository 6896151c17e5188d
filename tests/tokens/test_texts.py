"""What each token stands for, in tokenizers of every kind."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mlx_lm.tokenizer_utils import NaiveStreamingDetokenizer, SPMStreamingDetokenizer, TokenizerWrapper
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from backend.workers.base_model import read_tokenizer
from backend.workers.tokens.texts import special_ids, token_texts
from tests.tiny_models import make_model


def wrapped(tokenizer: Tokenizer, detokenizer: Any, **options: Any) -> TokenizerWrapper:
    return TokenizerWrapper(PreTrainedTokenizerFast(tokenizer_object=tokenizer, **options), detokenizer)


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory: pytest.TempPathFactory) -> TokenizerWrapper:
    return read_tokenizer(make_model(tmp_path_factory.mktemp("models") / "model"))


@pytest.fixture
def byte_fallback() -> TokenizerWrapper:
    """As Llama 2's: words begin with a mark, characters that are not known are written in bytes."""
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, **{f"<0x{byte:02X}>": 3 + byte for byte in range(256)}}
    for piece in ("\u2581", "H", "i", "t", "\u2581t", "h", "e", "r"):
        vocabulary[piece] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocabulary, [("\u2581", "t")], unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return wrapped(tokenizer, SPMStreamingDetokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


@pytest.fixture
def word_pieces() -> TokenizerWrapper:
    vocabulary = {"[UNK]": 0, "over": 1, "##cast": 2, "sky": 3}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.WordPiece()
    return wrapped(tokenizer, NaiveStreamingDetokenizer, unk_token="[UNK]")


def test_a_character_of_several_tokens_belongs_to_the_last_and_the_others_show_bytes(
    byte_level: TokenizerWrapper,
) -> None:
    ids = byte_level.encode("é👋!")
    assert token_texts(byte_level, ids) == [
        ("", "C3"),
        ("é", "A9"),
        ("", "F0"),
        ("", "9F"),
        ("", "91"),
        ("👋", "8B"),
        ("!", None),
    ]


def test_half_a_character_at_the_end_is_shown_as_missing(byte_level: TokenizerWrapper) -> None:
    assert token_texts(byte_level, byte_level.encode("👋")[:2]) == [("", "F0"), ("\ufffd", "9F")]


def test_an_added_token_is_its_own_text(byte_level: TokenizerWrapper) -> None:
    byte_level.add_tokens([AddedToken("\u0120é好", special=False)])
    ids = byte_level.encode("a\u0120é好<|im_end|>")
    assert token_texts(byte_level, ids) == [("a", None), ("\u0120é好", None), ("<|im_end|>", None)]
    assert [number in special_ids(byte_level) for number in ids] == [False, False, True]


def test_bytes_in_place_of_unknown_characters(byte_fallback: TokenizerWrapper) -> None:
    ids = byte_fallback.encode("Hi 好 there")
    assert token_texts(byte_fallback, ids) == [
        (" ", None),
        ("H", None),
        ("i", None),
        (" ", None),
        ("", "E5"),
        ("", "A5"),
        ("好", "BD"),
        (" t", None),
        ("h", None),
        ("e", None),
        ("r", None),
        ("e", None),
    ]


def test_other_tokenizers_are_asked_what_a_token_adds(word_pieces: TokenizerWrapper) -> None:
    ids = word_pieces.encode("overcast sky over")
    assert [text for text, _ in token_texts(word_pieces, ids)] == ["over", "cast", " sky", " over"]


@hypothesis_settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("ça 好 👋🏽\n\n  tabs\tand \u3000spaces \ufffd a\x00b\x7f")
def test_the_texts_join_to_what_is_decoded(byte_level: TokenizerWrapper, text: str) -> None:
    ids = byte_level.encode(text)
    assert "".join(text for text, _ in token_texts(byte_level, ids)) == byte_level.decode(ids) == text
