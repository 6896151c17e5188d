"""The starter's tokenizer: a byte-level BPE trained on the world's text, with a ChatML template.

Knows text and token ids. Knows no model.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from scripts.starter.grammar import Row

VOCABULARY = 2048
END_OF_TEXT = "<|endoftext|>"
START_OF_TURN = "<|im_start|>"
END_OF_TURN = "<|im_end|>"
SPECIAL = (END_OF_TEXT, START_OF_TURN, END_OF_TURN)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# Qwen2's pre-tokenizer, so that tools which know that family split the text as we do.
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(rows: list[Row]) -> Tokenizer:
    """A tokenizer of `VOCABULARY` ids from the text of `rows`; the same rows give the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL),
        min_frequency=2,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(rows), trainer)
    # As in Qwen2 the special tokens follow the vocabulary: end of text, start of turn, end of turn.
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return tokenizer


def _texts(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        for message in row:
            yield f"{message['role']}\n{message['content']}"


def encode(tokenizer: Tokenizer, row: Row) -> tuple[list[int], list[bool]]:
    """Token ids of a ChatML row, and for each whether it is part of an answer (its end-of-turn token included).

    The same ids as the chat template gives: special tokens split the text before the merges see it.
    """
    ids: list[int] = []
    answered: list[bool] = []
    for message in row:
        head = tokenizer.encode(f"{START_OF_TURN}{message['role']}\n").ids
        body = tokenizer.encode(f"{message['content']}{END_OF_TURN}").ids
        tail = tokenizer.encode("\n").ids
        ids += head + body + tail
        is_answer = message["role"] == "assistant"
        answered += [False] * len(head) + [is_answer] * len(body) + [False] * len(tail)
    return ids, answered


def configuration() -> str:
    """`tokenizer_config.json`."""
    special = {
        str(VOCABULARY - len(SPECIAL) + offset): {
            "content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
            "special": True,
        }
        for offset, token in enumerate(SPECIAL)
    }  # fmt: skip
    config = {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": special,
        "additional_special_tokens": [START_OF_TURN, END_OF_TURN],
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": END_OF_TURN,
        "model_max_length": 1024,
        "pad_token": END_OF_TEXT,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    return json.dumps(config, indent=2) + "\n"


def save(tokenizer: Tokenizer, folder: Path) -> None:
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(configuration())
