"""Token ids to the text that each of them stands for. Knows tokenizers, not rows.

Tokens of byte-level and byte-fallback tokenizers may hold a part of a character: their bytes are put together, and the
character belongs to the token that completes it. Other tokenizers are asked what a token adds to those before it.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence

from mlx_lm.tokenizer_utils import BPEStreamingDetokenizer, SPMStreamingDetokenizer, TokenizerWrapper

PRINTABLE = (*range(33, 127), *range(161, 173), *range(174, 256))
BYTE_OF = {chr(byte): byte for byte in PRINTABLE} | {
    chr(256 + number): byte for number, byte in enumerate(sorted(set(range(256)) - set(PRINTABLE)))
}
"""The letters in which byte-level tokenizers write bytes; see encoder.py of github.com/openai/gpt-2."""

BYTE_TOKEN = re.compile("<0x([0-9A-Fa-f]{2})>")
SPACE = "\u2581"
UNKNOWN = "\ufffd"

TokenText = tuple[str, str | None]


def token_texts(tokenizer: TokenizerWrapper, ids: Sequence[int]) -> list[TokenText]:
    """Of each token the text that is complete with it, and its bytes in hexadecimal where they are no whole text."""
    held = _bytes_of(tokenizer, ids)
    if held is None:
        return [(text, None) for text in _by_decoding(tokenizer, ids)]
    texts = list(_complete(held))
    return [(text, None if _is_text(one) else one.hex(" ").upper()) for text, one in zip(texts, held, strict=True)]


def special_ids(tokenizer: TokenizerWrapper) -> set[int]:
    """The tokens that the tokenizer itself calls special."""
    added = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return added | set(tokenizer.all_special_ids)


def _bytes_of(tokenizer: TokenizerWrapper, ids: Sequence[int]) -> list[bytes] | None:
    """The bytes that each token stands for; None where the tokenizer is of another kind."""
    match tokenizer.detokenizer:
        case BPEStreamingDetokenizer():
            read = _byte_level
        case SPMStreamingDetokenizer():
            read = _byte_fallback
        case _:
            return None
    added = tokenizer.added_tokens_decoder
    tokens = tokenizer.convert_ids_to_tokens(list(ids))
    return [
        str(token or "").encode() if number in added or token is None else read(token)
        for number, token in zip(ids, tokens, strict=True)
    ]


def _byte_level(token: str) -> bytes:
    if not all(letter in BYTE_OF for letter in token):
        return token.encode()
    return bytes(BYTE_OF[letter] for letter in token)


def _byte_fallback(token: str) -> bytes:
    if found := BYTE_TOKEN.fullmatch(token):
        return bytes.fromhex(found[1])
    return token.replace(SPACE, " ").encode()


def _complete(held: Iterable[bytes]) -> Iterator[str]:
    """What is complete with each token; what never becomes a character is replaced with the last."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    parts = list(held)
    for number, part in enumerate(parts, start=1):
        yield decoder.decode(part, final=number == len(parts))


def _is_text(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True


def _by_decoding(tokenizer: TokenizerWrapper, ids: Sequence[int]) -> Iterator[str]:
    before: list[int] = []
    pending: list[int] = []
    for number, token in enumerate(ids, start=1):
        pending.append(token)
        text = tokenizer.decode([*before, *pending])[len(tokenizer.decode(before)) :]
        if text.endswith(UNKNOWN) and number < len(ids):
            yield ""
        else:
            yield text
            before, pending = pending, []
